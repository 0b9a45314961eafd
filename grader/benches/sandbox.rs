//! What the walls around a process cost: the same program started directly and in each tier, in turn, in one run.
//!
//! ```text
//! cargo bench -p grader --bench sandbox
//! ```
//!
//! The program is the grader's own and does nothing, so that what is left is the start, the walls and the end. Rows are
//! medians and the fastest of many; a tier's cost is what it adds to the direct start.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use grader::harness::Harness;
use grader::layout::Layout;
use grader::process::{self, Ending, Job};
use grader::progress::Silent;
use grader::sandbox::{ProcessLimits, Sandbox, Tier, Walls};

const ROUNDS: usize = 200;
const GRADER: &str = env!("CARGO_BIN_EXE_grader");
const LIMITS: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(10),
    cpu: Duration::from_secs(2),
    memory_bytes: 256 << 20,
    file_bytes: 0,
    output_bytes: 1 << 20,
};

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the grader lies in the workspace");
    let layout = Layout::at(root).expect("the workspace is a course");
    let shim = Harness::ready(&layout, &Silent).expect("the harness builds").shim;
    let tiers = [Tier::Clock, Tier::Limits, Tier::Container, Tier::Full];
    let mut sandboxes = Vec::new();
    for tier in tiers {
        match Sandbox::of_tier(shim.clone(), tier) {
            Ok(sandbox) => sandboxes.push((sandbox, Vec::with_capacity(ROUNDS))),
            Err(error) => println!("{:<10} {error}", tier.name()),
        }
    }
    // In turn, so that what else the machine does meets all of them alike.
    for _ in 0..ROUNDS {
        for (sandbox, times) in &mut sandboxes {
            times.push(start(sandbox));
        }
    }
    let mut direct = Duration::ZERO;
    println!("{:<10} {:>9} {:>9} {:>9}", "tier", "median", "fastest", "added");
    for (sandbox, times) in &mut sandboxes {
        times.sort();
        let median = times[ROUNDS / 2];
        if sandbox.tier() == Tier::Clock {
            direct = median;
        }
        let ms = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
        println!(
            "{:<10} {:>9} {:>9} {:>9}",
            sandbox.tier().name(),
            ms(median),
            ms(times[0]),
            ms(median.saturating_sub(direct))
        );
    }
}

fn start(sandbox: &Sandbox) -> Duration {
    let program = PathBuf::from(GRADER);
    let job = Job {
        program: &program,
        arguments: vec!["--version".into()],
        environment: Vec::new(),
        folder: program.parent().expect("it lies in a folder"),
        input: &[],
        limits: LIMITS,
        walls: Walls::of_submission(program.clone()),
    };
    let started = Instant::now();
    let outcome = process::run(sandbox, &job).expect("the program runs");
    let time = started.elapsed();
    assert_eq!(outcome.ending, Ending::Exited(0), "{}", outcome.stderr_text());
    time
}
