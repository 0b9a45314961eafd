//! One made-up submission in each form, pinned, and read back by readers that were not written here.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use serde_json::Value;

use super::*;
use crate::report::sample::{item, lab, report};
use crate::verdict::{CaseResult, Diagnosis, Difference, Kind, LabReport, LabVerdict, Verdict};

const ALL: [System; 6] = [
    System::Gradescope,
    System::PrairieLearn,
    System::Autolab,
    System::Classroom,
    System::JUnit,
    System::Ctrf,
];

/// The published schema of CTRF (npm: `ctrf` 0.3.0).
const CTRF_SCHEMA: &str = include_str!("../../tests/schemas/ctrf-schema-0.0.json");

const COURSE: &str = "
title: 'Virtual memory labs: a <course>'
labs:
  - lab: page_table
    title: One table, one level
    chapter: page_table.md
    types: [LinearPageTable]
    criteria:
      - { name: Splits an address, step: 1, points: 40, cases: ['split::*'], scenarios: [last-byte] }
      - { name: 'Maps: and unmaps pages', step: 2, points: 60, cases: [maps], scenarios: [two-pages] }
      - { name: Prints the table, step: 3, points: 5, extra: true, cases: [printed] }
  - lab: tlb
    title: The cache that makes it bearable
    chapter: tlb.md
    types: [SetAssociativeTlb]
    criteria:
      - { name: Hits and misses, step: 1, points: 100, scenarios: [hit] }
  - lab: mmu
    title: The MMU
    chapter: mmu.md
    types: [Mmu]
    criteria:
      - { name: Asks the TLB first, step: 1, points: 100, scenarios: [first] }
  - lab: replacement
    title: Who leaves
    chapter: replacement.md
    types: [Lru]
    criteria:
      - { name: Evicts the oldest, step: 1, points: 100, scenarios: [oldest] }
";

fn course() -> Course {
    Course::parse("course.yaml", COURSE.to_owned()).expect("the course above")
}

/// A lab that was not judged.
fn unjudged(course: &Course, name: &str, verdict: LabVerdict, diagnostics: &str) -> LabReport {
    let of_course = course.lab(name).expect("a lab of the course above");
    LabReport {
        verdict,
        score: 0.0,
        diagnostics: diagnostics.to_owned(),
        criteria: crate::score::unjudged(of_course),
        ..lab(course, name, Vec::new())
    }
}

fn page_table(course: &Course) -> LabReport {
    use Verdict::{NotRun, NotStarted, Panicked, Passed, TimedOut, Wrong};
    let (splits, maps) = ("Splits an address", "Maps: and unmaps pages");
    let mut wrong = item("two-pages", Kind::Scenario, maps, Wrong);
    wrong.difference = Some(Difference {
        title: "Two pages on one frame".to_owned(),
        steps: vec!["step 2: user read at 0x3010".to_owned()],
        expected: "  result: PA:0x5010".to_owned(),
        actual: "  result: PA:0x3010".to_owned(),
    });
    let mut panicked = item("maps", Kind::Case, maps, Panicked);
    panicked.message =
        "page_table.rs:12: it's <b>over</b> \u{1b}[31m]]> the \"top\"\u{202e}\u{0}: & out".to_owned();
    // Whatever a judge may have left here, no form may show it.
    let mut hidden = item("random-maps#1", Kind::Hidden, maps, Wrong);
    hidden.message = "expected frame 0x77".to_owned();
    hidden.difference = Some(Difference {
        title: "secret title".to_owned(),
        steps: vec!["secret step".to_owned()],
        expected: "secret line".to_owned(),
        actual: String::new(),
    });
    let mut timed_out = item("last-byte", Kind::Scenario, splits, TimedOut);
    timed_out.message = "the last step that was begun is step 1: power on".to_owned();
    let mut not_run = item("split::case_3", Kind::Case, splits, NotRun);
    not_run.message = "the lab's time was used up".to_owned();
    let mut judged = lab(
        course,
        "page_table",
        vec![
            item("split::case_1_zero", Kind::Case, splits, Passed),
            item("split::case_2", Kind::Case, splits, Passed),
            not_run,
            timed_out,
            panicked,
            wrong,
            hidden,
            item("old-secret-name", Kind::Hidden, maps, Passed),
            item("random-maps#2", Kind::Hidden, maps, Passed),
            item("printed", Kind::Case, "Prints the table", NotStarted),
        ],
    );
    judged.diagnosis.push(Diagnosis {
        mistake: "frame_is_the_page".to_owned(),
        question: "What did the map call say of `frame 0x5`?".to_owned(),
        sure: 0.95,
    });
    judged
}

/// A lab of each kind: begun, passed, one that does not compile, one that was refused.
fn mixed(course: &Course) -> Report {
    let compiler = "error: expected `;`, found `}`\n --> labs/src/mmu.rs:3:20\n";
    let mut whole = report(vec![
        page_table(course),
        lab(course, "tlb", vec![item("hit", Kind::Scenario, "Hits and misses", Verdict::Passed)]),
        unjudged(course, "mmu", LabVerdict::DoesNotCompile, compiler),
        unjudged(
            course,
            "replacement",
            LabVerdict::Rejected,
            "replacement.rs: line 4: `unsafe`: no lab needs it",
        ),
    ]);
    whole.seed = 123_456_789;
    whole.flags = vec!["not read: Cargo.toml".to_owned(), "review: lifetime trick in tlb.rs:41".to_owned()];
    whole
}

/// A submission of which nothing could be judged.
fn broken(course: &Course) -> Report {
    report(vec![unjudged(course, "mmu", LabVerdict::DoesNotCompile, "error: expected `;`\n")])
}

/// Items with far more to say than any system takes.
fn flood(course: &Course) -> Report {
    let maps = "Maps: and unmaps pages";
    let talks = |number: usize| CaseResult {
        message: format!("{number}: {}", "a very long story ".repeat(2000)),
        ..item(&format!("maps_{number}"), Kind::Case, maps, Verdict::Panicked)
    };
    report(vec![lab(course, "page_table", (0..400).map(talks).collect())])
}

fn rendered(report: &Report, course: &Course, system: System) -> String {
    match system {
        System::Ctrf => ctrf::render(report, course, "2026-03-01T12:00:00Z".parse().unwrap()),
        system => render(report, course, system),
    }
}

fn decoded(line: &str) -> String {
    let json = STANDARD.decode(line.trim_end()).expect("base64");
    String::from_utf8(json).expect("UTF-8")
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
}

#[rstest]
#[case::gradescope("gradescope", System::Gradescope)]
#[case::prairielearn("prairielearn", System::PrairieLearn)]
#[case::autolab("autolab", System::Autolab)]
#[case::classroom("classroom", System::Classroom)]
#[case::junit("junit", System::JUnit)]
#[case::ctrf("ctrf", System::Ctrf)]
fn each_form_of_one_submission(#[case] name: &str, #[case] system: System) {
    let course = course();
    let mut text = rendered(&mixed(&course), &course, system);
    assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text:?}");
    if system == System::Classroom {
        assert_eq!(text.lines().count(), 1);
        text = decoded(&text);
    }
    insta::assert_snapshot!(name, text);
}

#[test]
fn of_a_hidden_item_only_the_verdict_leaves_and_no_seed_does() {
    let course = course();
    let report = mixed(&course);
    for system in ALL {
        let mut text = rendered(&report, &course, system);
        if system == System::Classroom {
            text = decoded(&text);
        }
        for secret in ["random-maps", "secret", "0x77", "123456789"] {
            assert!(!text.contains(secret), "{system:?} tells {secret}:\n{text}");
        }
        assert!(text.to_lowercase().contains("hidden"), "{system:?} says that there are hidden ones");
        let may_review = system == System::Gradescope;
        assert!(may_review || !text.contains("lifetime trick"), "{system:?}:\n{text}");
    }
}

#[rstest]
#[case::gradescope(System::Gradescope)]
#[case::prairielearn(System::PrairieLearn)]
#[case::autolab(System::Autolab)]
#[case::classroom(System::Classroom)]
#[case::junit(System::JUnit)]
#[case::ctrf(System::Ctrf)]
fn a_known_mistakes_question_stands_once_and_with_what_the_student_sees_fail(#[case] system: System) {
    let course = course();
    let text = |report: &Report| {
        let text = rendered(report, &course, system);
        if system == System::Classroom { decoded(&text) } else { text }
    };
    let question = "What did the map call say of `frame 0x5`?";
    let mut whole = report(vec![page_table(&course)]);
    assert_eq!(text(&whole).matches(question).count(), 1, "{}", text(&whole));
    // Where only hidden scenarios fail, a question would tell of them.
    for case in whole.labs[0].cases.iter_mut().filter(|case| case.kind != Kind::Hidden) {
        case.verdict = Verdict::Passed;
    }
    assert!(!text(&whole).contains(question), "{}", text(&whole));
}

#[test]
fn the_gradescope_student_reads_no_total_and_nothing_of_what_a_person_should_review() {
    let course = course();
    let results = parsed(&rendered(&mixed(&course), &course, System::Gradescope));
    assert!(results["output"].as_str().unwrap().contains("not read: Cargo.toml"));
    assert!(!results["output"].as_str().unwrap().contains("review"), "{results}");
    assert!(!results["output"].as_str().unwrap().contains("points"), "hidden items count in them: {results}");
    assert!(results["extra_data"]["flags"].to_string().contains("lifetime trick"));
}

#[test]
fn no_form_lets_a_control_character_through() {
    let course = course();
    let report = mixed(&course);
    for system in ALL {
        let mut text = rendered(&report, &course, system);
        if system == System::Classroom {
            text = decoded(&text);
        }
        let is_unwanted = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert_eq!(text.find(is_unwanted), None, "{system:?}:\n{text:?}");
        for escaped in ["\\u001b", "\\u0000", "&#27;", "\\u202e"] {
            assert!(!text.contains(escaped), "{system:?} holds {escaped}:\n{text}");
        }
        assert!(text.contains("[31m"), "{system:?} shows the rest of it:\n{text}");
    }
}

#[rstest]
#[case::gradescope(System::Gradescope, 4 << 20)]
#[case::prairielearn(System::PrairieLearn, 1_000_000)]
#[case::autolab(System::Autolab, 100_000)]
#[case::classroom(System::Classroom, 131_072)]
#[case::junit(System::JUnit, 8 << 20)]
#[case::ctrf(System::Ctrf, 8 << 20)]
fn a_flood_of_words_fits_into_what_the_system_takes(#[case] system: System, #[case] limit: usize) {
    let course = course();
    let report = flood(&course);
    let size = rendered(&report, &course, system).len();
    assert!(size <= limit, "{size}");
}

/// Gradescope's rules, as its documentation has them: these keys and no others, these words.
#[test]
fn gradescope_finds_its_own_keys_and_points_that_add_up() {
    let course = course();
    let report = mixed(&course);
    let results = parsed(&rendered(&report, &course, System::Gradescope));
    let top = [
        "score",
        "execution_time",
        "output",
        "output_format",
        "test_output_format",
        "test_name_format",
        "visibility",
        "stdout_visibility",
        "extra_data",
        "tests",
    ];
    let of_test = [
        "score",
        "max_score",
        "status",
        "name",
        "name_format",
        "number",
        "output",
        "output_format",
        "tags",
        "visibility",
        "extra_data",
    ];
    let visibilities = ["hidden", "after_due_date", "after_published", "visible"];
    assert!(results.as_object().unwrap().keys().all(|key| top.contains(&key.as_str())));
    let tests = results["tests"].as_array().unwrap();
    for test in tests {
        assert!(test.as_object().unwrap().keys().all(|key| of_test.contains(&key.as_str())), "{test}");
        assert!(visibilities.contains(&test["visibility"].as_str().unwrap()), "{test}");
        assert!(["passed", "failed"].contains(&test["status"].as_str().unwrap()), "{test}");
        assert_eq!(test["name_format"], "text", "a name is no markup");
    }
    let sum = |key: &str| tests.iter().map(|test| test[key].as_f64().unwrap()).sum::<f64>();
    assert!((sum("score") - report.score).abs() < 0.02, "{} of {}", sum("score"), report.score);
    assert!((sum("max_score") - report.max_score).abs() < 0.02);
    assert_eq!(results["score"], report.score);
}

#[test]
fn gradescope_keeps_to_the_course_when_students_see_what() {
    let told = |visibility: &str| {
        let text = format!("{COURSE}visibility: {visibility}\n");
        let course = Course::parse("course.yaml", text).unwrap();
        let results = parsed(&rendered(&mixed(&course), &course, System::Gradescope));
        let mut told = String::new();
        for test in results["tests"].as_array().unwrap() {
            let name = test["name"].as_str().unwrap();
            if name.contains("Maps") {
                let points = format!("{} of {}", test["score"], test["max_score"]);
                let visibility = test["visibility"].as_str().unwrap();
                writeln!(told, "{} {name}: {points}, {visibility}", test["number"]).unwrap();
            }
        }
        told
    };
    insta::assert_snapshot!(told("{}"), @r#"
    "1.2.1" page_table: 2. Maps: and unmaps pages (tests and scenarios): 0.0 of 36.0, visible
    "1.2.2" page_table: 2. Maps: and unmaps pages (hidden scenarios): 16.0 of 24.0, after_published
    "#);
    insta::assert_snapshot!(told("{ hidden: visible }"), @r#""1.2" page_table: 2. Maps: and unmaps pages: 16.0 of 60.0, visible"#);
    insta::assert_snapshot!(told("{ cases: hidden, scenarios: after_due_date }"), @r#"
    "1.2.1" page_table: 2. Maps: and unmaps pages (tests): 0.0 of 12.0, hidden
    "1.2.2" page_table: 2. Maps: and unmaps pages (scenarios): 0.0 of 24.0, after_due_date
    "1.2.3" page_table: 2. Maps: and unmaps pages (hidden scenarios): 16.0 of 24.0, after_published
    "#);
}

#[test]
fn prairielearn_gets_a_score_from_0_to_1_and_points_on_every_test() {
    let course = course();
    let results = parsed(&rendered(&mixed(&course), &course, System::PrairieLearn));
    let score = results["score"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&score), "{score}");
    assert_eq!(results["gradable"], true, "two of the labs were judged");
    for test in results["tests"].as_array().unwrap() {
        assert!(test["points"].is_number() && test["max_points"].is_number(), "{test}");
    }
}

#[test]
fn prairielearn_is_told_that_a_file_that_does_not_compile_is_not_gradable() {
    let course = course();
    let results = parsed(&rendered(&broken(&course), &course, System::PrairieLearn));
    assert_eq!(results["gradable"], false);
    assert_eq!(results["format_errors"][0], "mmu: error: expected `;`");
    assert_eq!(results["tests"], Value::Array(Vec::new()));
}

#[test]
fn prairielearn_gets_no_more_than_1_for_extra_credit() {
    let course = course();
    let cases = ["split::a", "maps", "printed"].into_iter().zip(&course.labs[0].criteria);
    let passed = |(name, criterion): (&str, &crate::course::Criterion)| {
        item(name, Kind::Case, &criterion.name, Verdict::Passed)
    };
    let report = report(vec![lab(&course, "page_table", cases.map(passed).collect())]);
    assert_eq!(report.score, 105.0);
    assert_eq!(parsed(&rendered(&report, &course, System::PrairieLearn))["score"], 1.0);
}

#[test]
fn autolab_finds_nothing_to_put_quotes_around() {
    let course = course();
    let text = rendered(&mixed(&course), &course, System::Autolab);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        let rewritten = |at: usize| at > 0 && line.as_bytes()[at - 1].is_ascii_alphanumeric();
        assert!(!line.match_indices(':').any(|(at, _)| rewritten(at)), "{line}");
    }
    let (presentation, scores) = (parsed(lines[0]), parsed(lines[1]));
    assert_eq!(presentation["_presentation"], "semantic");
    for stage in presentation["stages"].as_array().unwrap() {
        let checks = presentation[stage.as_str().unwrap()].as_object().unwrap();
        assert!(checks.values().all(|check| check["passed"].is_boolean()), "{stage}");
    }
    assert_eq!(scores["scores"]["tlb"], 100.0);
    assert!(presentation.to_string().contains("Maps: and unmaps"), "the colon is still there");
}

#[test]
fn classroom_adds_up_the_same_points() {
    let course = course();
    let report = mixed(&course);
    let results = parsed(&decoded(&rendered(&report, &course, System::Classroom)));
    let tests = results["tests"].as_array().unwrap();
    let sum: f64 = tests.iter().map(|test| test["score"].as_f64().expect("every test has a score")).sum();
    assert!((sum - report.score).abs() < 1e-9, "{sum}, {}", report.score);
    assert_eq!(results["max_score"], report.max_score);
    assert_eq!(results["status"], "fail");
    let broken = parsed(&decoded(&rendered(&broken(&course), &course, System::Classroom)));
    assert_eq!((&broken["status"], &broken["tests"][0]["status"]), (&"error".into(), &"error".into()));
}

#[test]
fn another_reader_of_junit_counts_the_same() {
    let course = course();
    let report = mixed(&course);
    let text = rendered(&report, &course, System::JUnit);
    let read = junit_parser::from_reader(text.as_bytes()).unwrap();
    assert_eq!(read.name, "Virtual memory labs: a <course>");
    let names: Vec<_> = read.suites.iter().map(|suite| suite.name.as_str()).collect();
    assert_eq!(names, ["page_table", "tlb", "mmu", "replacement"]);
    let suite = &read.suites[0];
    assert_eq!((suite.tests, suite.failures, suite.errors, suite.skipped), (10, 2, 2, 2));
    let of = |name: &str| {
        let case = suite.cases.iter().find(|case| case.original_name == name);
        case.unwrap_or_else(|| panic!("no {name}"))
    };
    assert!(of("split::case_1_zero").status.is_success());
    assert!(of("two-pages").status.is_failure());
    assert!(of("Maps: and unmaps pages, hidden scenario 1").status.is_failure());
    assert!(of("maps").status.is_error());
    assert!(read.suites[2].cases[0].status.is_error(), "it does not compile");
}

#[rstest]
#[case::mixed(mixed)]
#[case::broken(broken)]
#[case::flood(flood)]
fn ctrf_keeps_to_its_published_schema(#[case] make: fn(&Course) -> Report) {
    let course = course();
    let document = parsed(&rendered(&make(&course), &course, System::Ctrf));
    let schema = jsonschema::validator_for(&parsed(CTRF_SCHEMA)).unwrap();
    let problems: Vec<_> = schema.iter_errors(&document).map(|error| error.to_string()).collect();
    assert_eq!(problems, Vec::<String>::new());
    // The schema is one that can refuse.
    let mut wrong = document;
    wrong["results"]["summary"]["passed"] = "many".into();
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn ctrf_counts_every_test_once() {
    let course = course();
    let document = parsed(&rendered(&mixed(&course), &course, System::Ctrf));
    let summary = &document["results"]["summary"];
    let count = |key: &str| summary[key].as_u64().unwrap();
    let parts = ["passed", "failed", "skipped", "pending", "other"].map(count);
    assert_eq!(parts, [5, 6, 1, 1, 0]);
    assert_eq!(parts.iter().sum::<u64>(), count("tests"));
    assert_eq!(document["results"]["tests"].as_array().unwrap().len() as u64, count("tests"));
}
