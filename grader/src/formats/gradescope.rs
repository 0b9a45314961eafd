//! Gradescope's `results.json`.
//!
//! A criterion becomes one test for each moment at which students may see something of it: as the course is by default,
//! one for the tests and scenarios that they have, shown at once, and one for the hidden scenarios, shown when grades are
//! published. Gradescope hides the total as soon as one test is hidden; the points of each shown test stay visible.
//!
//! What being late costs is taken off the total ([`lateness`]).

use serde::Serialize;

use crate::course::policy::Lateness;
use crate::course::{Course, Visibility};
use crate::report::words;
use crate::score;
use crate::verdict::{CriterionReport, Kind, LabReport, Report, SCHEMA};

use super::told;

mod metadata;

pub use metadata::{MetadataError, lateness};

/// Gradescope names no limit; a page of more is slow to open.
const BYTES: usize = 4 << 20;
/// Everything is text as it is: nothing in it is markup.
const TEXT: &str = "text";

#[derive(Serialize)]
struct Results {
    score: f64,
    execution_time: f64,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: Visibility,
    stdout_visibility: Visibility,
    extra_data: ExtraData,
    tests: Vec<Test>,
}

#[derive(Serialize)]
struct ExtraData {
    schema: u32,
    submission: String,
    sandbox: String,
    flags: Vec<String>,
}

#[derive(Serialize)]
struct Test {
    score: f64,
    max_score: f64,
    status: &'static str,
    name: String,
    name_format: &'static str,
    number: String,
    output: String,
    output_format: &'static str,
    tags: Vec<String>,
    visibility: Visibility,
    extra_data: TestData,
}

#[derive(Serialize)]
struct TestData {
    lab: String,
    criterion: String,
    verdict: String,
}

/// One moment's part of a criterion.
struct Part {
    visibility: Visibility,
    kinds: Vec<Kind>,
    score: f64,
    max_score: f64,
}

/// `report` as `results.json`, of a submission that is so late.
#[must_use]
pub fn render(report: &Report, course: &Course, late: &Lateness) -> String {
    told::fitting(BYTES, |most| told::json(&results(report, course, late, most)))
}

fn results(report: &Report, course: &Course, late: &Lateness, most: usize) -> Results {
    let mut tests = Vec::new();
    for (lab, graded) in report.labs.iter().enumerate() {
        for (at, criterion) in graded.criteria.iter().enumerate() {
            let number = format!("{}.{}", lab + 1, at + 1);
            tests.extend(tests_of(course, graded, criterion, &number, most));
        }
    }
    Results {
        // Said here too, because a sum of rounded points may be 0.01 off.
        score: cents(report.labs.iter().map(|lab| late.reduce(lab.score)).sum()),
        execution_time: told::duration_ms(report) as f64 / 1000.0,
        output: words::lateness(late).map(|words| format!("{words}\n\n")).unwrap_or_default()
            + &told::notes(report, most),
        output_format: TEXT,
        test_output_format: TEXT,
        test_name_format: TEXT,
        visibility: Visibility::Visible,
        // The grader's own words are for who set it up.
        stdout_visibility: Visibility::Hidden,
        extra_data: ExtraData {
            schema: SCHEMA,
            submission: told::line(&report.submission),
            sandbox: report.sandbox.clone(),
            flags: report.flags.iter().map(|flag| told::line(flag)).collect(),
        },
        tests,
    }
}

fn tests_of(
    course: &Course,
    graded: &LabReport,
    criterion: &CriterionReport,
    number: &str,
    most: usize,
) -> Vec<Test> {
    let parts = parts(course, graded, criterion);
    let several = parts.len() > 1;
    let is_extra = told::is_extra(course, &graded.lab, &criterion.name);
    let title = told::title(course, &graded.lab, criterion);
    let test = |(at, part): (usize, Part)| {
        let passed = part.score >= part.max_score && told::obstacle(graded).is_none();
        Test {
            score: part.score,
            // Points beyond the maximum are what extra credit is.
            max_score: if is_extra { 0.0 } else { part.max_score },
            status: if passed { "passed" } else { "failed" },
            name: format!(
                "{}: {title}{}",
                graded.lab,
                if several { suffix(&part.kinds) } else { String::new() }
            ),
            name_format: TEXT,
            number: if several { format!("{number}.{}", at + 1) } else { number.to_owned() },
            output: told::summary(graded, &criterion.name, &part.kinds, most),
            output_format: TEXT,
            tags: vec![graded.lab.clone()],
            visibility: part.visibility,
            extra_data: TestData {
                lab: graded.lab.clone(),
                criterion: told::line(&criterion.name),
                verdict: words::machine(&graded.verdict),
            },
        }
    };
    parts.into_iter().enumerate().map(test).collect()
}

/// The criterion's points, one part for each moment at which students see something of it.
fn parts(course: &Course, graded: &LabReport, criterion: &CriterionReport) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for part in score::by_kind(&criterion.name, criterion.max_score, course.weights, &graded.cases) {
        let visibility = course.visibility.of(part.kind);
        match parts.iter_mut().find(|other| other.visibility == visibility) {
            Some(other) => {
                other.kinds.push(part.kind);
                other.score = cents(other.score + part.score);
                other.max_score = cents(other.max_score + part.max_score);
            }
            None => parts.push(Part {
                visibility,
                kinds: vec![part.kind],
                score: part.score,
                max_score: part.max_score,
            }),
        }
    }
    match parts.as_mut_slice() {
        // Not judged at all: what stands in the way is no secret.
        [] => parts.push(Part {
            visibility: Visibility::Visible,
            kinds: Vec::new(),
            score: criterion.score,
            max_score: criterion.max_score,
        }),
        // The whole criterion is one part: its own points are the exact ones.
        [only] => (only.score, only.max_score) = (criterion.score, criterion.max_score),
        _ => {}
    }
    parts
}

fn suffix(kinds: &[Kind]) -> String {
    let word = |kind: &Kind| match kind {
        Kind::Case => "tests",
        Kind::Scenario => "scenarios",
        Kind::Hidden => "hidden scenarios",
    };
    let words: Vec<_> = kinds.iter().map(word).collect();
    format!(" ({})", words.join(" and "))
}

fn cents(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}
