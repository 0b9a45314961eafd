//! JUnit's XML as nextest writes it, by the same crate: a suite a lab, a test case an item, the points as properties.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use crate::course::Course;
use crate::report::words;
use crate::verdict::{LabReport, Report, Verdict};

use super::told;

/// Readers of JUnit files keep all of a file in memory, and some stop at 10 MB.
const BYTES: usize = 8 << 20;

/// `report` as JUnit's XML.
pub(super) fn render(report: &Report, course: &Course) -> String {
    told::fitting(BYTES, |most| {
        let mut whole = quick_junit::Report::new(told::line(&course.title));
        whole.add_test_suites(report.labs.iter().map(|graded| suite(graded, most)));
        // Writing fails only where a writer fails; this one is memory.
        let mut text = whole.to_string().unwrap_or_default();
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text
    })
}

fn suite(graded: &LabReport, most: usize) -> TestSuite {
    let mut suite = TestSuite::new(graded.lab.clone());
    suite.add_property(Property::new("verdict", words::machine(&graded.verdict)));
    suite.add_property(Property::new("score", words::points(graded.score)));
    suite.add_property(Property::new("max_score", words::points(graded.max_score)));
    for criterion in &graded.criteria {
        let name = told::line(&criterion.name);
        suite.add_property(Property::new(format!("score of {name}"), words::points(criterion.score)));
        suite.add_property(Property::new(format!("max_score of {name}"), words::points(criterion.max_score)));
    }
    if let Some(obstacle) = told::obstacle(graded) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type(words::machine(&graded.verdict));
        status.set_message(obstacle);
        status.set_description(told::diagnostics(graded, most));
        suite.add_test_case(TestCase::new("compiles", status));
    }
    suite.add_test_cases(told::items_asking(graded, most).into_iter().map(|item| test_case(graded, item)));
    suite
}

fn test_case(graded: &LabReport, item: told::Item) -> TestCase {
    let mut case = TestCase::new(item.name, status(item.verdict, &item.text));
    case.set_classname(graded.lab.clone());
    case.set_time(Duration::from_millis(item.duration_ms));
    case.add_property(Property::new("criterion", item.criterion));
    case.add_property(Property::new("kind", words::machine(&item.kind)));
    case
}

/// A difference is a failure, another end an error; what is not begun or did not run is skipped.
fn status(verdict: Verdict, text: &str) -> TestCaseStatus {
    let mut status = match verdict {
        Verdict::Passed => return TestCaseStatus::success(),
        Verdict::NotStarted | Verdict::NotRun => TestCaseStatus::skipped(),
        Verdict::Wrong => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Panicked | Verdict::TimedOut | Verdict::OutOfMemory | Verdict::Crashed => {
            TestCaseStatus::non_success(NonSuccessKind::Error)
        }
    };
    status.set_type(words::machine(&verdict));
    status.set_message(words::verdict(verdict));
    if !text.is_empty() {
        status.set_description(text);
    }
    status
}
