//! Reports of one made-up submission in each form; the text is pinned, so that a change of it is seen.

use rstest::rstest;

use super::sample::{item, lab, report};
use super::*;
use crate::verdict::{CaseResult, Diagnosis, Difference, Kind, LabReport, LabVerdict, Verdict};

const COURSE: &str = "
title: Virtual memory labs
labs:
  - lab: page_table
    title: One table, one level
    chapter: page_table.md
    types: [LinearPageTable]
    criteria:
      - { name: Splits an address, step: 1, points: 40, cases: ['split::*'], scenarios: [last-byte] }
      - { name: Maps and unmaps pages, step: 2, points: 60, scenarios: [two-pages], chapter: page_table.md#map }
      - { name: Prints the table, step: 3, points: 5, extra: true, cases: [printed] }
  - lab: tlb
    title: The cache that makes it bearable
    chapter: tlb.md
    types: [SetAssociativeTlb]
    criteria:
      - { name: Hits and misses, step: 1, points: 100, scenarios: [hit] }
";

fn page_table(verdicts: [Verdict; 5]) -> Vec<CaseResult> {
    let splits = "Splits an address";
    let maps = "Maps and unmaps pages";
    let [first, second, third, fourth, fifth] = verdicts;
    vec![
        item("split::case_1_zero", Kind::Case, splits, first),
        item("last-byte", Kind::Scenario, splits, second),
        item("two-pages", Kind::Scenario, maps, third),
        item("random-maps#1", Kind::Hidden, maps, fourth),
        item("printed", Kind::Case, "Prints the table", fifth),
    ]
}

fn course() -> Course {
    Course::parse("course.yaml", COURSE.to_owned()).expect("the course above")
}

fn tlb(course: &Course, verdict: Verdict) -> LabReport {
    lab(course, "tlb", vec![item("hit", Kind::Scenario, "Hits and misses", verdict)])
}

fn untouched(course: &Course) -> Report {
    report(vec![
        lab(course, "page_table", page_table([Verdict::NotStarted; 5])),
        tlb(course, Verdict::NotStarted),
    ])
}

fn begun(course: &Course) -> Report {
    use Verdict::{NotStarted, Passed, Wrong};
    let mut cases = page_table([Passed, Passed, Wrong, Wrong, NotStarted]);
    cases[2].difference = Some(Difference {
        title: "Two pages on one frame".to_owned(),
        steps: vec![
            "step 1: map page 0x3 to frame 0x5, rw-u".to_owned(),
            "step 2: user read at 0x3010".to_owned(),
        ],
        expected: "  result: PA:0x5010".to_owned(),
        actual: "  result: PA:0x3010".to_owned(),
    });
    let mut second = tlb(course, NotStarted);
    second.cases = Vec::new();
    second.verdict = LabVerdict::DoesNotCompile;
    second.diagnostics = "error: expected `;`, found `}`\n --> labs/src/tlb.rs:3:20\n".to_owned();
    let mut first = lab(course, "page_table", cases);
    first.diagnosis.push(Diagnosis {
        mistake: "frame_is_the_page".to_owned(),
        question: "The page has this number, so its bytes are at this number. What did the map call say of `frame 0x5`?"
            .to_owned(),
        sure: 0.95,
    });
    let mut whole = report(vec![first, second]);
    whole.flags.push(
        "ignored: Cargo.toml, tests/page_table.rs, and 12 other files that are not named after a lab of the course"
            .to_owned(),
    );
    whole
}

fn hidden_fails(course: &Course) -> Report {
    use Verdict::{Passed, Wrong};
    let mut cases = page_table([Passed, Passed, Passed, Wrong, Passed]);
    // Whatever a judge may have left here, a report must not show it.
    cases[3].message = "expected frame 0x5".to_owned();
    report(vec![lab(course, "page_table", cases)])
}

fn complete(course: &Course) -> Report {
    report(vec![lab(course, "page_table", page_table([Verdict::Passed; 5])), tlb(course, Verdict::Passed)])
}

fn rendered(report: &Report, course: &Course, format: Format, origin: Origin) -> String {
    let context = Context { course, look: Look::PLAIN, origin };
    render(report, format, &context)
}

#[rstest]
#[case::untouched("untouched", untouched, Origin::OwnTree)]
#[case::begun("begun", begun, Origin::OwnTree)]
#[case::hidden_fails("hidden_fails", hidden_fails, Origin::OwnTree)]
#[case::complete("complete", complete, Origin::OwnTree)]
#[case::handed_in("handed_in", begun, Origin::HandedIn)]
fn table_for_a_person(#[case] name: &str, #[case] make: fn(&Course) -> Report, #[case] origin: Origin) {
    let course = course();
    let text = rendered(&make(&course), &course, Format::Table, origin);
    assert!(text.is_ascii(), "{text}");
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    insta::assert_snapshot!(format!("table_{name}"), text);
}

#[test]
fn markdown_for_a_step_summary() {
    let course = course();
    let text = rendered(&begun(&course), &course, Format::Markdown, Origin::HandedIn);
    insta::assert_snapshot!("markdown_begun", text);
}

#[test]
fn json_is_the_report_itself() {
    let course = course();
    let report = begun(&course);
    let text = rendered(&report, &course, Format::Json, Origin::HandedIn);
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    insta::assert_snapshot!("json_begun", text);
}

#[rstest]
#[case::table(Format::Table)]
#[case::markdown(Format::Markdown)]
fn a_hidden_item_shows_only_its_verdict(#[case] format: Format) {
    let course = course();
    let text = rendered(&hidden_fails(&course), &course, format, Origin::OwnTree);
    assert!(!text.contains("random-maps"), "{text}");
    assert!(!text.contains("0x5"), "{text}");
}

#[rstest]
#[case::table(Format::Table)]
#[case::markdown(Format::Markdown)]
fn what_a_student_printed_cannot_steer_the_terminal(#[case] format: Format) {
    let course = course();
    let mut report = begun(&course);
    report.labs[1].diagnostics = "\u{1b}[2Jgone \u{202e}desrever".to_owned();
    let text = rendered(&report, &course, format, Origin::OwnTree);
    assert!(text.contains("[2Jgone desrever") && !text.contains('\u{1b}'), "{text}");
}
