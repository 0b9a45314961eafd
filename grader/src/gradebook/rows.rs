//! What stands in a gradebook, as values.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::course::policy::Lateness;
use crate::verdict::{LabReport, Report, SCHEMA};

/// What holds for a whole gradebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// Title of the course.
    pub title: String,
    /// Seed of the generated scenarios: drawn once, the same for every student and shard.
    pub seed: u64,
    /// Digest of the course: its labs' exams, points and policies.
    pub course: String,
    /// Names of the labs that are graded, in the course's order.
    pub labs: Vec<String>,
    /// Which part of the class it holds; none means all.
    pub shard: Option<Shard>,
    /// When it was made.
    pub created: Timestamp,
}

/// One of several parts of a class: `number` (from 1) of `count`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    /// Which part, from 1.
    pub number: u32,
    /// How many parts there are.
    pub count: u32,
}

impl Shard {
    /// Whether the student called `id` belongs to this part: decided by the id alone, so that no part needs the others.
    #[must_use]
    pub fn has(self, id: &str) -> bool {
        let mut first = [0; 8];
        first.copy_from_slice(&blake3::hash(id.as_bytes()).as_bytes()[..8]);
        u64::from_le_bytes(first) % u64::from(self.count) == u64::from(self.number - 1)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no shard: write 1/8 for the first of eight, up to 8/8");
        let (number, count) = text.split_once('/').ok_or_else(wrong)?;
        let shard =
            Self { number: number.parse().map_err(|_| wrong())?, count: count.parse().map_err(|_| wrong())? };
        if (1..=shard.count).contains(&shard.number) { Ok(shard) } else { Err(wrong()) }
    }
}

/// The column of a roster that says by which number Canvas knows a student.
pub const CANVAS_ID: &str = "canvas_id";
/// The column of a roster that says by which number Moodle knows a student.
pub const MOODLE_ID: &str = "moodle_id";

/// Somebody who may hand in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Student {
    /// The id that roster, extensions and gradebook share.
    pub id: String,
    /// Full name, if known.
    pub name: String,
    /// Mail address, if known.
    pub email: String,
    /// Section, if the class has some.
    pub section: String,
    /// Whether the roster names them; whoever hands in without being on it is graded and flagged.
    pub on_roster: bool,
    /// The roster's row: header to value, whatever columns it has. A report for a learning-management system finds here what
    /// that system exported; and [`CANVAS_ID`] or [`MOODLE_ID`], where only a download says it.
    pub columns: BTreeMap<String, String>,
}

/// How far a submission is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It was seen and is not graded yet.
    Waiting,
    /// It has its grade.
    Graded,
    /// It could not be graded, and why.
    Refused(String),
}

/// One submission and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Id of the student.
    pub student: String,
    /// As it was called in the class's folder.
    pub name: String,
    /// How far it is.
    pub state: State,
    /// Digest of all that was handed in and of what decides on lateness.
    pub digest: String,
    /// When it was handed in, where that is known.
    pub submitted_at: Option<Timestamp>,
    /// Which sandbox it ran in.
    pub sandbox: String,
    /// What was noted when it was taken in: files that were not read, who is not on the roster. A regrade keeps it.
    pub notes: Vec<String>,
    /// What a person should look at, found by grading.
    pub flags: Vec<String>,
    /// Whether the next run leaves it alone; not if the machine was too busy for it.
    pub is_final: bool,
    /// The labs, in the course's order.
    pub labs: Vec<LabEntry>,
}

/// One lab of a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct LabEntry {
    /// What was judged; its score is the one before lateness.
    pub report: LabReport,
    /// How late it was.
    pub lateness: Lateness,
    /// Digest of everything that its verdict depends on; empty when nothing was judged.
    pub judged_by: String,
}

impl LabEntry {
    /// The points after what being late costs.
    #[must_use]
    pub fn final_score(&self) -> f64 {
        self.lateness.reduce(self.report.score)
    }
}

impl Entry {
    /// Sum of the labs' points, after what being late costs, rounded to 0.01.
    #[must_use]
    pub fn score(&self) -> f64 {
        rounded(self.labs.iter().map(LabEntry::final_score).sum())
    }

    /// Sum of the labs' maxima.
    #[must_use]
    pub fn max_score(&self) -> f64 {
        rounded(self.labs.iter().map(|lab| lab.report.max_score).sum())
    }

    /// As `grader grade` reports a submission: scores before lateness.
    #[must_use]
    pub fn report(&self, meta: &Meta) -> Report {
        Report {
            schema: SCHEMA,
            submission: self.name.clone(),
            score: rounded(self.labs.iter().map(|lab| lab.report.score).sum()),
            max_score: self.max_score(),
            sandbox: self.sandbox.clone(),
            seed: meta.seed,
            flags: self.notes.iter().chain(&self.flags).cloned().collect(),
            labs: self.labs.iter().map(|lab| lab.report.clone()).collect(),
        }
    }
}

fn rounded(points: f64) -> f64 {
    // The sum of no points at all is -0.
    (points * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::first("1/8", Some((1, 8)))]
    #[case::last("8/8", Some((8, 8)))]
    #[case::counted_from_0("0/8", None)]
    #[case::beyond("9/8", None)]
    #[case::none_at_all("1/0", None)]
    #[case::words("first", None)]
    #[case::negative("-1/8", None)]
    fn shards_are_written_as_part_of_whole(#[case] text: &str, #[case] expected: Option<(u32, u32)>) {
        let shard = text.parse::<Shard>().ok();
        assert_eq!(shard.map(|shard| (shard.number, shard.count)), expected);
    }

    #[test]
    fn every_student_is_in_exactly_one_shard() {
        let shards: Vec<Shard> = (1..=4).map(|number| Shard { number, count: 4 }).collect();
        let ids: Vec<String> = (0..200).map(|number| format!("s{number}")).collect();
        for id in &ids {
            assert_eq!(shards.iter().filter(|shard| shard.has(id)).count(), 1, "{id}");
        }
        for shard in shards {
            let count = ids.iter().filter(|id| shard.has(id)).count();
            assert!((30..=70).contains(&count), "{shard} has {count} of 200");
        }
    }
}
