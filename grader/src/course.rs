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
mod plain;
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
        let bytes = std::fs::read(path)
            .map_err(|source| CourseError::Unreadable { path: path.to_path_buf(), source })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            CourseError::NotText { path: path.to_path_buf(), line }
        })?;
        Self::parse(&path.display().to_string(), text)
    }

    /// Reads a course from `text`; `name` stands for the file in errors.
    ///
    /// # Errors
    /// When the text does not parse or contradicts itself.
    pub fn parse(name: &str, text: String) -> Result<Self, CourseError> {
        // Some editors put this mark before the first line; it would count as a column of that line alone.
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
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
mod tests;
