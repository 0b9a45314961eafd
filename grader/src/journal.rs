//! The student's progress: when a criterion was first green, and which hints were told ([`Journal`]).
//!
//! A small text file that belongs to the student, one fact a line, keyed by names:
//!
//! ```text
//! green 2026-11-21T16:40:12Z page_table: Splits an address
//! hints 2 page_table: Packs an entry
//! ```
//!
//! It moves between machines with git. The order of the lines says nothing and a fact may stand twice (the earlier time
//! and the higher count hold), so that git may simply keep the lines of both sides; marks of a conflict that a person
//! left in are skipped. What the course no longer knows stays in the file, and a lab that got another name keeps its
//! progress as long as its criteria keep theirs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use jiff::Timestamp;

use crate::course::{Course, Criterion, Lab};
use crate::fault::Fault;
use crate::files;
use crate::layout::Layout;
use crate::verdict::{CriterionReport, Report};

/// What stands above the facts.
const HEADING: &str =
    "# Your progress, written by `grader`. Keep it under git: lines may be merged in any order.";

/// What is remembered of a student's work.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Journal {
    facts: BTreeMap<Key, Fact>,
    /// Lines of a newer grader.
    others: BTreeSet<String>,
}

/// A lab and a criterion by their names.
type Key = (String, String);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fact {
    green: Option<Timestamp>,
    hints: usize,
}

impl Journal {
    /// What is remembered in the working tree; nothing where there is no file yet.
    ///
    /// # Errors
    /// When there is a file that cannot be read.
    pub fn load(layout: &Layout) -> Result<Self, Fault> {
        let path = layout.journal();
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Fault::file(&path)(error)),
        }
    }

    /// Changes what is remembered; the file is only written when something did change.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn update<R>(layout: &Layout, change: impl FnOnce(&mut Self) -> R) -> Result<R, Fault> {
        let before = Self::load(layout)?;
        let mut journal = before.clone();
        let result = change(&mut journal);
        if journal != before {
            let path = layout.journal();
            files::write_whole(&path, &journal.text()).map_err(Fault::file(&path))?;
        }
        Ok(result)
    }

    fn parse(text: &str) -> Self {
        let mut journal = Self::default();
        for line in text.lines().map(str::trim) {
            let is_mark =
                ["<<<<<<<", "=======", ">>>>>>>", "|||||||", "#"].iter().any(|mark| line.starts_with(mark));
            if line.is_empty() || is_mark {
                continue;
            }
            if journal.hear(line).is_none() {
                journal.others.insert(line.to_owned());
            }
        }
        journal
    }

    /// Takes in one line; `None` when it is no fact.
    fn hear(&mut self, line: &str) -> Option<()> {
        let mut parts = line.splitn(3, ' ');
        let (kind, value) = (parts.next()?, parts.next()?);
        let (lab, criterion) = parts.next()?.split_once(": ")?;
        let key = (lab.to_owned(), criterion.trim().to_owned());
        match kind {
            "green" => self.turned_green(key, value.parse().ok()?),
            "hints" => {
                let count = value.parse().ok()?;
                let fact = self.facts.entry(key).or_default();
                fact.hints = fact.hints.max(count);
            }
            _ => return None,
        }
        Some(())
    }

    fn turned_green(&mut self, key: Key, time: Timestamp) {
        let fact = self.facts.entry(key).or_default();
        fact.green = Some(fact.green.map_or(time, |before| before.min(time)));
    }

    fn text(&self) -> String {
        let mut text = format!("{HEADING}\n");
        for ((lab, criterion), fact) in &self.facts {
            if let Some(time) = fact.green {
                text += &format!("green {time} {lab}: {criterion}\n");
            }
            if fact.hints > 0 {
                text += &format!("hints {} {lab}: {criterion}\n", fact.hints);
            }
        }
        for line in &self.others {
            text += &format!("{line}\n");
        }
        text
    }

    /// Notes the criteria that have full points in `report`, as green since `now` unless they were before.
    pub fn note(&mut self, report: &Report, now: Timestamp) {
        // Nobody reads fractions of a second.
        let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
        for lab in &report.labs {
            let full = |criterion: &&CriterionReport| {
                criterion.max_score > 0.0 && criterion.score >= criterion.max_score
            };
            for criterion in lab.criteria.iter().filter(full) {
                self.turned_green((lab.lab.clone(), criterion.name.clone()), now);
            }
        }
    }

    /// When the criterion had full points for the first time.
    #[must_use]
    pub fn green_since(&self, course: &Course, lab: &Lab, criterion: &Criterion) -> Option<Timestamp> {
        self.fact(course, lab, criterion)?.green
    }

    /// How many hints on the criterion were told.
    #[must_use]
    pub fn hints_told(&self, course: &Course, lab: &Lab, criterion: &Criterion) -> usize {
        self.fact(course, lab, criterion).map_or(0, |fact| fact.hints)
    }

    /// Notes that the first `count` hints were told.
    pub fn tell_hints(&mut self, lab: &Lab, criterion: &Criterion, count: usize) {
        let fact = self.facts.entry((lab.lab.clone(), criterion.name.clone())).or_default();
        fact.hints = fact.hints.max(count);
    }

    /// How many of the lab's criteria were green at some time.
    #[must_use]
    pub fn green_count(&self, course: &Course, lab: &Lab) -> usize {
        let green = |criterion: &&Criterion| self.green_since(course, lab, criterion).is_some();
        lab.criteria.iter().filter(green).count()
    }

    /// The first criterion of the lab that was never green; extra credit does not count.
    #[must_use]
    pub fn first_open<'a>(&self, course: &Course, lab: &'a Lab) -> Option<&'a Criterion> {
        let open =
            |criterion: &&Criterion| !criterion.extra && self.green_since(course, lab, criterion).is_none();
        lab.criteria.iter().filter(open).min_by_key(|criterion| criterion.step)
    }

    /// Whether nothing was ever green and no hint was told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.facts.is_empty()
    }

    fn fact(&self, course: &Course, lab: &Lab, criterion: &Criterion) -> Option<&Fact> {
        let key = (lab.lab.clone(), criterion.name.clone());
        self.facts.get(&key).or_else(|| self.under_another_name(course, criterion))
    }

    /// The fact of a lab that the course no longer knows, if only one lab can have taken its place.
    fn under_another_name(&self, course: &Course, criterion: &Criterion) -> Option<&Fact> {
        let has_it = |lab: &&Lab| lab.criterion(&criterion.name).is_some();
        if course.labs.iter().filter(has_it).count() != 1 {
            return None;
        }
        let is_gone = |(lab, name): &&Key| *name == criterion.name && course.lab(lab).is_none();
        self.facts.iter().find(|(key, _)| is_gone(key)).map(|(_, fact)| fact)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::verdict::{LabReport, LabVerdict, SCHEMA};

    fn course(lab: &str) -> Course {
        let text = format!(
            "title: T\nlabs:\n  - {{ lab: {lab}, title: T, chapter: t.md, types: [Tlb], criteria: [\
             {{ name: Looks up, step: 1, points: 40, cases: ['a'] }}, {{ name: 'Fills: sets', step: 2, points: 60, cases: ['b'] }}] }}\n"
        );
        Course::parse("course.yaml", text).unwrap()
    }

    /// A report on one criterion with full points.
    pub(crate) fn full(lab: &str, criterion: &str) -> Report {
        of(lab, &[(criterion, 5.0, 5.0)])
    }

    fn report(scores: [f64; 2]) -> Report {
        of("tlb", &[("Looks up", scores[0], 40.0), ("Fills: sets", scores[1], 60.0)])
    }

    fn of(lab: &str, criteria: &[(&str, f64, f64)]) -> Report {
        let criterion = |(name, score, max_score): &(&str, f64, f64)| CriterionReport {
            name: (*name).to_owned(),
            score: *score,
            max_score: *max_score,
            chapter: String::new(),
        };
        let lab = LabReport {
            lab: lab.to_owned(),
            verdict: LabVerdict::Partial,
            score: 0.0,
            max_score: 100.0,
            compile_ms: 0,
            diagnostics: String::new(),
            criteria: criteria.iter().map(criterion).collect(),
            cases: Vec::new(),
            diagnosis: Vec::new(),
        };
        Report {
            schema: SCHEMA,
            submission: String::new(),
            score: lab.score,
            max_score: 100.0,
            sandbox: String::new(),
            seed: 0,
            flags: Vec::new(),
            labs: vec![lab],
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_first_green_time_stays_whatever_comes_later() {
        let course = course("tlb");
        let lab = &course.labs[0];
        let mut journal = Journal::default();
        journal.note(&report([0.0, 60.0]), at(1000));
        journal.note(&report([40.0, 10.0]), at(2000));
        journal.note(&report([40.0, 60.0]), at(3000));
        journal.tell_hints(lab, &lab.criteria[0], 2);
        insta::assert_snapshot!(journal.text(), @r"
        # Your progress, written by `grader`. Keep it under git: lines may be merged in any order.
        green 1970-01-01T00:16:40Z tlb: Fills: sets
        green 1970-01-01T00:33:20Z tlb: Looks up
        hints 2 tlb: Looks up
        ");
        assert_eq!(Journal::parse(&journal.text()), journal);
        assert_eq!((journal.green_count(&course, lab), journal.first_open(&course, lab)), (2, None));
    }

    #[test]
    fn lines_of_both_sides_of_a_merge_are_one_journal() {
        let course = course("tlb");
        let journal = Journal::parse(
            "<<<<<<< HEAD\ngreen 2026-01-02T00:00:00Z tlb: Looks up\nhints 1 tlb: Looks up\n=======\n\
             green 2026-01-01T00:00:00Z tlb: Looks up\nhints 3 tlb: Looks up\n>>>>>>> other\nsolved 7 tlb: Looks up\n",
        );
        let lab = &course.labs[0];
        let green = journal.green_since(&course, lab, &lab.criteria[0]).unwrap();
        assert_eq!(
            (green.to_string().as_str(), journal.hints_told(&course, lab, &lab.criteria[0])),
            ("2026-01-01T00:00:00Z", 3)
        );
        assert!(
            journal.text().ends_with("hints 3 tlb: Looks up\nsolved 7 tlb: Looks up\n"),
            "{}",
            journal.text()
        );
    }

    #[test]
    fn a_lab_that_was_renamed_keeps_its_progress() {
        let mut journal = Journal::default();
        journal.note(&report([40.0, 0.0]), at(1000));
        let renamed = course("lookaside");
        let lab = &renamed.labs[0];
        assert_eq!(journal.green_since(&renamed, lab, &lab.criteria[0]), Some(at(1000)));
        assert_eq!(journal.first_open(&renamed, lab).unwrap().name, "Fills: sets");
    }

    #[test]
    fn the_file_is_written_only_when_something_is_new() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("fixtures")).unwrap();
        fs::write(root.path().join("fixtures/course.yaml"), "").unwrap();
        let layout = Layout::at(root.path()).unwrap();
        Journal::update(&layout, |journal| journal.note(&report([0.0, 0.0]), at(1))).unwrap();
        assert!(!layout.journal().exists());
        Journal::update(&layout, |journal| journal.note(&report([40.0, 0.0]), at(1))).unwrap();
        assert_eq!(Journal::load(&layout).unwrap().facts.len(), 1);
    }
}
