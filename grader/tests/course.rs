//! What the course promises, proved on the course itself: the untouched skeletons are not started, the solutions pass in
//! full, points come step by step, and every known submission loses and keeps exactly what its YAML says.
//!
//! The seed is fixed, so that a failure is the same for whoever runs this.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use grader::course::{Course, Lab};
use grader::grade::grade_on;
use grader::intake::{LabFile, Submission};
use grader::layout::Layout;
use grader::lint::submissions;
use grader::progress::Silent;
use grader::skeleton;
use grader::verdict::{Kind, LabReport, LabVerdict, Verdict};
use grader::workbench::{Whose, Workbench, in_parallel};

const SEED: u64 = 1;

/// Grades one file after the other on the real course.
struct Graded<'a> {
    course: &'a Course,
    bench: Workbench<'a>,
}

/// Hands every test the course and what grades on it.
fn on_the_course(test: impl Fn(&Layout, &Course, &Graded<'_>)) {
    let layout = Layout::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let course = Course::load(&layout.course_yaml()).unwrap();
    let bench = Workbench::ready(&layout, Whose::Own, &Silent).unwrap();
    test(&layout, &course, &Graded { course: &course, bench });
}

impl Graded<'_> {
    fn lab(&self, lab: &Lab, source: Vec<u8>) -> LabReport {
        let submission = Submission {
            name: "a file".to_owned(),
            files: BTreeMap::from([(lab.lab.clone(), LabFile::Source(source))]),
            ignored: Vec::new(),
            root: None,
            is_single_file: true,
        };
        let report = grade_on(&self.bench, self.course, &submission, &[], SEED, &Silent).unwrap();
        report.labs.into_iter().next().unwrap()
    }
}

/// Names of the criteria with full points.
fn full(report: &LabReport) -> Vec<&str> {
    let full = report.criteria.iter().filter(|criterion| criterion.score == criterion.max_score);
    full.map(|criterion| criterion.name.as_str()).collect()
}

/// Scenarios that passed, and in a process of their own: a `todo!` in others is no reason for that, if there are two.
fn passed_alone(report: &LabReport) -> Vec<&str> {
    let passed =
        report.cases.iter().filter(|item| item.kind == Kind::Scenario && item.verdict == Verdict::Passed);
    passed.filter(|item| item.duration_ms > 0).map(|item| item.name.as_str()).collect()
}

#[test]
fn an_untouched_skeleton_is_not_started() {
    on_the_course(|layout, course, graded| {
        for lab in &course.labs {
            let skeleton = skeleton::solved(layout, &lab.lab).unwrap().solved_up_to(0);
            let report = graded.lab(lab, skeleton.into_bytes());
            let started = report.cases.iter().filter(|item| item.verdict != Verdict::NotStarted);
            let started: Vec<&str> = started.map(|item| item.name.as_str()).collect();
            assert_eq!(started, [""; 0], "{}: items that are not `not started`", lab.lab);
            assert_eq!((report.verdict, report.score), (LabVerdict::NotStarted, 0.0), "{}", lab.lab);
        }
    });
}

#[test]
fn a_solution_passes_in_full() {
    on_the_course(|layout, course, graded| {
        for lab in &course.labs {
            let report = graded.lab(lab, fs::read(layout.solution_source(&lab.lab)).unwrap());
            assert_eq!((report.verdict, report.score), (LabVerdict::Passed, 100.0), "{}", lab.lab);
        }
    });
}

#[test]
fn with_the_steps_up_to_k_solved_exactly_their_criteria_are_green() {
    on_the_course(|layout, course, graded| {
        for lab in &course.labs {
            let solved = skeleton::solved(layout, &lab.lab).unwrap();
            for step in 1..solved.last_step() {
                let report = graded.lab(lab, solved.solved_up_to(step).into_bytes());
                let expected = lab.criteria.iter().filter(|criterion| criterion.step <= step);
                let expected: Vec<&str> = expected.map(|criterion| criterion.name.as_str()).collect();
                assert_eq!(full(&report), expected, "{} solved up to step {step}", lab.lab);
                let alone = passed_alone(&report);
                assert!(alone.len() < 2, "{} solved up to step {step}: {alone:?}", lab.lab);
            }
        }
    });
}

#[test]
fn every_known_submission_loses_and_keeps_exactly_what_it_says() {
    on_the_course(|layout, course, graded| {
        let mut all = Vec::new();
        for lab in &course.labs {
            let known = submissions::of(layout, lab).unwrap();
            let wrong = known.iter().filter(|(_, known)| known.mistake.is_some()).count();
            assert!(wrong >= 8 && known.len() - wrong >= 2, "{}: too few known submissions", lab.lab);
            all.extend(known.into_iter().map(|(source, known)| (lab, source, known)));
        }
        // While one runs its items, the next one is compiled.
        let differences = in_parallel(&all, |(lab, source, known)| {
            let report = graded.lab(lab, fs::read(source).unwrap());
            let kept = full(&report);
            let keeps: Vec<&str> = lab
                .criteria
                .iter()
                .map(|criterion| criterion.name.as_str())
                .filter(|name| known.keeps.iter().any(|kept| kept == name))
                .collect();
            Ok((kept != keeps).then(|| format!("{}: keeps {kept:?}, expected {keeps:?}", source.display())))
        });
        let differences: Vec<String> = differences.unwrap().into_iter().flatten().collect();
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    });
}
