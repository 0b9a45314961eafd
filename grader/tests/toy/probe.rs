//! Plays `- add N` and `- double`; of any other scenario it adds the length of each of the first lines.
use labs::page_table::Counter;
use testbench::probe::{BETWEEN_SCENARIOS, SEVERAL};

fn main() {
    let input = std::io::read_to_string(std::io::stdin()).expect("the grader writes UTF-8");
    match std::env::args().nth(1) {
        Some(argument) if argument == SEVERAL => input.split(BETWEEN_SCENARIOS).for_each(play),
        _ => play(&input),
    }
}

fn play(scenario: &str) {
    let mut counter = Counter::default();
    println!("title: toy");
    for (number, line) in scenario.lines().take(8).enumerate() {
        let step = line.trim_start_matches("- ");
        println!("step {}: {step}", number + 1);
        let result = match step.split_once(' ') {
            Some(("add", n)) => counter.add(n.parse().expect("a number")),
            None if step == "double" => counter.double(),
            _ => {
                counter.add(line.len() as u64);
                counter.double() % 1000
            }
        };
        println!("  ~ shown only: {:p}", &counter);
        println!("  result: {result}");
    }
    println!("end");
}
