//! The course: what `fixtures/course.yaml` says about labs, criteria, points and limits.
//!
//! [`Course::load`] reads the file, merges the limits and refuses what contradicts itself; each refusal shows the line.
//! What is only untidy (points that do not add up, hints that are missing) is for `grader lint`.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Zoned;
use serde::{Deserialize, Serialize};

use crate::verdict::Kind;

mod check;
mod choice;
mod error;
mod lines;
pub mod policy;
mod raw;

pub use choice::{UnknownLab, closest};
pub use error::CourseError;
pub use lines::CourseText;
pub use policy::Policy;

/// A course: labs in the order in which they are taught.
#[derive(Debug, Clone)]
pub struct Course {
    /// Title of the course.
    pub title: String,
    /// Weights of the three kinds of items in a criterion's score.
    pub weights: Weights,
    /// When students see the results of each kind of items, in systems that ask for that.
    pub visibility: Visibilities,
    /// When work is due, and what being late costs.
    pub policy: Policy,
    /// The labs, in teaching order.
    pub labs: Vec<Lab>,
    /// The text that it was read from, so that later checks can name lines.
    pub text: CourseText,
}

/// Weights of the three kinds of items; only their ratio counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Tests of `labs/tests/<lab>.rs`.
    pub cases: f64,
    /// Scenarios whose key the student has.
    pub visible: f64,
    /// Scenarios that the student does not have.
    pub hidden: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { cases: 20.0, visible: 40.0, hidden: 40.0 }
    }
}

/// When students see the results of each kind of items, where results are published by a system that knows deadlines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visibilities {
    /// Tests of `labs/tests/<lab>.rs`.
    pub cases: Visibility,
    /// Scenarios whose key the student has.
    pub scenarios: Visibility,
    /// Scenarios that the student does not have.
    pub hidden: Visibility,
}

impl Default for Visibilities {
    fn default() -> Self {
        Self {
            cases: Visibility::Visible,
            scenarios: Visibility::Visible,
            hidden: Visibility::AfterPublished,
        }
    }
}

impl Visibilities {
    /// When students see the results of items of this kind.
    #[must_use]
    pub fn of(self, kind: Kind) -> Visibility {
        match kind {
            Kind::Case => self.cases,
            Kind::Scenario => self.scenarios,
            Kind::Hidden => self.hidden,
        }
    }
}

/// When students see a result; the words are Gradescope's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Never.
    Hidden,
    /// When the assignment's due date is over.
    AfterDueDate,
    /// When the grades are published.
    AfterPublished,
    /// At once.
    Visible,
}

/// One lab.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lab {
    /// The name that file, tests, scenarios, chapter and command share.
    pub lab: String,
    /// Title as people read it.
    pub title: String,
    /// Page of the book, relative to `book/src`.
    pub chapter: String,
    /// Names of the types that the lab's file must have.
    pub types: Vec<String>,
    /// Labs that should be solved before this one.
    pub after: Vec<String>,
    /// Whether it has budget scenarios, which only a good enough algorithm plays in time: it is compiled with opt-level 2.
    pub budget: bool,
    /// Limits of this lab's processes: the course's, overridden by the lab's own.
    pub limits: Limits,
    /// When it is due, if not when the others are.
    pub deadline: Option<Zoned>,
    /// What earns points, in the order of the steps.
    pub criteria: Vec<Criterion>,
}

/// Limits of one lab's processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Wall-clock milliseconds of one process: a backstop for `cpu_s`, so that a busy machine costs no points.
    pub wall_ms: u64,
    /// CPU seconds of one process.
    pub cpu_s: u64,
    /// Memory of one process, in MiB.
    pub memory_mib: u64,
    /// CPU milliseconds of all processes of the lab together.
    pub lab_cpu_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { wall_ms: 10_000, cpu_s: 1, memory_mib: 256, lab_cpu_ms: 16_000 }
    }
}

/// One criterion: a promise of the lab, with its points and the items that show whether it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Criterion {
    /// The promise in a few words.
    pub name: String,
    /// The step of the lab that earns it.
    pub step: u32,
    /// Points for all of it.
    pub points: f64,
    /// Extra credit: its points stand outside the lab's maximum.
    pub extra: bool,
    /// Page of the book, when it is not the lab's.
    pub chapter: Option<String>,
    /// Patterns of test names: an exact name, or a prefix that ends in `*`.
    pub cases: Vec<String>,
    /// Visible scenarios: `name`, or `otherlab/name`.
    pub scenarios: Vec<String>,
    /// Generators of hidden scenarios, and how many each one contributes.
    pub generated: BTreeMap<String, u32>,
    /// Hints, from a question to nearly the way there.
    pub hints: Vec<String>,
}

impl Course {
    /// Reads `path`.
    ///
    /// # Errors
    /// When the file cannot be read, does not parse, or contradicts itself.
    pub fn load(path: &Path) -> Result<Self, CourseError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| CourseError::Unreadable { path: path.to_path_buf(), source })?;
        Self::parse(&path.display().to_string(), text)
    }

    /// Reads a course from `text`; `name` stands for the file in errors.
    ///
    /// # Errors
    /// When the text does not parse or contradicts itself.
    pub fn parse(name: &str, text: String) -> Result<Self, CourseError> {
        let source = CourseText::new(name, text);
        let raw: raw::Course =
            serde_yaml::from_str(source.text()).map_err(|error| CourseError::syntax(&source, &error))?;
        let course = raw.into_course(source);
        let problems = check::problems(&course);
        if problems.is_empty() { Ok(course) } else { Err(CourseError::inconsistent(&course.text, problems)) }
    }

    /// The lab of that name.
    #[must_use]
    pub fn lab(&self, name: &str) -> Option<&Lab> {
        self.labs.iter().find(|lab| lab.lab == name)
    }

    /// The names of all labs, in teaching order.
    #[must_use]
    pub fn lab_names(&self) -> Vec<&str> {
        self.labs.iter().map(|lab| lab.lab.as_str()).collect()
    }
}

impl Lab {
    /// The criterion of that name.
    #[must_use]
    pub fn criterion(&self, name: &str) -> Option<&Criterion> {
        self.criteria.iter().find(|criterion| criterion.name == name)
    }

    /// The points that count as the lab's maximum: all criteria but extra credit.
    #[must_use]
    pub fn max_score(&self) -> f64 {
        self.criteria.iter().filter(|criterion| !criterion.extra).map(|criterion| criterion.points).sum()
    }

    /// The page of the book for `criterion`: its own, or the lab's.
    #[must_use]
    pub fn chapter_of<'a>(&'a self, criterion: &'a Criterion) -> &'a str {
        criterion.chapter.as_deref().unwrap_or(&self.chapter)
    }
}

impl Criterion {
    /// Whether the test called `name` counts for this criterion.
    #[must_use]
    pub fn has_case(&self, name: &str) -> bool {
        self.cases.iter().any(|pattern| pattern_matches(pattern, name))
    }
}

/// Whether `pattern` (an exact name, or a prefix that ends in `*`) covers `name`.
#[must_use]
pub fn pattern_matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
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
    #[case::wrong_type("step: 1", "step: one", 11, "invalid type")]
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
    #[case::no_zone(
        "deadline: 2026-10-05T23:59:00+02:00",
        "deadline: 2026-10-05T23:59:00",
        2,
        "offset from UTC"
    )]
    #[case::zone_of_a_lab(
        "deadline: 2026-10-19T23:59:00+02:00",
        "deadline: 2026-10-19",
        20,
        "no time of day"
    )]
    #[case::misspelt_zone("[Europe/Berlin]", "[Europe/Berlni]", 6, "Europe/Berlni")]
    #[case::number("deadline: 2026-10-05T23:59:00+02:00", "deadline: 20261005", 2, "no time of day")]
    #[case::cap_above_100("cap_percent: 50", "cap_percent: 150", 3, "`cap_percent` of `late` is 150")]
    #[case::percent_below_0(
        "percent_per_day: 10",
        "percent_per_day: -1",
        3,
        "`percent_per_day` of `late` is -1"
    )]
    #[case::percent_is_no_number("percent_per_day: 10", "percent_per_day: .nan", 3, "is NaN, it must be")]
    #[case::misspelt("grace_days: 3", "grace_day: 3", 3, "unknown field `grace_day`")]
    #[case::half_a_day("grace_days: 3", "grace_days: 1.5", 3, "invalid type")]
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
        let twice = format!("{SMALL}{}", &SMALL[SMALL.find("  - lab").unwrap()..])
            .replace("points: 100", "points: -1");
        let text = Course::parse("course.yaml", twice).unwrap_err().to_string();
        assert!(text.contains("two labs are called `page_table`"), "{text}");
        assert!(text.contains("points are -1"), "{text}");
    }

    #[test]
    fn an_unreadable_file_is_told_by_its_path() {
        let error = Course::load(Path::new("/nowhere/course.yaml")).unwrap_err();
        insta::assert_snapshot!(error.to_string(), @"cannot read the course file /nowhere/course.yaml");
    }
}
