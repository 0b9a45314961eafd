//! One tiny submission per state that a student's file can be in, graded on a toy course.
//!
//! The toy lab bears the name of a real one, because generators belong to real labs; the harness is the workspace's own.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use grader::course::Course;
use grader::fault::Fault;
use grader::grade::grade_on;
use grader::harness::Harness;
use grader::intake::{LabFile, Submission};
use grader::layout::Layout;
use grader::progress::{Progress, Silent};
use grader::verdict::{Kind, LabReport, LabVerdict, Verdict};
use grader::workbench::{Whose, Workbench};
use rstest::rstest;
use tempfile::TempDir;

const LAB: &str = "page_table";
const SOLVED: &str = include_str!("toy/solved.rs");
const ADD: &str = "self.sum += n;";
const DOUBLE: &str = "let parts: Vec<u64> = vec![self.sum; 2];";

/// A toy course in a folder of its own.
struct Toy {
    _folder: TempDir,
    layout: Layout,
    course: Course,
}

impl Toy {
    fn new(with_solution: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let generator = testbench::lab::find(LAB).unwrap().generators[0].name;
        let course = include_str!("toy/course.yaml").replace("GENERATOR", generator);
        let mut files = vec![
            ("fixtures/course.yaml", course.as_str()),
            ("fixtures/testbench/probes/page_table.rs", include_str!("toy/probe.rs")),
            ("fixtures/scenarios/page_table/adds.yaml", include_str!("toy/adds.yaml")),
            ("fixtures/scenarios/page_table/doubles.yaml", include_str!("toy/doubles.yaml")),
            ("labs/tests/page_table.rs", include_str!("toy/cases.rs")),
            ("labs/tests/page_table.cases", include_str!("toy/cases.txt")),
            ("labs/tests/snapshots/page_table__adds.snap", include_str!("toy/adds.snap")),
            ("labs/tests/snapshots/page_table__doubles.snap", include_str!("toy/doubles.snap")),
        ];
        if with_solution {
            files.push(("solutions/src/page_table.rs", SOLVED));
        }
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let layout = Layout::at(folder.path()).unwrap();
        let course = Course::load(&layout.course_yaml()).unwrap();
        Self { _folder: folder, layout, course }
    }

    fn grade_telling(&self, file: LabFile, progress: &dyn Progress) -> Result<LabReport, Fault> {
        let bench = Workbench::with_harness(&self.layout, harness(), Whose::Own)?;
        let submission = Submission {
            name: "toy".to_owned(),
            files: BTreeMap::from([(LAB.to_owned(), file)]),
            ignored: Vec::new(),
            root: None,
            is_single_file: false,
        };
        let mut report = grade_on(&bench, &self.course, &submission, &[], 7, progress)?;
        Ok(report.labs.remove(0))
    }

    fn grade(&self, source: &str) -> LabReport {
        self.grade_file(LabFile::Source(source.into())).unwrap()
    }

    fn grade_file(&self, file: LabFile) -> Result<LabReport, Fault> {
        self.grade_telling(file, &Silent)
    }
}

fn harness() -> Harness {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Harness::ready(&Layout::at(root).unwrap(), &Silent).unwrap()
}

/// The solved lab, `double` replaced: what does not call it must keep its points.
fn double_is(body: &str) -> String {
    assert!(SOLVED.contains(DOUBLE));
    SOLVED.replace(DOUBLE, &format!("if self.sum < u64::MAX {{ {body} }}\n        {DOUBLE}"))
}

fn verdicts(lab: &LabReport, kind: Kind) -> Vec<Verdict> {
    lab.cases.iter().filter(|item| item.kind == kind).map(|item| item.verdict).collect()
}

#[test]
fn a_right_file_gets_all_points_also_from_the_cache() {
    let toy = Toy::new(true);
    let first = toy.grade(SOLVED);
    assert_eq!((first.verdict, first.score), (LabVerdict::Passed, 100.0), "{first:#?}");
    assert_eq!(verdicts(&first, Kind::Hidden), [Verdict::Passed; 2]);
    let second = toy.grade(SOLVED);
    assert_eq!((second.cases, second.compile_ms), (first.cases, 0));
}

#[test]
fn scenarios_share_a_process_where_all_pass_and_have_their_own_where_they_do_not() {
    let toy = Toy::new(true);
    let shared = |lab: &LabReport| {
        let times = lab.cases.iter().filter(|item| item.kind == Kind::Scenario).map(|item| item.duration_ms);
        times.collect::<Vec<_>>() == [0, 0]
    };
    assert!(shared(&toy.grade(SOLVED)));
    // What is left behind by one scenario is not there for the next one.
    let remembers = SOLVED.replace(
        ADD,
        "static LAST: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);
        let before = LAST.swap(self.sum + n, core::sync::atomic::Ordering::Relaxed);
        if before > self.sum { self.sum = before; }
        self.sum += n;",
    );
    let alone = toy.grade(&remembers);
    assert_eq!((alone.verdict, alone.score), (LabVerdict::Passed, 100.0), "{alone:#?}");
    assert!(!shared(&alone));
}

#[test]
fn a_scenario_that_looked_right_shares_a_process_although_another_of_its_criterion_differs() {
    let lab = Toy::new(true).grade(&SOLVED.replace(ADD, "self.sum += if n > 9 { n + 1 } else { n };"));
    assert!(verdicts(&lab, Kind::Hidden).contains(&Verdict::Wrong), "{lab:#?}");
    let doubles = lab.cases.iter().find(|item| item.name == "doubles").unwrap();
    assert_eq!((doubles.verdict, doubles.duration_ms), (Verdict::Passed, 0));
}

#[test]
fn without_solutions_nothing_hidden_is_judged() {
    let lab = Toy::new(false).grade(SOLVED);
    assert_eq!((lab.verdict, lab.score, lab.cases.len()), (LabVerdict::Passed, 100.0, 5));
}

/// Nobody waits for the result.
struct Outdated;

impl Progress for Outdated {
    fn say(&self, _: &str) {}

    fn is_outdated(&self) -> bool {
        true
    }
}

#[test]
fn a_run_that_is_outdated_runs_nothing_more_and_is_not_remembered() {
    let toy = Toy::new(false);
    let outdated = toy.grade_telling(LabFile::Source(SOLVED.into()), &Outdated).unwrap();
    assert!(verdicts(&outdated, Kind::Scenario).iter().all(|verdict| *verdict == Verdict::NotRun));
    assert_eq!(toy.grade(SOLVED).verdict, LabVerdict::Passed);
}

#[test]
fn an_untouched_file_is_not_started() {
    let lab = Toy::new(true).grade(
        &SOLVED
            .replace(ADD, "todo!(\"step 1: add {n}\");")
            .replace(DOUBLE, "todo!();\n        let parts = vec![0];"),
    );
    assert_eq!((lab.verdict, lab.score), (LabVerdict::NotStarted, 0.0));
    assert!(lab.cases.iter().all(|item| item.verdict == Verdict::NotStarted), "{:#?}", lab.cases);
    assert_eq!(lab.cases[0].message, "step 1: add 0");
}

#[rstest]
#[case::panics(
    "panic!(\"no \\u{1b}[31mway\")",
    Verdict::Panicked,
    "panicked at labs/src/page_table.rs:19: no [31mway"
)]
#[case::loops(
    "loop { core::hint::spin_loop() }",
    Verdict::TimedOut,
    "not done after 1 s while step 2: double was running"
)]
#[case::recurses(
    "fn deep(n: u64) -> u64 { if n == 0 { 0 } else { 1 + deep(core::hint::black_box(n + 1)) } } deep(1);",
    Verdict::Crashed,
    "overflowed its stack"
)]
#[case::fills_memory(
    "let mut all = Vec::new(); loop { all.push(vec![0_u8; 1 << 24]); core::hint::black_box(&all); }",
    Verdict::OutOfMemory,
    "asked for more memory than its 256 MiB"
)]
#[case::not_started("todo!(\"step 2: double\")", Verdict::NotStarted, "step 2: double")]
fn a_bad_end_costs_only_what_meets_it(#[case] body: &str, #[case] verdict: Verdict, #[case] message: &str) {
    let lab = Toy::new(true).grade(&double_is(body));
    assert_eq!((lab.verdict, lab.score), (LabVerdict::Partial, 40.0), "{lab:#?}");
    let [adds, doubles] = verdicts(&lab, Kind::Scenario)[..] else { panic!("two scenarios") };
    assert_eq!((adds, doubles), (Verdict::Passed, verdict));
    let told = lab.cases.iter().find(|item| item.name == "doubles").unwrap();
    assert!(told.message.starts_with(message), "{}", told.message);
    let case = lab.cases.iter().find(|item| item.name == "double::of_three_is_six").unwrap();
    assert_eq!(case.verdict, verdict, "{}", case.message);
}

#[test]
fn a_wrong_answer_shows_where_it_leaves_the_key_and_hides_what_is_hidden() {
    let lab = Toy::new(true).grade(&SOLVED.replace("vec![self.sum; 2]", "vec![self.sum; 3]"));
    assert_eq!((lab.verdict, lab.score), (LabVerdict::Partial, 40.0));
    let doubles = lab.cases.iter().find(|item| item.name == "doubles").unwrap();
    let difference = doubles.difference.as_ref().unwrap();
    assert_eq!(difference.steps, ["step 1: add 2", "step 2: double"]);
    assert_eq!((difference.expected.trim(), difference.actual.trim()), ("result: 4", "result: 6"));
    let case = lab.cases.iter().find(|item| item.name == "double::of_three_is_six").unwrap();
    let told =
        "assertion `left == right` failed: twice three\n  left: 9\n right: 6 (labs/tests/page_table.rs:23)";
    assert_eq!((case.verdict, case.message.as_str()), (Verdict::Wrong, told));
    for hidden in lab.cases.iter().filter(|item| item.kind == Kind::Hidden) {
        assert_eq!((hidden.verdict, hidden.message.as_str()), (Verdict::Wrong, "a hidden scenario"));
        assert_eq!((&hidden.difference, hidden.duration_ms), (&None, 0));
    }
}

#[rstest]
#[case::syntax("self.sum += n;", "self.sum += ;", "labs/src/page_table.rs:13:")]
#[case::bracket("vec![self.sum; 2]", "vec![self.sum; 2", "mismatched closing delimiter")]
#[case::type_is_gone("Counter", "Adder", "page_table.rs no longer has `Counter`")]
#[case::type_is_private("pub struct", "struct", "`Counter` in page_table.rs must be `pub`")]
#[case::signature(
    "double(&mut self)",
    "double(&mut self, _: bool)",
    "page_table.rs compiles, but no longer has what it is used by"
)]
fn what_does_not_compile_is_told(#[case] part: &str, #[case] other: &str, #[case] told: &str) {
    let lab = Toy::new(false).grade(&SOLVED.replace(part, other));
    assert_eq!((lab.verdict, lab.score), (LabVerdict::DoesNotCompile, 0.0), "{lab:#?}");
    assert!(lab.diagnostics.contains(told), "{}", lab.diagnostics);
    assert!(!lab.diagnostics.contains("toy/"), "{}", lab.diagnostics);
}

#[test]
fn a_rejected_file_says_why() {
    let lab = Toy::new(false).grade_file(LabFile::Rejected("it is a symbolic link".to_owned())).unwrap();
    assert_eq!(lab.verdict, LabVerdict::Rejected);
    assert_eq!(lab.diagnostics, "page_table.rs: it is a symbolic link");
}

#[test]
fn a_list_of_tests_that_is_not_the_binarys_is_the_courses_fault() {
    let toy = Toy::new(false);
    fs::write(toy.layout.cases_manifest(LAB), "add::says_the_sum::case_1_nothing\nadd::gone\n").unwrap();
    let fault = toy.grade_file(LabFile::Source(SOLVED.into())).unwrap_err();
    assert!(matches!(fault, Fault::Manifest { .. }), "{fault}");
}

#[test]
fn a_reference_that_fails_is_the_courses_fault() {
    let toy = Toy::new(true);
    fs::write(toy.layout.solution_source(LAB), double_is("panic!(\"reference\")")).unwrap();
    let fault = toy.grade_file(LabFile::Source(SOLVED.into())).unwrap_err();
    assert!(matches!(fault, Fault::ReferenceFails { .. }), "{fault}");
}

#[test]
fn nothing_is_left_behind() {
    let toy = Toy::new(false);
    toy.grade(&double_is("loop { core::hint::spin_loop() }"));
    let left = fs::read_dir(toy.layout.work_dir().join("work")).unwrap().count();
    assert_eq!(left, 0);
}

#[rstest]
#[case::unsafe_code(
    "unsafe { self.sum += n; }",
    "page_table.rs: line 13: `unsafe`: labs are written in safe Rust"
)]
#[case::standard_library("std::process::exit(0);", "page_table.rs: line 13: `std`: labs are `#![no_std]`: ")]
fn a_word_that_no_lab_needs_is_refused_with_its_line_and_the_reason(#[case] body: &str, #[case] told: &str) {
    let lab = Toy::new(false).grade(&SOLVED.replace(ADD, body));
    assert_eq!((lab.verdict, lab.score), (LabVerdict::Rejected, 0.0), "{lab:#?}");
    assert!(lab.diagnostics.starts_with(told), "{}", lab.diagnostics);
}
