//! Common Test Report Format (JSON): a test an item, the points in `extra`.

use jiff::Timestamp;
use serde::Serialize;

use crate::course::Course;
use crate::report::words;
use crate::verdict::{Kind, LabReport, LabVerdict, Report, Verdict};

use super::told;

/// The version of the format's specification that this writes.
const SPECIFICATION: &str = "0.0.0";
/// As for JUnit: viewers load a report whole.
const BYTES: usize = 8 << 20;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    report_format: &'static str,
    spec_version: &'static str,
    generated_by: &'static str,
    results: Results,
}

#[derive(Serialize)]
struct Results {
    tool: Tool,
    summary: Summary,
    tests: Vec<Test>,
    extra: Points,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize, Default)]
struct Summary {
    tests: usize,
    passed: usize,
    failed: usize,
    skipped: usize,
    pending: usize,
    other: usize,
    suites: usize,
    /// Milliseconds since 1970.
    start: i64,
    /// Milliseconds since 1970.
    stop: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    name: String,
    status: Status,
    duration: u64,
    suite: Vec<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
    raw_status: String,
    tags: Vec<&'static str>,
    file_path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<TestExtra>,
}

#[derive(Serialize)]
struct TestExtra {
    criterion: String,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Passed,
    Failed,
    Skipped,
    Pending,
}

/// Points of the submission, of its labs and of their criteria.
#[derive(Serialize)]
struct Points {
    course: String,
    score: f64,
    max_score: f64,
    labs: Vec<LabPoints>,
}

#[derive(Serialize)]
struct LabPoints {
    lab: String,
    verdict: LabVerdict,
    score: f64,
    max_score: f64,
    criteria: Vec<CriterionPoints>,
}

#[derive(Serialize)]
struct CriterionPoints {
    name: String,
    score: f64,
    max_score: f64,
}

/// `report` as CTRF; the run was over at `stop`.
pub(super) fn render(report: &Report, course: &Course, stop: Timestamp) -> String {
    told::fitting(BYTES, |most| told::json(&document(report, course, stop, most)))
}

fn document(report: &Report, course: &Course, stop: Timestamp, most: usize) -> Document {
    let tests: Vec<Test> = report.labs.iter().flat_map(|graded| tests(graded, most)).collect();
    let count = |status| tests.iter().filter(|test| test.status == status).count();
    let stop = stop.as_millisecond();
    let summary = Summary {
        tests: tests.len(),
        passed: count(Status::Passed),
        failed: count(Status::Failed),
        skipped: count(Status::Skipped),
        pending: count(Status::Pending),
        other: 0,
        suites: report.labs.len(),
        start: stop.saturating_sub(i64::try_from(told::duration_ms(report)).unwrap_or(0)),
        stop,
    };
    Document {
        report_format: "CTRF",
        spec_version: SPECIFICATION,
        generated_by: "grader",
        results: Results {
            tool: Tool { name: "grader", version: env!("CARGO_PKG_VERSION") },
            summary,
            tests,
            extra: points(report, course),
        },
    }
}

fn tests(graded: &LabReport, most: usize) -> Vec<Test> {
    let file_path = format!("labs/src/{}.rs", graded.lab);
    let mut tests = Vec::new();
    if told::obstacle(graded).is_some() {
        tests.push(Test {
            name: "compiles".to_owned(),
            status: Status::Failed,
            duration: graded.compile_ms,
            suite: vec![graded.lab.clone()],
            message: told::diagnostics(graded, most),
            raw_status: words::machine(&graded.verdict),
            tags: Vec::new(),
            file_path: file_path.clone(),
            extra: None,
        });
    }
    tests.extend(told::items_asking(graded, most).into_iter().map(|item| Test {
        name: item.name,
        status: status(item.verdict),
        duration: item.duration_ms,
        suite: vec![graded.lab.clone(), item.criterion.clone()],
        message: item.text,
        raw_status: words::machine(&item.verdict),
        tags: vec![tag(item.kind)],
        file_path: file_path.clone(),
        extra: Some(TestExtra { criterion: item.criterion }),
    }));
    tests
}

fn status(verdict: Verdict) -> Status {
    match verdict {
        Verdict::Passed => Status::Passed,
        Verdict::NotStarted => Status::Pending,
        Verdict::NotRun => Status::Skipped,
        Verdict::Wrong | Verdict::Panicked | Verdict::TimedOut | Verdict::OutOfMemory | Verdict::Crashed => {
            Status::Failed
        }
    }
}

fn tag(kind: Kind) -> &'static str {
    match kind {
        Kind::Case => "case",
        Kind::Scenario => "scenario",
        Kind::Hidden => "hidden",
    }
}

fn points(report: &Report, course: &Course) -> Points {
    let of_lab = |graded: &LabReport| LabPoints {
        lab: graded.lab.clone(),
        verdict: graded.verdict,
        score: graded.score,
        max_score: graded.max_score,
        criteria: graded
            .criteria
            .iter()
            .map(|criterion| CriterionPoints {
                name: told::line(&criterion.name),
                score: criterion.score,
                max_score: criterion.max_score,
            })
            .collect(),
    };
    Points {
        course: told::line(&course.title),
        score: report.score,
        max_score: report.max_score,
        labs: report.labs.iter().map(of_lab).collect(),
    }
}
