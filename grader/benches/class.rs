//! What a class costs, beside what the tools need at least and beside `cargo test`, all measured in one run.
//!
//! ```text
//! cargo bench -p grader --bench class                     # 100 submissions over all labs
//! cargo bench -p grader --bench class -- 20 3             # 20 submissions, 3 of them as sample
//! cargo bench -p grader --bench class -- 20 3 repeats     # and then ten times as many, 90 % of them repeats
//! cargo bench -p grader --bench class -- 20 3 whole       # and then all of `cargo test` in a fresh clone: a quarter of an hour
//! ```
//!
//! The submissions are generated: right, partly right, known-wrong, untouched, broken and hostile ones. First each has code
//! that was never compiled before, as if nobody ever handed in the same file of a lab: nothing but untouched labs is known
//! from the cache. Then the same submissions without that, so that many share the file of a lab. A class lies between them.
//!
//! *Floor* is rustc, linking and running for a sample of the first kind, on all cores, without walls and without a judge: one
//! process for the tests and one for the scenarios of a lab. `cargo test -p labs` runs on the same sample, in a fresh clone for
//! each submission and in one clone with one target folder for all; it compiles nothing in a sandbox and isolates nothing.
//! `whole` is what the README calls the test, without `-p labs`: of the grader, the oracles and the book, too.
//!
//! Beside each time by the clock stands the CPU time of all processes together, which a busy machine hardly changes.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use grader::compile::{self, Program, Runnable};
use grader::course::Course;
use grader::exam::Exam;
use grader::layout::Layout;
use grader::progress::Silent;
use grader::workbench::{Strangers, Whose, Workbench, in_parallel};
use testbench::probe::{BETWEEN_SCENARIOS, SEVERAL};

const GRADER: &str = env!("CARGO_BIN_EXE_grader");
const SEED: u64 = 20_261_005;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let number = |index: usize, default: usize| words.get(index).map_or(default, |word| parse(word));
    let (count, sample) = (number(0, 100), number(1, 5));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the grader lies in the workspace");
    let layout = Layout::at(root).expect("the workspace is a course");
    let course = Course::load(&layout.course_yaml()).expect("the course is sound");
    let maker = Maker::new(&layout, &course, Code::Own);
    let scratch = tempfile::tempdir().expect("a scratch folder");

    // The course's own crates and the reference's traces are there before the clock runs.
    let warm = scratch.path().join("warm");
    maker.write(&warm, &[0]);
    class(root, &warm);

    let all: Vec<usize> = (0..count).collect();
    let handed_in = scratch.path().join("class");
    maker.write(&handed_in, &all);
    let (cost, memory) = class(root, &handed_in);
    row(&format!("class of {count}, all labs"), cost);
    row("class, for each submission", cost.of(count));
    println!("{:<50} {memory:>8} MiB", "class, memory of the grader at most");
    let (again, _) = class(root, &handed_in);
    row("the same class again, into another gradebook", again);

    let chosen: Vec<usize> =
        all.iter().copied().filter(|index| Kind::of(*index).compiles()).take(sample).collect();
    let sampled = scratch.path().join("sample");
    maker.write(&sampled, &chosen);
    let class = class(root, &sampled).0.of(chosen.len());
    row(&format!("sample of {}, each: class", chosen.len()), class);
    let least = floor(&layout, &course, &maker, &chosen).of(chosen.len());
    row("sample, each: floor (rustc, link, run)", least);
    ratio("class / floor", class, least);
    let shared = cargo_test(root, scratch.path(), &maker, &chosen, Target::Shared);
    row("sample, each: its labs' tests in one target folder", shared);
    ratio("labs' tests in one target folder / class", shared, class);
    let fresh = cargo_test(root, scratch.path(), &maker, &chosen[..1], Target::Fresh);
    row("one submission: its labs' tests in a fresh clone", fresh);
    ratio("labs' tests in a fresh clone / class", fresh, class);

    let alike = scratch.path().join("alike");
    Maker::new(&layout, &course, Code::Shared(now())).write(&alike, &all);
    let (alike, _) = self::class(root, &alike);
    row(&format!("class of {count} in which many share a file"), alike);
    ratio("labs' tests in a fresh clone / one of these", fresh, alike.of(count));

    if words.iter().any(|word| word == "repeats") {
        repeats(root, scratch.path(), &maker, count);
    }
    if words.iter().any(|word| word == "whole") {
        let whole = cargo_test(root, scratch.path(), &maker, &chosen[..1], Target::Whole);
        row("one submission: all of cargo test in a fresh clone", whole);
        ratio("all of cargo test in a fresh clone / class", whole, class);
        ratio("all of cargo test in a fresh clone / one of many", whole, alike.of(count));
    }
}

fn parse(word: &str) -> usize {
    word.parse().expect("numbers: submissions, then how many of them as sample")
}

/// What something took: by the clock, and of all cores.
#[derive(Debug, Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
}

impl Cost {
    /// For each of so many.
    fn of(self, count: usize) -> Self {
        let count = u32::try_from(count).expect("a small number");
        Self { wall: self.wall / count, cpu: self.cpu / count }
    }
}

fn row(words: &str, Cost { wall, cpu }: Cost) {
    println!("{words:<50} {:>8.2} s {:>8.2} s CPU", wall.as_secs_f64(), cpu.as_secs_f64());
}

fn ratio(words: &str, one: Cost, other: Cost) {
    let wall = one.wall.as_secs_f64() / other.wall.as_secs_f64();
    let cpu = one.cpu.as_secs_f64() / other.cpu.as_secs_f64();
    println!("{words:<50} {wall:>8.2}   {cpu:>8.2} CPU");
}

fn cost<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (started, before) = (Instant::now(), cpu());
    let done = work();
    (done, Cost { wall: started.elapsed(), cpu: cpu().saturating_sub(before) })
}

/// CPU time of this process and of all that it waited for, as far as the system tells.
fn cpu() -> Duration {
    // Linux counts in hundredths of a second whatever its own clock does (proc_pid_stat(5), fields 14 to 17).
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks = after_name.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<u64>().ok());
    Duration::from_millis(ticks.sum::<u64>() * 10)
}

/// What kind of submission it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Right,
    Partly,
    Wrong,
    Untouched,
    Broken,
    Hostile,
}

impl Kind {
    fn of(index: usize) -> Self {
        const ORDER: [Kind; 10] = [
            Kind::Right,
            Kind::Partly,
            Kind::Wrong,
            Kind::Right,
            Kind::Untouched,
            Kind::Partly,
            Kind::Hostile,
            Kind::Wrong,
            Kind::Broken,
            Kind::Right,
        ];
        ORDER[index % ORDER.len()]
    }

    /// Whether all of its labs compile, so that `cargo test` says something of each.
    fn compiles(self) -> bool {
        !matches!(self, Self::Broken | Self::Hostile)
    }
}

/// Whose the files of a class are; nobody's were ever compiled before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Code {
    /// Each is one person's own, and another one each time it is written, except that of an untouched lab.
    Own,
    /// Whoever hands in the same file of the course hands in the same; they have this number of their own.
    Shared(u128),
}

/// Makes submissions out of the course's own files.
struct Maker<'a> {
    layout: &'a Layout,
    code: Code,
    labs: Vec<String>,
    attacks: Vec<PathBuf>,
}

impl<'a> Maker<'a> {
    fn new(layout: &'a Layout, course: &Course, code: Code) -> Self {
        let labs = course.lab_names().into_iter().map(str::to_owned).collect();
        let attacks = sources(&layout.root().join("grader/tests/attacks"));
        Self { layout, code, labs, attacks }
    }

    /// Writes the submissions with these numbers.
    fn write(&self, folder: &Path, numbers: &[usize]) {
        for number in numbers {
            let labs = folder.join(format!("s{number:04}/labs/src"));
            fs::create_dir_all(&labs).expect("a folder");
            for (index, lab) in self.labs.iter().enumerate() {
                fs::write(labs.join(format!("{lab}.rs")), self.source(*number, index, lab)).expect("a file");
            }
        }
    }

    fn source(&self, number: usize, index: usize, lab: &str) -> String {
        let is_the_one = number % self.labs.len() == index;
        let solved = || read(&self.layout.solution_source(lab));
        let wrong = || {
            let known = sources(&self.layout.submissions_dir(lab));
            read(&known[number % known.len()])
        };
        let source = match Kind::of(number) {
            Kind::Right => solved(),
            Kind::Partly if is_the_one => wrong(),
            Kind::Partly => solved(),
            Kind::Wrong => wrong(),
            Kind::Untouched => return read(&self.layout.lab_source(lab)),
            Kind::Broken if is_the_one => format!("{}\nfn broken( {{", solved()),
            Kind::Hostile if is_the_one => return read(&self.attacks[number % self.attacks.len()]),
            Kind::Broken | Kind::Hostile => solved(),
        };
        let (whose, stamp) = match self.code {
            Code::Own => (format!("by_{number}"), now()),
            Code::Shared(stamp) => ("by_several".to_owned(), stamp),
        };
        format!("{source}\npub fn handed_in_{whose}() -> u128 {{\n    {stamp}\n}}\n")
    }
}

/// Nanoseconds since 1970: a number that was never used before.
fn now() -> u128 {
    SystemTime::UNIX_EPOCH.elapsed().expect("the clock is set").as_nanos()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a file of the course")
}

/// The Rust files in `folder`, by name.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder of the course");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "rs"));
    paths.sort();
    paths
}

/// Grades the class in `folder` into a new gradebook: what it costs, and the most memory of the grader itself, in MiB.
fn class(root: &Path, folder: &Path) -> (Cost, u64) {
    let book = tempfile::tempdir().expect("a scratch folder");
    let (memory, cost) = cost(|| {
        let mut grader = Command::new(GRADER)
            .args(["class", "--seed", &SEED.to_string(), "--gradebook"])
            .arg(book.path().join("gradebook"))
            .arg(folder)
            .current_dir(root)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the grader runs");
        let status = PathBuf::from(format!("/proc/{}/status", grader.id()));
        let mut memory = 0;
        loop {
            memory = peak_mib(&status).unwrap_or(memory);
            if let Some(ended) = grader.try_wait().expect("it is a child") {
                assert!(ended.code() < Some(2), "the class is graded");
                return memory;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    (cost, memory)
}

fn peak_mib(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? / 1024)
}

/// rustc, linking and running of the sample, on all cores, with nothing around it.
fn floor(layout: &Layout, course: &Course, maker: &Maker<'_>, numbers: &[usize]) -> Cost {
    let whose = Whose::Stranger(Strangers::Anywhere);
    let bench = Workbench::ready(layout, whose, &Silent).expect("the harness builds");
    let exams: Vec<Exam<'_>> =
        course.labs.iter().map(|lab| Exam::read(layout, lab, SEED).expect("the course is sound")).collect();
    let mut jobs = Vec::new();
    for number in numbers {
        for (index, exam) in exams.iter().enumerate() {
            // Untouched labs are the same for all: they are known after the first.
            let is_known = Kind::of(*number) == Kind::Untouched;
            if !is_known {
                jobs.push((exam, maker.source(*number, index, &exam.lab.lab)));
            }
        }
    }
    let work = |(exam, source): &(&Exam<'_>, String)| {
        let lab = exam.lab;
        let library = compile::library(&bench, lab, source.as_bytes())?.expect("it compiles");
        let probe = compile::link(&bench, lab, &library, Program::Probe)?.expect("it fits");
        let cases = compile::link(&bench, lab, &library, Program::Cases)?.expect("it fits");
        let scenarios: Vec<&str> = exam.items.iter().filter_map(|item| item.scenario()).collect();
        play(&probe, &scenarios.join(BETWEEN_SCENARIOS));
        run(command(&cases).args(["--skip", "scenarios"]).current_dir(layout.root()));
        Ok(())
    };
    cost(|| in_parallel(&jobs, work).expect("rustc runs")).1
}

/// Without limits and walls.
fn command(program: &Runnable) -> Command {
    let mut command = Command::new(&program.program);
    command.env_clear().envs(program.environment());
    command
}

fn play(probe: &Runnable, yaml: &str) {
    let mut child = command(probe)
        .arg(SEVERAL)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the probe runs");
    // One that panics early does not read to the end.
    let _ = child.stdin.take().expect("it has a standard input").write_all(yaml.as_bytes());
    child.wait().expect("it is a child");
}

/// Runs it to its end, whatever that is: a wrong submission fails its tests.
fn run(command: &mut Command) {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().expect("it runs");
}

/// Where cargo builds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// In a new folder for each submission, as in a fresh clone.
    Fresh,
    /// The same, and not the labs alone.
    Whole,
    /// In one folder for all.
    Shared,
}

/// `cargo test` on the sample, of the labs or of all: the time for each submission.
fn cargo_test(root: &Path, scratch: &Path, maker: &Maker<'_>, numbers: &[usize], target: Target) -> Cost {
    let clone = scratch.join(format!("{target:?}"));
    plant(root, &clone);
    let test = || {
        run(Command::new("cargo")
            .args(["test", "--offline", "--locked", "--no-fail-fast"])
            .args(if target == Target::Whole { &[][..] } else { &["-p", "labs"] })
            .env("CARGO_TARGET_DIR", clone.join("target"))
            .env_remove("RUSTFLAGS")
            .current_dir(&clone));
    };
    if target == Target::Shared {
        // The dependencies are built before the clock runs.
        test();
    }
    let each = |number: &usize| {
        for (index, lab) in maker.labs.iter().enumerate() {
            let path = clone.join("labs/src").join(format!("{lab}.rs"));
            fs::write(path, maker.source(*number, index, lab)).expect("a file");
        }
        test();
    };
    cost(|| numbers.iter().for_each(each)).1.of(numbers.len())
}

/// The course's files that git knows, in a folder of their own.
fn plant(root: &Path, clone: &Path) {
    let known = Command::new("git").args(["ls-files"]).current_dir(root).output().expect("git lists files");
    for file in String::from_utf8_lossy(&known.stdout).lines() {
        let to = clone.join(file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(root.join(file), to).expect("a file of the course");
    }
}

/// A class in which nine of ten submissions are somebody else's, beside the one tenth alone.
fn repeats(root: &Path, scratch: &Path, maker: &Maker<'_>, count: usize) {
    let (unique, many) = (scratch.join("unique"), scratch.join("many"));
    let all: Vec<usize> = (0..count).collect();
    maker.write(&unique, &all);
    let alone = class(root, &unique).0;
    row(&format!("{count} submissions"), alone);
    maker.write(&many, &all);
    for copy in 1..10 {
        for number in &all {
            let (from, to) = (format!("s{number:04}/labs/src"), format!("s{number:04}-{copy}/labs/src"));
            fs::create_dir_all(many.join(&to)).expect("a folder");
            for lab in &maker.labs {
                let file = format!("{lab}.rs");
                fs::copy(many.join(&from).join(&file), many.join(&to).join(&file)).expect("a file");
            }
        }
    }
    let (cost, memory) = class(root, &many);
    row(&format!("{} submissions, 90 % of them repeats of others like these", count * 10), cost);
    ratio("ten times as many / those that are no repeats", cost, alone);
    println!("{:<50} {memory:>8} MiB", "their memory at most");
}
