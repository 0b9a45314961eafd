//! Courses in a few lines: what is read, and what is refused with its line.

use super::*;
use rstest::rstest;

const SMALL: &str = "\
title: Virtual memory labs
limits: { wall_ms: 500 }
labs:
  - lab: page_table
    title: One table
    chapter: page_table.md
    types: [Entry]
    limits: { memory_mib: 64 }
    criteria:
      - name: Splits an address
        step: 1
        points: 100
        cases: [\"split::*\", \"join::last_byte\"]
";

#[rstest]
#[case::prefix("split::*", "split::case_1_zero", true)]
#[case::prefix_of_another_word("split::*", "splitting", false)]
#[case::exact("join::last_byte", "join::last_byte", true)]
#[case::exact_is_no_prefix("join::last_byte", "join::last_byte_of_all", false)]
#[case::everything("*", "anything", true)]
fn patterns_cover_names(#[case] pattern: &str, #[case] name: &str, #[case] covered: bool) {
    assert_eq!(pattern_matches(pattern, name), covered);
}

#[test]
fn a_lab_overrides_only_the_limits_it_names() {
    let course = Course::parse("course.yaml", SMALL.to_owned()).unwrap();
    let expected = Limits { wall_ms: 500, memory_mib: 64, ..Limits::default() };
    assert_eq!(course.labs[0].limits, expected);
    assert_eq!(course.weights, Weights::default());
}

#[rstest]
#[case::misspelt_key("points: 100", "pionts: 100", 12, "unknown field `pionts`")]
#[case::unknown_visibility(
    "limits: { wall_ms: 500 }",
    "visibility: { hidden: never }",
    2,
    "unknown variant `never`, expected one of `hidden`, `after_due_date`, `after_published`, `visible`"
)]
#[case::wrong_type("step: 1", "step: one", 11, "\"one\", expected a whole number from 0 to 4294967295")]
#[case::points_in_words("points: 100", "points: all", 12, "\"all\", expected a number, such as 10 or 2.5")]
#[case::beyond_64_bits(
    "wall_ms: 500",
    "wall_ms: 99999999999999999999",
    2,
    "integer `99999999999999999999`, expected a whole number from 0 to 18446744073709551615"
)]
#[case::no_list("types: [Entry]", "types: Entry", 7, "\"Entry\", expected a list, `[a, b]` or")]
#[case::no_keys(
    "limits: { wall_ms: 500 }",
    "limits: 500",
    2,
    "integer `500`, expected keys with their values"
)]
#[case::tab("        step: 1", "\tstep: 1", 11, "a tab stands before the first word of the line")]
#[case::key_twice(
    "points: 100",
    "points: 100\n        step: 1",
    13,
    "the key `step` stands there twice, first in line 11; keep one of them"
)]
#[case::key_of_a_list_twice(
    "        step: 1",
    "        step: 1\n        name: again",
    12,
    "the key `name` stands there twice, first in line 10"
)]
#[case::negative_points("points: 100", "points: -1", 10, "points are -1")]
#[case::no_types("types: [Entry]", "types: []", 4, "has no `types`")]
#[case::no_step("step: 1", "step: 0", 10, "step is 0")]
#[case::no_limit("memory_mib: 64", "memory_mib: 0", 4, "memory_mib is 0")]
#[case::nothing_counts(
    "limits: { wall_ms: 500 }",
    "weights: { cases: 0, visible: 0, hidden: 0 }",
    2,
    "all three weights are 0"
)]
fn faults_are_told_with_their_line(
    #[case] good: &str,
    #[case] bad: &str,
    #[case] line: usize,
    #[case] message: &str,
) {
    let error = Course::parse("course.yaml", SMALL.replace(good, bad)).expect_err("it is wrong");
    let text = error.to_string();
    assert!(text.contains(message), "{text}");
    assert_eq!(error.line(), Some(line), "{text}");
}

const LATE: &str = "\
title: Virtual memory labs
deadline: 2026-10-05T23:59:00+02:00
late: { percent_per_day: 10, cap_percent: 50, grace_days: 3 }
extensions:
  - student: s1
    until: 2026-10-12T23:59:00+02:00[Europe/Berlin]
  - student: \"s2\"
    lab: tlb
    until: 2026-10-20T23:59:00+02:00
labs:
  - lab: page_table
    title: One table
    chapter: page_table.md
    types: [Entry]
    criteria: [{ name: Splits, step: 1, points: 100, cases: [a] }]
  - lab: tlb
    title: Cache
    chapter: tlb.md
    types: [Tlb]
    deadline: 2026-10-19T23:59:00+02:00
    criteria: [{ name: Hits, step: 1, points: 100, cases: [a] }]
";

#[test]
fn deadlines_and_extensions_are_read() {
    let course = Course::parse("course.yaml", LATE.to_owned()).unwrap();
    let due = |student, lab| course.policy.due(student, course.lab(lab).unwrap()).unwrap().to_string();
    assert_eq!(due("s1", "page_table"), "2026-10-12T23:59:00+02:00[Europe/Berlin]");
    assert_eq!(due("s1", "tlb"), "2026-10-19T23:59:00+02:00[+02:00]");
    assert_eq!(due("s2", "tlb"), "2026-10-20T23:59:00+02:00[+02:00]");
    assert_eq!(due("s3", "page_table"), "2026-10-05T23:59:00+02:00[+02:00]");
    assert_eq!(course.policy.late.grace_days, 3);
}

#[rstest]
#[case::no_zone("deadline: 2026-10-05T23:59:00+02:00", "deadline: 2026-10-05T23:59:00", 2, "offset from UTC")]
#[case::zone_of_a_lab("deadline: 2026-10-19T23:59:00+02:00", "deadline: 2026-10-19", 20, "no time of day")]
#[case::misspelt_zone("[Europe/Berlin]", "[Europe/Berlni]", 6, "Europe/Berlni")]
#[case::number("deadline: 2026-10-05T23:59:00+02:00", "deadline: 20261005", 2, "no time of day")]
#[case::cap_above_100("cap_percent: 50", "cap_percent: 150", 3, "`cap_percent` of `late` is 150")]
#[case::percent_below_0("percent_per_day: 10", "percent_per_day: -1", 3, "`percent_per_day` of `late` is -1")]
#[case::percent_is_no_number("percent_per_day: 10", "percent_per_day: .nan", 3, "is NaN, it must be")]
#[case::misspelt("grace_days: 3", "grace_day: 3", 3, "unknown field `grace_day`")]
#[case::half_a_day("grace_days: 3", "grace_days: 1.5", 3, "`1.5`, expected a whole number from 0")]
#[case::with_a_sign(
    "percent_per_day: 10",
    "percent_per_day: 10%",
    3,
    "\"10%\", expected percent as a number from 0 to 100: 10 means 10 percent"
)]
#[case::too_early("until: 2026-10-12", "until: 2026-09-12", 5, "not after the deadline")]
#[case::too_early_for_the_lab("until: 2026-10-20", "until: 2026-10-12", 7, "not after the deadline")]
#[case::twice("student: \"s2\"\n    lab: tlb", "student: s1", 7, "two extensions of `s1`")]
#[case::no_lab("lab: tlb\n    until", "lab: tbl\n    until", 7, "`tbl`, which is no lab")]
#[case::no_name("student: s1\n", "student: ''\n", 5, "empty `student`")]
fn unclear_policies_are_told_with_their_line(
    #[case] good: &str,
    #[case] bad: &str,
    #[case] line: usize,
    #[case] message: &str,
) {
    assert!(LATE.contains(good), "the case changes nothing");
    let error = Course::parse("course.yaml", LATE.replacen(good, bad, 1)).expect_err("it is wrong");
    assert!(error.to_string().contains(message), "{error}");
    assert_eq!(error.line(), Some(line), "{error}");
}

#[rstest]
#[case::extension("extensions: [{ student: s1, until: 2026-10-12T23:59:00+02:00 }]")]
#[case::grace("late: { grace_days: 1 }")]
fn what_needs_a_deadline_says_so(#[case] added: &str) {
    let error = Course::parse("course.yaml", SMALL.replacen("limits", &format!("{added}\nlimits"), 1));
    let text = error.unwrap_err().to_string();
    assert!(text.contains("there is no `deadline`"), "{text}");
}

#[test]
fn every_inconsistency_is_told_at_once() {
    let twice =
        format!("{SMALL}{}", &SMALL[SMALL.find("  - lab").unwrap()..]).replace("points: 100", "points: -1");
    let text = Course::parse("course.yaml", twice).unwrap_err().to_string();
    assert!(text.contains("two labs are called `page_table`"), "{text}");
    assert!(text.contains("points are -1"), "{text}");
}

#[test]
fn a_mark_before_the_first_line_changes_nothing() {
    let marked = Course::parse("course.yaml", format!("\u{feff}{SMALL}")).unwrap();
    assert_eq!(marked.labs, Course::parse("course.yaml", SMALL.to_owned()).unwrap().labs);
}

#[rstest]
#[case::nothing(b"", "does not parse: it is empty; expected `title:` and `labs:`")]
#[case::utf16(b"\xff\xfet\0", "line 1 of the course file")]
#[case::latin1(b"title: T\n# f\xfcr\n", "line 2 of the course file")]
fn what_is_no_text_is_told(#[case] bytes: &[u8], #[case] words: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("course.yaml");
    std::fs::write(&path, bytes).unwrap();
    let error = Course::load(&path).unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn an_unreadable_file_is_told_by_its_path() {
    let error = Course::load(Path::new("/nowhere/course.yaml")).unwrap_err();
    insta::assert_snapshot!(error.to_string(), @"cannot read the course file /nowhere/course.yaml");
}
