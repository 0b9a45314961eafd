//! GitHub Classroom: what a step gives its reporter as the output `result`, base64 of JSON on one line.
//!
//! The reporter adds up the `score` of every test, so the criteria's points are made to add up to the submission's.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::course::Course;
use crate::verdict::{CriterionReport, Kind, LabReport, LabVerdict, Report};

use super::told;

/// The reporter finds the line in an environment variable; Linux gives one 128 KiB, its name included.
const BYTES: usize = 120 << 10;

#[derive(Serialize)]
struct Results {
    version: u32,
    status: &'static str,
    max_score: f64,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    status: &'static str,
    score: f64,
    message: String,
    test_code: String,
    filename: String,
    line_no: u32,
    duration: f64,
}

/// `report` as one line of base64.
pub(super) fn render(report: &Report, course: &Course) -> String {
    let line = told::fitting(BYTES, |most| STANDARD.encode(told::json(&results(report, course, most))));
    line + "\n"
}

fn results(report: &Report, course: &Course, most: usize) -> Results {
    let mut tests = Vec::new();
    for graded in &report.labs {
        let first = tests.len();
        tests.extend(graded.criteria.iter().map(|criterion| test(course, graded, criterion, most)));
        balance(&mut tests[first..], graded);
    }
    let passed = report.labs.iter().all(|lab| lab.verdict == LabVerdict::Passed);
    Results {
        version: 1,
        status: if told::is_unjudged(report) {
            "error"
        } else if passed {
            "pass"
        } else {
            "fail"
        },
        max_score: report.max_score,
        tests,
    }
}

fn test(course: &Course, graded: &LabReport, criterion: &CriterionReport, most: usize) -> Test {
    let duration_ms: u64 = told::items(graded, 0)
        .iter()
        .filter(|item| item.criterion == told::line(&criterion.name))
        .map(|item| item.duration_ms)
        .sum();
    let message = match told::obstacle(graded) {
        Some(obstacle) => format!("{obstacle}\n{}", told::diagnostics(graded, most)),
        None => told::summary(graded, &criterion.name, &[Kind::Case, Kind::Scenario, Kind::Hidden], most),
    };
    Test {
        name: format!("{}: {}", graded.lab, told::title(course, &graded.lab, criterion)),
        status: if told::obstacle(graded).is_some() {
            "error"
        } else if criterion.score >= criterion.max_score {
            "pass"
        } else {
            "fail"
        },
        score: criterion.score,
        message,
        test_code: format!("grader --lab {}", graded.lab),
        filename: format!("labs/src/{}.rs", graded.lab),
        line_no: 0,
        duration: duration_ms as f64 / 1000.0,
    }
}

/// Moves what rounding has made of the lab's points into the test with the most points that is not full or empty.
fn balance(tests: &mut [Test], graded: &LabReport) {
    let sum: f64 = tests.iter().map(|test| test.score).sum();
    let missing = ((graded.score - sum) * 100.0).round() / 100.0;
    let partial = tests.iter_mut().filter(|test| test.status == "fail" && test.score > 0.0);
    if let Some(test) = partial.max_by(|one, other| one.score.total_cmp(&other.score)) {
        test.score = ((test.score + missing) * 100.0).round() / 100.0;
    }
}
