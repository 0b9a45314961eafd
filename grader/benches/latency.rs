//! How long a student waits, beside the least that the tools allow, all measured in one run.
//!
//! ```text
//! cargo bench -p grader --bench latency
//! cargo bench -p grader --bench latency -- 'all labs'     # only rows with these words
//! cargo bench -p grader --bench latency -- beside         # only what stands beside what people know, and by how much
//! ```
//!
//! Each row is the median and the fastest of several runs. *Floor* rows call the compiler or one process directly; *grader*
//! rows start the whole program on solved labs with a function that was never there before, as after a save, or on unchanged
//! ones. (A changed comment would be cheaper: the compiler then reuses all that it kept.) *Beside* them stands what people
//! know: `cargo test` on the same save of the same lab, and, where it is installed (`cargo install --locked rustlings`), its
//! check of one exercise, the shortest that it has. What the grader is compared with takes turns with it, run by run, and
//! the ratios of the medians follow. In `grader watch` a student sees the compiler's answer, the first verdict, and all of
//! them, one after the other; each has a row of its own. Aimed at is a first verdict 1.5 times as fast as rustlings' check,
//! and all of them no later than `cargo test`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use grader::compile::{self, Library, Program, Runnable};
use grader::course::{Course, Lab};
use grader::grade::GradeOptions;
use grader::layout::Layout;
use grader::progress::{Progress, Silent};
use grader::verdict::CaseResult;
use grader::watch::QUIET;
use grader::workbench::{Whose, Workbench};

const RUNS: usize = 9;
const GRADER: &str = env!("CARGO_BIN_EXE_grader");
/// The words of the rows of what people know.
const BESIDE: &str = "beside";

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the grader lies in the workspace");
    let layout = Layout::at(root).expect("the workspace is a course");
    let course = Course::load(&layout.course_yaml()).expect("the course is sound");
    let bench = Workbench::ready(&layout, Whose::Own, &Silent).expect("the harness builds");
    println!("{:<46} {:>9} {:>9}", "", "median", "fastest");
    let tree = tempfile::tempdir().expect("a scratch folder");
    plant(root, tree.path());
    let labs = tree.path().join("labs/src");
    let names = course.lab_names();
    save(&layout, &labs, &names, 0);
    beside(&layout, tree.path());
    if asked().as_deref() == Some(BESIDE) {
        return;
    }
    for lab in &course.labs {
        floor(&bench, lab);
    }
    for name in &names {
        row(&format!("grader: {name}, from saved file to verdict"), |run| {
            save(&layout, &labs, &[name], run);
            grade(tree.path(), &["--lab", name])
        });
    }
    row("grader: all labs, from saved files to verdict", |run| {
        save(&layout, &labs, &names, run);
        grade(tree.path(), &[])
    });
    row("grader: all labs, unchanged", |_| grade(tree.path(), &[]));
    let handed_in = labs.to_str().expect("a path of text");
    row("grader: all labs, handed in by a stranger", |run| {
        save(&layout, &labs, &names, run);
        grade(root, &[handed_in])
    });
}

/// What people know, each in turns with the grader, so that a busy minute of the machine is everybody's.
///
/// `cargo test` judges the lab's tests and the visible scenarios, the grader also the hidden ones.
fn beside(layout: &Layout, tree: &Path) {
    let target = tempfile::tempdir().expect("a scratch folder");
    let course = Course::load(&layout.course_yaml()).expect("the course is sound");
    let planted = Layout::at(tree).expect("the tree is a course");
    let watched = |name: &str, run: usize| {
        save(layout, &tree.join("labs/src"), &[name], run);
        Seen::of_watch(&planted, &course, name)
    };
    let exercise = Exercise::new();
    if exercise.is_none() {
        println!("beside: rustlings is not installed");
    }
    for name in ["page_table", "multi_level_walk"] {
        let test = |run: usize| {
            save(layout, &tree.join("labs/src"), &[name], run);
            let mut test = Command::new("cargo");
            test.args(["test", "--quiet", "--offline", "--package", "labs", "--test", name]);
            test.current_dir(tree).env("CARGO_TARGET_DIR", target.path());
            timed(|| succeed(&mut test))
        };
        in_turns(&format!("beside: cargo test --test {name}"), test, |run| watched(name, run));
        if let Some(exercise) = &exercise {
            let check = |run| exercise.check(run);
            in_turns("beside: rustlings, one exercise", check, |run| watched(name, run));
        }
    }
}

/// A row whose runs take turns with those of a watch, and how much sooner the watch shows what.
fn in_turns(words: &str, mut other: impl FnMut(usize) -> Duration, mut watched: impl FnMut(usize) -> Seen) {
    let mut seen = Vec::new();
    let Some(known) = row(words, |run| {
        seen.push(watched(run));
        other(run)
    }) else {
        return;
    };
    type Moment = fn(&Seen) -> Duration;
    let moments: [(&str, Moment); 3] = [
        ("the compiler's answer", |seen| seen.compiled),
        ("the first verdict", |seen| seen.first),
        ("all verdicts", |seen| seen.all),
    ];
    for (name, moment) in moments {
        // The first run is not counted, as in every row.
        let mut times: Vec<Duration> = seen[1..].iter().map(moment).collect();
        let median = told(&format!("  in turns, watch: {name}"), &mut times);
        println!("    {:.2} times as fast", known.as_secs_f64() / median.as_secs_f64());
    }
}

/// When a watch shows what, counted from the save.
struct Seen {
    compiled: Duration,
    first: Duration,
    all: Duration,
}

impl Seen {
    /// What the watch's own thread does at a save; the time that it waits for a save to settle comes on top.
    fn of_watch(layout: &Layout, course: &Course, lab: &str) -> Self {
        let moments = Moments { begun: Instant::now(), compiled: OnceLock::new(), first: OnceLock::new() };
        let options = GradeOptions { labs: vec![lab.to_owned()], ..GradeOptions::default() };
        let report = grader::grade::grade(layout, course, None, &options, &moments).expect("it is graded");
        let all = moments.begun.elapsed() + QUIET;
        assert_eq!(report.score, report.max_score, "a solved lab");
        let moment = |seen: &OnceLock<Duration>| *seen.get().expect("a lab that was judged") + QUIET;
        Self { compiled: moment(&moments.compiled), first: moment(&moments.first), all }
    }
}

/// Takes the times of what a run tells first.
struct Moments {
    begun: Instant,
    compiled: OnceLock<Duration>,
    first: OnceLock<Duration>,
}

impl Progress for Moments {
    fn say(&self, _: &str) {}

    fn compiled(&self, _: &str) {
        self.compiled.get_or_init(|| self.begun.elapsed());
    }

    fn judged(&self, _: &str, _: &CaseResult) {
        self.first.get_or_init(|| self.begun.elapsed());
    }
}

/// One exercise of rustlings, in a course of its own.
struct Exercise {
    folder: tempfile::TempDir,
}

impl Exercise {
    /// `None` where rustlings is not installed.
    fn new() -> Option<Self> {
        let exercise = Self { folder: tempfile::tempdir().expect("a scratch folder") };
        let version = Self::rustlings(&["--version"], exercise.folder.path()).output();
        if !version.is_ok_and(|output| output.status.success()) {
            return None;
        }
        succeed(&mut Self::rustlings(&["dev", "new", "course", "--no-git"], exercise.folder.path()));
        let course = exercise.course();
        fs::write(course.join("exercises/one.rs"), "fn main() {}\n").expect("written");
        let info = "format_version = 1\n[[exercises]]\nname = \"one\"\ntest = false\nhint = \"\"\n";
        fs::write(course.join("info.toml"), info).expect("written");
        // A root of its own, whatever manifest may lie in the folders above.
        let manifest = course.join("Cargo.toml");
        let text = fs::read_to_string(&manifest).expect("its manifest");
        fs::write(&manifest, text + "\n[workspace]\n").expect("written");
        succeed(&mut Self::rustlings(&["dev", "update"], &course));
        Some(exercise)
    }

    fn course(&self) -> PathBuf {
        self.folder.path().join("course")
    }

    fn rustlings(arguments: &[&str], folder: &Path) -> Command {
        let mut command = Command::new("rustlings");
        command.args(arguments).current_dir(folder);
        command
    }

    /// Saves the exercise and has it checked.
    fn check(&self, run: usize) -> Duration {
        let course = self.course();
        let source = format!("fn main() {{\n    println!(\"{run}\");\n}}\n");
        fs::write(course.join("exercises/one.rs"), source).expect("written");
        timed(|| succeed(&mut Self::rustlings(&["run", "one"], &course)))
    }
}

fn succeed(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().expect("it starts");
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{command:?}: {stdout}{stderr}");
}

fn floor(bench: &Workbench<'_>, lab: &Lab) {
    let name = &lab.lab;
    let library = |run: usize| -> Library {
        let changed = changed(bench.layout, name, run);
        compile::library(bench, lab, changed.as_bytes()).expect("rustc runs").expect("the lab compiles")
    };
    row(&format!("floor: rustc on {name} alone"), |run| timed(|| drop(library(run))));
    for (words, program) in [("probe", Program::Probe), ("test binary", Program::Cases)] {
        row(&format!("floor: {name}, {words} linked with a changed lab"), |run| {
            let library = library(RUNS + run);
            timed(|| {
                drop(compile::link(bench, lab, &library, program).expect("rustc runs").expect("it fits"))
            })
        });
    }
    let library = library(0);
    let probe = compile::link(bench, lab, &library, Program::Probe).expect("rustc runs").expect("it fits");
    row(&format!("floor: {name}, one process"), |_| timed(|| play(&probe, bench.layout, lab)));
}

/// One scenario on the probe, without the grader in between.
fn play(probe: &Runnable, layout: &Layout, lab: &Lab) {
    let scenario = lab.criteria.iter().flat_map(|each| &each.scenarios).next().expect("a scenario");
    let input = fs::File::open(layout.scenario(&lab.lab, scenario)).expect("its file");
    let mut command = Command::new(&probe.program);
    command.env_clear().envs(probe.environment()).stdin(input).stdout(Stdio::null());
    let status = command.status().expect("the probe runs");
    assert!(status.success());
}

/// Solved labs as after a save.
fn save(layout: &Layout, folder: &Path, labs: &[&str], run: usize) {
    for lab in labs {
        fs::write(folder.join(format!("{lab}.rs")), changed(layout, lab, run)).expect("written");
    }
}

/// A solved lab with code that no run before had.
fn changed(layout: &Layout, lab: &str, run: usize) -> String {
    let source = fs::read_to_string(layout.solution_source(lab)).expect("a solved lab");
    let stamp = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("the clock is set").as_nanos();
    format!("{source}\npub fn saved_{run}() -> u128 {{\n    {stamp}\n}}\n")
}

/// Makes a working tree of its own in `tree`: links to everything in `root` but for the labs' sources.
fn plant(root: &Path, tree: &Path) {
    let labs = tree.join("labs");
    fs::create_dir_all(labs.join("src")).expect("a folder");
    // Without its root the crate `labs` is none, and cargo refuses the whole workspace.
    fs::copy(root.join("labs/src/lib.rs"), labs.join("src/lib.rs")).expect("a file");
    for (from, to, left_out) in [(root, tree, "labs"), (&root.join("labs"), &labs, "src")] {
        for entry in fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
            if entry.file_name() != left_out {
                link(&entry.path(), &to.join(entry.file_name()));
            }
        }
    }
}

#[cfg(unix)]
fn link(original: &Path, link: &Path) {
    std::os::unix::fs::symlink(original, link).expect("a link");
}

#[cfg(windows)]
fn link(original: &Path, link: &Path) {
    use std::os::windows::fs::{symlink_dir, symlink_file};
    let made = if original.is_dir() { symlink_dir(original, link) } else { symlink_file(original, link) };
    made.expect("a link");
}

fn grade(course: &Path, arguments: &[&str]) -> Duration {
    timed(|| succeed(Command::new(GRADER).arg("grade").args(arguments).current_dir(course)))
}

fn timed(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

/// Only rows with these words are wanted.
fn asked() -> Option<String> {
    std::env::args().skip(1).find(|argument| !argument.starts_with('-'))
}

/// Runs and tells a row; its median, if the row is wanted.
fn row(words: &str, mut run: impl FnMut(usize) -> Duration) -> Option<Duration> {
    if asked().is_some_and(|asked| !words.contains(&asked)) {
        return None;
    }
    // The first run fills caches that a student's second save finds filled.
    let _ = run(0);
    let mut times: Vec<Duration> = (1..=RUNS).map(&mut run).collect();
    Some(told(words, &mut times))
}

/// Prints a row of `times`; their median.
fn told(words: &str, times: &mut [Duration]) -> Duration {
    times.sort();
    let median = times[times.len() / 2];
    println!("{words:<46} {:>6} ms {:>6} ms", median.as_millis(), times[0].as_millis());
    median
}
