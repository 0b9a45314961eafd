//! Programs that are built once and started with a submission's library: they are there for every lab, and judge as programs do
//! that are linked with the submission.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use grader::compile::Program;
use grader::compile::shelf::{self, Shelved};
use grader::course::{Course, Lab};
use grader::grade::grade_on;
use grader::intake::{LabFile, Submission};
use grader::layout::Layout;
use grader::lint::submissions;
use grader::progress::Silent;
use grader::verdict::LabReport;
use grader::workbench::{Whose, Workbench};

fn layout() -> Layout {
    Layout::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn graded(bench: &Workbench<'_>, course: &Course, lab: &Lab, source: Vec<u8>) -> LabReport {
    let submission = Submission {
        name: "a file".to_owned(),
        files: BTreeMap::from([(lab.lab.clone(), LabFile::Source(source))]),
        ignored: Vec::new(),
        root: None,
        is_single_file: true,
    };
    let report = grade_on(bench, course, &submission, &[], 1, &Silent).unwrap();
    report.labs.into_iter().next().unwrap()
}

/// What does not depend on time.
fn timeless(report: LabReport) -> LabReport {
    let cases = report.cases.into_iter().map(|case| grader::verdict::CaseResult { duration_ms: 0, ..case });
    LabReport { compile_ms: 0, cases: cases.collect(), ..report }
}

#[test]
fn every_lab_has_its_programs() {
    let layout = layout();
    let course = Course::load(&layout.course_yaml()).unwrap();
    let bench = Workbench::ready(&layout, Whose::Own, &Silent).unwrap();
    for lab in &course.labs {
        let solution = fs::read(layout.solution_source(&lab.lab)).unwrap();
        assert_eq!(shelf::misfit(&bench, lab, &solution).unwrap(), None, "{}", lab.lab);
        for program in [Program::Probe, Program::Cases] {
            let shelved = shelf::shelved(&bench, lab, program).unwrap();
            let is_to_be_had = cfg!(target_os = "linux") && bench.harness.toolchain.shared_std().is_some();
            assert_eq!(matches!(shelved, Shelved::Ready(_)), is_to_be_had, "{} {program:?}", lab.lab);
        }
    }
}

#[test]
fn plugged_in_or_linked_a_submission_gets_the_same_verdicts() {
    let layout = layout();
    let course = Course::load(&layout.course_yaml()).unwrap();
    let plugged = Workbench::ready(&layout, Whose::Own, &Silent).unwrap();
    let linked = Workbench::ready(&layout, Whose::Own, &Silent).unwrap().without_shelf();
    for lab in &course.labs {
        let known = submissions::of(&layout, lab).unwrap();
        let (wrong, right): (Vec<_>, Vec<_>) =
            known.into_iter().partition(|(_, known)| known.mistake.is_some());
        for (path, _) in right.into_iter().take(1).chain(wrong.into_iter().take(2)) {
            let source = fs::read(&path).unwrap();
            let [one, other] =
                [&plugged, &linked].map(|bench| timeless(graded(bench, &course, lab, source.clone())));
            assert_eq!(one, other, "{}", path.display());
        }
    }
}

#[test]
fn a_submission_that_lacks_a_type_is_judged_by_what_fits() {
    let layout = layout();
    let course = Course::load(&layout.course_yaml()).unwrap();
    let lab = course.lab("tlb").unwrap();
    let bench = Workbench::ready(&layout, Whose::Own, &Silent).unwrap();
    let solution = fs::read_to_string(layout.solution_source("tlb")).unwrap();
    let report = graded(&bench, &course, lab, solution.replace("MipsEntry", "OtherEntry").into_bytes());
    assert_eq!(report.diagnostics, "tlb.rs no longer has `MipsEntry`");
    assert!(report.score > 0.0, "its scenarios do without that type");
}

/// The library has a copy of the simulated machine of its own; it must be as closed as the program's.
#[test]
fn a_submission_does_not_get_the_key_to_the_machine() {
    let layout = layout();
    let course = Course::load(&layout.course_yaml()).unwrap();
    let lab = course.lab("page_table").unwrap();
    let bench = Workbench::ready(&layout, Whose::Own, &Silent).unwrap();
    let solution = fs::read_to_string(layout.solution_source("page_table")).unwrap();
    let root = "    fn root(&self) -> Frame {\n";
    assert_eq!(solution.matches(root).count(), 1);
    let asks = "assert!(machine::bench::Bench::take().is_none(), \"it was handed out\");\n";
    for bench in [&bench, &Workbench::ready(&layout, Whose::Own, &Silent).unwrap().without_shelf()] {
        let asking = solution.replace(root, &format!("{root}        {asks}"));
        let report = graded(bench, &course, lab, asking.into_bytes());
        assert_eq!(report.score, 100.0, "{:?}", report.cases.iter().find(|case| !case.message.is_empty()));
    }
}
