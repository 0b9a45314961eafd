//! A class from a folder of submissions to its gradebook, with the real program on the real course: whatever happens in
//! between, the gradebook is the same in the end.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use grader::class::{self, ClassOptions, ClassProgress, Mode, News, RegradeOptions};
use grader::course::Course;
use grader::gradebook::{Entry, Gradebook, State};
use grader::layout::Layout;
use grader::progress::Progress;
use grader::verdict::{LabVerdict, Report};
use rstest::rstest;
use tempfile::TempDir;

#[path = "class/again.rs"]
mod again;

const LAB: &str = "page_table";
const SEED: &str = "7";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn course_file(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// A scratch folder with a class in it.
struct Class(TempDir);

impl Class {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Right, wrong, untouched, broken, hostile, unreadable: one submission of each kind, and one handed in twice.
    fn of_all_kinds() -> Self {
        let class = Self::new();
        let solved = course_file("solutions/src/page_table.rs");
        let wrong = course_file("fixtures/submissions/page_table/offset_of_4096.rs");
        let untouched = course_file("labs/src/page_table.rs");
        // A word of this run, so that not everything is known from an earlier one.
        let salt = class.0.path().file_name().unwrap().to_string_lossy().into_owned();
        class.write("in/s01/labs/src/page_table.rs", format!("{solved}\n// {salt}\n"));
        class.write("in/s01/labs/src/lib.rs", course_file("labs/src/lib.rs"));
        class.write("in/s02/page_table.rs", format!("{wrong}\n// {salt}\n"));
        class.write("in/s03/src/page_table.rs", &untouched);
        class.write("in/s03/src/notes.txt", "not of a lab");
        class.write("in/s03/src/lib.rs", "// another one\n");
        class.write("in/s04/page_table.rs", format!("{solved}\nfn broken( {{"));
        class.write("in/s05/page_table.rs", course_file("grader/tests/attacks/s01_exit.rs"));
        class.write("in/s06.zip", "PK\x03\x04 and nothing more");
        class.write("in/s07/readme.txt", "no lab at all");
        class.write("in/s08.rs", format!("{solved}\n// {salt}\n"));
        class.write("in/s09/page_table.rs", &untouched);
        class.write("in/s09.rs", &untouched);
        class.write("roster.csv", "id,name,section\ns01,Jane Doe,A\ns02,Bo,B\ns03,Ann,A\ns10,Nobody Yet,A\n");
        class.write("times.csv", "student,submitted_at\ns02,2026-10-06T12:00:00+02:00\n");
        class
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_grader"));
        command.arg("--course").arg(root()).args(arguments);
        command.current_dir(self.0.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The command that grades the class into `book`.
    fn class(&self, book: &str, more: &[&str]) -> Command {
        let mut command = self.command(&["class", "in", "--lab", LAB, "--gradebook", book]);
        command.args(["--roster", "roster.csv", "--submitted", "times.csv", "--seed", SEED]).args(more);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn dump(&self, book: &str) -> String {
        let output = self.run(&["dump", book]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stdout)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn entry(book: &Gradebook, id: &str) -> Entry {
    book.entry(id).unwrap().unwrap_or_else(|| panic!("{id} has a row"))
}

#[test]
fn every_submission_gets_its_row_and_a_second_run_grades_nothing() {
    let class = Class::of_all_kinds();
    let output = class.class("g", &[]).output().unwrap();
    let (words, progress) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{words}{progress}");
    assert!(words.contains("10 students, 6 submissions graded now, 0 before, 3 refused"), "{words}");
    assert!(
        words.contains("refused (put it right in the folder and give the same command again):\n  s06: "),
        "{words}"
    );

    let book = Gradebook::open(&class.path("g")).unwrap();
    let verdict = |id: &str| entry(&book, id).labs[0].report.verdict;
    assert_eq!((verdict("s01"), verdict("s08")), (LabVerdict::Passed, LabVerdict::Passed));
    assert_eq!((verdict("s02"), verdict("s03")), (LabVerdict::Partial, LabVerdict::NotStarted));
    assert_eq!((verdict("s04"), verdict("s05")), (LabVerdict::DoesNotCompile, LabVerdict::Rejected));
    let refused = |id: &str| match entry(&book, id).state {
        State::Refused(reason) => reason,
        other => panic!("{id} is {other:?}"),
    };
    assert!(refused("s06").starts_with("s06.zip is damaged"), "{}", refused("s06"));
    assert!(
        refused("s07").starts_with("s07 has no file of the lab page_table: expected page_table.rs"),
        "{}",
        refused("s07")
    );
    let both = "s09 and s09.rs are 2 submissions of one student, s09, and nothing says which one counts; keep that one alone";
    assert!(refused("s09").starts_with(both), "{}", refused("s09"));
    assert_eq!(entry(&book, "s01").notes, [""; 0], "a lib.rs as it was handed out is not worth a note");
    assert_eq!(entry(&book, "s03").notes, ["not read: src/lib.rs, src/notes.txt"]);
    assert_eq!(entry(&book, "s05").notes, ["not on the roster"]);
    assert_eq!(entry(&book, "s02").submitted_at.unwrap().to_string(), "2026-10-06T10:00:00Z");
    assert_eq!(book.entry("s10").unwrap(), None);
    assert_eq!(book.student("s10").unwrap().unwrap().name, "Nobody Yet");

    // As `grade` says of the same files.
    for (id, handed_in) in [("s02", "in/s02"), ("s05", "in/s05"), ("s08", "in/s08.rs")] {
        let alone = class.run(&["grade", handed_in, "--lab", LAB, "--seed", SEED, "--format", "json"]);
        let alone: Report = serde_json::from_slice(&alone.stdout).unwrap();
        let meta = book.meta().unwrap();
        let both = [alone, entry(&book, id).report(&meta)].map(|mut report| {
            report.submission.clear();
            report.flags.clear();
            for lab in &mut report.labs {
                lab.compile_ms = 0;
                lab.cases.iter_mut().for_each(|case| case.duration_ms = 0);
            }
            report
        });
        assert_eq!(both[0], both[1], "{id}");
    }

    let before = class.dump("g");
    let again = class.class("g", &[]).output().unwrap();
    let words = text(&again.stdout);
    assert!(words.contains("0 submissions graded now, 6 before, 3 refused"), "{words}");
    assert!(words.contains("0 lab files were judged"), "{words}");
    let progress = text(&again.stderr);
    assert!(progress.contains("s06, refused as before") && progress.contains("s01, known"), "{progress}");
    assert_eq!(class.dump("g"), before);

    // One student hands in again, another one's folder is gone.
    class.write("in/s03/src/page_table.rs", fs::read(class.path("in/s01/labs/src/page_table.rs")).unwrap());
    fs::remove_dir_all(class.path("in/s02")).unwrap();
    let again = class.class("g", &[]).output().unwrap();
    let words = text(&again.stdout);
    assert!(words.contains("1 submission graded now, 4 before, 3 refused"), "{words}");
    assert!(words.contains("0 lab files were judged"), "the file is the one of s01: {words}");
    assert!(words.contains("their grades stay:\n  s02\n"), "{words}");
}

/// Kills the run as soon as it tells of its `events`th submission; says whether it was still there to be killed.
fn kill_after(mut child: Child, events: usize) -> bool {
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let is_event = |line: &std::io::Result<String>| line.as_ref().is_ok_and(|line| line.contains(" of 9: "));
    let seen = match events {
        0 => told.by_ref().any(|line| line.is_ok_and(|line| line == "9 submissions")),
        _ => told.by_ref().filter(is_event).nth(events - 1).is_some(),
    };
    child.kill().unwrap();
    child.wait().unwrap();
    seen
}

#[rstest]
#[case::one_worker("1")]
#[case::two_workers("2")]
fn killed_at_any_moment_a_run_goes_on_and_ends_the_same(#[case] jobs: &str) {
    let class = Class::of_all_kinds();
    for events in 0..9 {
        let child = class.class("killed", &["--jobs", jobs]).spawn().unwrap();
        assert!(kill_after(child, events), "it was told of {events} submissions");
        // What was told is in the gradebook, whole; the rest waits.
        let book = Gradebook::open(&class.path("killed")).unwrap();
        let rows: Vec<Entry> = book.submitters().unwrap().iter().map(|id| entry(&book, id)).collect();
        let done = rows.iter().filter(|entry| entry.state != State::Waiting).count();
        assert!(done >= events, "{done} of {events} told are there");
        for row in rows {
            assert_eq!(row.labs.len(), usize::from(row.state == State::Graded), "{row:?}");
        }
    }
    let last = class.class("killed", &["--jobs", jobs]).output().unwrap();
    assert_eq!(last.status.code(), Some(1), "{}", text(&last.stderr));
    class.class("undisturbed", &["--jobs", jobs]).output().unwrap();
    assert_eq!(class.dump("killed"), class.dump("undisturbed"));
}

#[test]
fn shards_merged_are_one_run() {
    let class = Class::of_all_kinds();
    class.class("whole", &[]).output().unwrap();
    for (book, shard) in [("one", "1/2"), ("two", "2/2")] {
        let output = class.class(book, &["--shard", shard]).output().unwrap();
        assert!(output.status.code() < Some(2), "{}", text(&output.stderr));
    }
    let merged = class.run(&["merge", "merged", "one", "two"]);
    assert_eq!(text(&merged.stdout), "merged: 9 submissions of 10 students\n", "{}", text(&merged.stderr));
    assert_eq!(class.dump("merged"), class.dump("whole"));
    let again = class.run(&["merge", "merged", "one", "two"]);
    assert_eq!(again.status.code(), Some(2), "an existing file is not overwritten");
    let half = class.run(&["merge", "half", "one"]);
    assert_eq!(half.status.code(), Some(2));
    assert!(text(&half.stderr).contains("the shards 2/2 are not among"), "{}", text(&half.stderr));
}

/// Counts rows.
struct Quiet;

impl Progress for Quiet {
    fn say(&self, _: &str) {}
}

impl ClassProgress for Quiet {
    fn begins(&self, _: usize) {}

    fn graded(&self, _: &Entry, _: News) {}
}

#[test]
fn changed_points_and_deadlines_are_regraded_without_running_anything() {
    let class = Class::of_all_kinds();
    let layout = Layout::at(&root()).unwrap();
    let text = course_file("fixtures/course.yaml");
    let course = Course::parse("course.yaml", text.clone()).unwrap();
    let options = ClassOptions {
        labs: vec![LAB.to_owned()],
        seed: Some(7),
        submitted: Some(class.path("times.csv")),
        ..ClassOptions::default()
    };
    let (folder, path) = (class.path("in"), class.path("g"));
    class::run(&layout, &course, &folder, &path, &options, &Quiet).unwrap();
    let before = entry(&Gradebook::open(&path).unwrap(), "s02");

    // Twice the points for everything, and a deadline that s02 missed by two days.
    let lab = before.labs[0].report.clone();
    let deadline = "deadline: 2026-10-05T00:00:00+02:00\nlate: { percent_per_day: 10 }\nlabs:\n";
    let mut changed = Course::parse("course.yaml", text.replacen("labs:\n", deadline, 1)).unwrap();
    for criterion in &mut changed.labs[0].criteria {
        criterion.points *= 2.0;
    }
    let refused = class::run(&layout, &changed, &folder, &path, &options, &Quiet).unwrap_err().to_string();
    assert!(refused.contains("another state of the course"), "{refused}");

    let regrade =
        |mode| class::regrade(&layout, &changed, &path, mode, &RegradeOptions::default(), &Quiet).unwrap();
    let unchanged = class.dump("g");
    let preview = regrade(Mode::Preview);
    assert_eq!(class.dump("g"), unchanged, "a preview writes nothing");
    assert_eq!((preview.judged, preview.submissions, preview.left_out), (0, 6, 3));
    assert_eq!(preview.changes.len(), 6, "the maximum changes for all: {preview:?}");
    let change = preview.changes.iter().find(|change| change.student == "s02").unwrap();
    let expected = lab.score * 2.0 * 0.8;
    assert_eq!(change.before, (lab.score, 100.0));
    assert!((change.after.0 - expected).abs() < 0.02 && change.after.1 == 200.0, "{change:?}");

    let applied = regrade(Mode::Apply);
    assert_eq!((applied.judged, &applied.changes), (0, &preview.changes));
    let after = entry(&Gradebook::open(&path).unwrap(), "s02");
    assert_eq!((after.score(), after.max_score()), change.after);
    assert_eq!((after.labs[0].lateness.days, after.labs[0].lateness.percent), (2, 20.0));
    assert_eq!((&after.digest, &after.notes), (&before.digest, &before.notes));
    assert!(regrade(Mode::Preview).changes.is_empty());
    let known = class::run(&layout, &changed, &folder, &path, &options, &Quiet).unwrap();
    assert_eq!((known.graded, known.known, known.judged), (0, 6, 0), "the class goes on by the new course");

    // A scenario less is another exam: each different file is judged once, the rest is known from the first.
    let scenarios = changed.labs[0].criteria.iter_mut().map(|criterion| &mut criterion.scenarios);
    scenarios.max_by_key(|scenarios| scenarios.len()).unwrap().pop().unwrap();
    let options = RegradeOptions::default();
    let other = class::regrade(&layout, &changed, &path, Mode::Preview, &options, &Quiet).unwrap();
    assert_eq!((other.judged, other.submissions), (3, 6), "s01 and s08 are the same");
}

/// Runs `class` on what is wrong; nothing may be graded, and nothing may be changed.
fn refuses(class: &Class, command: &mut Command, words: &[&str]) {
    let state = || (class.dump("g"), read(&class.path("newer")), read(&class.path("other")));
    let before = state();
    let output = command.output().unwrap();
    let told = text(&output.stderr).replace("\n  ", " ");
    assert_eq!(output.status.code(), Some(2), "{told}");
    for words in words {
        assert!(told.contains(words), "{told} lacks {words}");
    }
    assert_eq!(text(&output.stdout), "");
    assert!(state() == before, "nothing is half-written");
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_default()
}

#[test]
fn what_cannot_be_right_is_refused_before_anything_is_graded() {
    let class = Class::new();
    class.write("in/s01/page_table.rs", course_file("labs/src/page_table.rs"));
    class.write("roster.csv", "id\ns01\n");
    class.write("times.csv", "student,submitted_at\n");
    let graded = class.class("g", &[]).output().unwrap();
    assert_eq!(graded.status.code(), Some(0), "{}", text(&graded.stderr));
    class.write("other", "id,name\ns01,Jane\n".repeat(40));
    fs::copy(class.path("g"), class.path("newer")).unwrap();
    let newer = class.path("newer");
    set_version(&newer, 99);

    class.write("twice.csv", "id,name\ns01,Jane\ns02,Bo\ns01,Joe\n");
    class.write("zoneless.csv", "student,submitted_at\ns01,2026-10-05T12:00:00\n");
    class.write("unknown.csv", "student,submitted_at\ns99,2026-10-05T12:00:00Z\n");
    class.write("empty/notes.txt", "");
    let class_of = |folder: &str, more: &[&str]| {
        let mut command = class.command(&["class", folder, "--lab", LAB]);
        command.args(more);
        command
    };
    let cases: [(&[&str], &[&str]); 8] = [
        (
            &["--gradebook", "g", "--roster", "twice.csv"],
            &["twice.csv:4:", "`s01` is another student's already, on line 2"],
        ),
        (
            &["--gradebook", "g", "--submitted", "zoneless.csv"],
            &["zoneless.csv:2:", "does not say its offset"],
        ),
        (
            &["--gradebook", "g", "--roster", "roster.csv", "--submitted", "unknown.csv"],
            &["unknown.csv:2:", "`s99` is not on the roster"],
        ),
        (&["--gradebook", "newer"], &["has schema 99", "knows schemas up to 2"]),
        (&["--gradebook", "other"], &["other is not a gradebook"]),
        (&["--gradebook", "g", "--seed", "8"], &["the seed 7", "this run has 8"]),
        (&["--gradebook", "g", "--seed", "7", "--shard", "1/2"], &["the whole class", "the shard 1/2"]),
        (
            &["--gradebook", "no/such/folder/g"],
            &["there is no folder no/such/folder for the gradebook", "mkdir -p"],
        ),
    ];
    for (more, words) in cases {
        refuses(&class, &mut class_of("in", more), words);
    }
    refuses(
        &class,
        &mut class_of("empty", &["--gradebook", "g"]),
        &["empty holds no submissions; saw notes.txt"],
    );
    refuses(&class, &mut class_of("nowhere", &["--gradebook", "g"]), &["cannot read nowhere"]);
    let mut other_lab = class.command(&["class", "in", "--lab", "tlb", "--gradebook", "g"]);
    refuses(&class, &mut other_lab, &["the labs page_table", "the labs tlb"]);

    let writer = Gradebook::open_to_write(&class.path("g"), "another test").unwrap();
    let busy = class_of("in", &["--gradebook", "g"]).output().unwrap();
    let told = text(&busy.stderr);
    assert_eq!(busy.status.code(), Some(2), "{told}");
    assert!(told.contains("another test") && told.contains(&std::process::id().to_string()), "{told}");
    drop(writer);
}

/// Writes the number of the schema where SQLite keeps it.
fn set_version(path: &Path, version: u8) {
    use std::io::{Seek, SeekFrom};
    const USER_VERSION_AT: u64 = 60;
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(USER_VERSION_AT)).unwrap();
    file.write_all(&[0, 0, 0, version]).unwrap();
}

#[cfg(unix)]
#[test]
fn a_gradebook_that_is_read_only_is_refused_and_still_read() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65_534;
    let class = Class::new();
    class.write("in/s01/page_table.rs", course_file("labs/src/page_table.rs"));
    let path = class.path("g");
    drop(Gradebook::open_to_write(&path, "a test").unwrap());
    let before = read(&path);
    let protect = |mode| fs::set_permissions(class.0.path(), fs::Permissions::from_mode(mode)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    protect(0o555);
    let mut command = class.command(&["class", "in", "--lab", LAB, "--gradebook", "g"]);
    if fs::OpenOptions::new().write(true).open(&path).is_ok() {
        // Root may write everything, so the program runs as nobody.
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output();
    protect(0o755);
    let output = match output {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: nobody may not run the program from where it lies: {error}");
            return;
        }
    };
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("g cannot be written: the file or its folder is read-only"), "{told}");
    assert_eq!(read(&path), before);
}
