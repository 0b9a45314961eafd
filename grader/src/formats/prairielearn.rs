//! PrairieLearn's `/grade/results/results.json`, for its element `pl-external-grader-results`: one test a criterion.

use serde::Serialize;

use crate::course::Course;
use crate::report::words;
use crate::verdict::{CriterionReport, Kind, LabReport, Report};

use super::told;

/// PrairieLearn reads no result of more than 1 MB.
const BYTES: usize = 1_000_000;

#[derive(Serialize)]
struct Results {
    gradable: bool,
    score: f64,
    format_errors: Vec<String>,
    message: String,
    output: String,
    images: [(); 0],
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct Test {
    name: String,
    description: String,
    points: f64,
    max_points: f64,
    message: String,
    output: String,
}

/// `report` as `results.json`.
///
/// It is "not gradable" (and costs no attempt) when nothing of it could be judged. A file that does not compile beside
/// others that do costs its own points.
pub(super) fn render(report: &Report, course: &Course) -> String {
    told::fitting(BYTES, |most| told::json(&results(report, course, most)))
}

fn results(report: &Report, course: &Course, most: usize) -> Results {
    let gradable = !told::is_unjudged(report);
    let mut tests = Vec::new();
    for graded in report.labs.iter().filter(|_| gradable) {
        tests.extend(graded.criteria.iter().map(|criterion| test(course, graded, criterion, most)));
    }
    let problem = |graded: &LabReport| format!("{}: {}", graded.lab, told::diagnostics(graded, most));
    Results {
        gradable,
        score: ratio(report.score, report.max_score),
        format_errors: report.labs.iter().filter(|_| !gradable).map(problem).collect(),
        message: format!("{} of {} points", words::points(report.score), words::points(report.max_score)),
        output: told::notes(report, most),
        images: [],
        tests,
    }
}

fn test(course: &Course, graded: &LabReport, criterion: &CriterionReport, most: usize) -> Test {
    let summary = told::summary(graded, &criterion.name, &[Kind::Case, Kind::Scenario, Kind::Hidden], most);
    let (message, output) = summary.split_once('\n').unwrap_or((&summary, ""));
    Test {
        name: told::title(course, &graded.lab, criterion),
        description: graded.lab.clone(),
        points: criterion.score,
        max_points: criterion.max_score,
        message: message.to_owned(),
        output: output.trim_start().to_owned(),
    }
}

/// PrairieLearn takes a number from 0 to 1, also where extra credit reaches beyond.
fn ratio(score: f64, max_score: f64) -> f64 {
    if max_score > 0.0 { (score / max_score).clamp(0.0, 1.0) } else { 0.0 }
}
