//! How long a student waits, beside the least that the tools allow, all measured in one run.
//!
//! ```text
//! cargo bench -p grader --bench latency
//! cargo bench -p grader --bench latency -- 'all labs'     # only rows with these words
//! ```
//!
//! Each row is the median and the fastest of several runs. *Floor* rows call the compiler or one process directly; *grader*
//! rows start the whole program on solved labs with a function that was never there before, as after a save, or on unchanged
//! ones. (A changed comment would be cheaper: the compiler then reuses all that it kept.) *Beside* them stands what people
//! know: `cargo test` on the same save of the same lab, and, where it is installed (`cargo install --locked rustlings`), its
//! check of one exercise, the shortest that it has.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use grader::compile::{self, Library, Program};
use grader::course::{Course, Lab};
use grader::layout::Layout;
use grader::progress::Silent;
use grader::workbench::{Whose, Workbench};

const RUNS: usize = 9;
const GRADER: &str = env!("CARGO_BIN_EXE_grader");

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the grader lies in the workspace");
    let layout = Layout::at(root).expect("the workspace is a course");
    let course = Course::load(&layout.course_yaml()).expect("the course is sound");
    let bench = Workbench::ready(&layout, Whose::Own, &Silent).expect("the harness builds");
    println!("{:<46} {:>9} {:>9}", "", "median", "fastest");
    for lab in &course.labs {
        floor(&bench, lab);
    }
    let tree = tempfile::tempdir().expect("a scratch folder");
    plant(root, tree.path());
    let labs = tree.path().join("labs/src");
    let names = course.lab_names();
    save(&layout, &labs, &names, 0);
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
    beside_cargo_test(&layout, tree.path());
    beside_rustlings();
    row("grader: all labs, unchanged", |_| grade(tree.path(), &[]));
    let handed_in = labs.to_str().expect("a path of text");
    row("grader: all labs, handed in by a stranger", |run| {
        save(&layout, &labs, &names, run);
        grade(root, &[handed_in])
    });
}

/// `cargo test` on the same file; it judges the lab's tests and the visible scenarios, the grader also the hidden ones.
fn beside_cargo_test(layout: &Layout, tree: &Path) {
    let target = tempfile::tempdir().expect("a scratch folder");
    for name in ["page_table", "multi_level_walk"] {
        row(&format!("beside: cargo test --test {name}"), |run| {
            save(layout, &tree.join("labs/src"), &[name], run);
            let mut test = Command::new("cargo");
            test.args(["test", "--quiet", "--offline", "--package", "labs", "--test", name]);
            test.current_dir(tree).env("CARGO_TARGET_DIR", target.path());
            timed(|| succeed(&mut test))
        });
    }
}

fn beside_rustlings() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let rustlings = |arguments: &[&str], folder: &Path| {
        let mut command = Command::new("rustlings");
        command.args(arguments).current_dir(folder);
        command
    };
    if !rustlings(&["--version"], folder.path()).output().is_ok_and(|output| output.status.success()) {
        println!("beside: rustlings is not installed");
        return;
    }
    succeed(&mut rustlings(&["dev", "new", "course", "--no-git"], folder.path()));
    let course = folder.path().join("course");
    let exercise = course.join("exercises/one.rs");
    fs::write(&exercise, "fn main() {}\n").expect("written");
    let info = "format_version = 1\n[[exercises]]\nname = \"one\"\ntest = false\nhint = \"\"\n";
    fs::write(course.join("info.toml"), info).expect("written");
    succeed(&mut rustlings(&["dev", "update"], &course));
    row("beside: rustlings, one exercise", |run| {
        fs::write(&exercise, format!("fn main() {{\n    println!(\"{run}\");\n}}\n")).expect("written");
        timed(|| succeed(&mut rustlings(&["run", "one"], &course)))
    });
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
fn play(probe: &PathBuf, layout: &Layout, lab: &Lab) {
    let scenario = lab.criteria.iter().flat_map(|each| &each.scenarios).next().expect("a scenario");
    let input = fs::File::open(layout.scenario(&lab.lab, scenario)).expect("its file");
    let status = Command::new(probe).stdin(input).stdout(Stdio::null()).status().expect("the probe runs");
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

fn row(words: &str, mut run: impl FnMut(usize) -> Duration) {
    let asked = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    if asked.is_some_and(|asked| !words.contains(&asked)) {
        return;
    }
    // The first run fills caches that a student's second save finds filled.
    let _ = run(0);
    let mut times: Vec<Duration> = (1..=RUNS).map(&mut run).collect();
    times.sort();
    println!("{words:<46} {:>6} ms {:>6} ms", times[RUNS / 2].as_millis(), times[0].as_millis());
}
