//! What a run found out: the verdicts of single cases and of labs, in the shape that `--format json` prints.
//!
//! These types are the contract with other tools (book: "The result as JSON"). A judge produces [`CaseResult`]s, the
//! score adds points, every report only prints.

use serde::{Deserialize, Serialize};

/// Version of the JSON shape; raised when a field changes its meaning or goes away.
pub const SCHEMA: u32 = 1;

/// The result of one submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u32,
    /// The submission as the user named it.
    pub submission: String,
    /// Sum of the labs' scores, in points.
    pub score: f64,
    /// Sum of the labs' maxima, in points.
    pub max_score: f64,
    /// Which sandbox the submission's code ran in (`full`, `container`, `limits`, `clock`; book: "What the sandbox promises").
    pub sandbox: String,
    /// Seed of the generated scenarios of this run.
    pub seed: u64,
    /// What a person should look at or know: ignored files, kinds of tests that were not at hand.
    pub flags: Vec<String>,
    /// One entry a lab that was graded, in the course's order.
    pub labs: Vec<LabReport>,
}

/// The result of one lab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabReport {
    /// Name of the lab, as in course.yaml.
    pub lab: String,
    /// What became of the lab as a whole.
    pub verdict: LabVerdict,
    /// Points reached, rounded to 0.01.
    pub score: f64,
    /// Points that can be reached.
    pub max_score: f64,
    /// Time that rustc took for the student's file, in milliseconds (0 when it came from the cache of an earlier run).
    pub compile_ms: u64,
    /// The compiler's words, or why the file was rejected; empty when there is nothing to say.
    pub diagnostics: String,
    /// Points by criterion, in the course's order.
    pub criteria: Vec<CriterionReport>,
    /// Every judged item, in the course's order.
    pub cases: Vec<CaseResult>,
    /// The known mistakes that the failures look like; most often one or none.
    #[serde(default)]
    pub diagnosis: Vec<Diagnosis>,
}

/// A known mistake that a lab's failures look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// Its name, as in fixtures/mistakes.yaml.
    pub mistake: String,
    /// A question that would lead its author to it.
    pub question: String,
    /// How sure it is, from 0 to 1, rounded to 0.01.
    pub sure: f64,
}

/// Points of one criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriterionReport {
    /// Name of the criterion, as in course.yaml.
    pub name: String,
    /// Points reached.
    pub score: f64,
    /// Points that can be reached.
    pub max_score: f64,
    /// Page of the book, `page.html#anchor`.
    pub chapter: String,
}

/// One judged item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseResult {
    /// Name of the test, of the scenario, or of the generated scenario (`random-maps#3`).
    pub name: String,
    /// Which kind of item it is; the kinds have weights of their own in the score.
    pub kind: Kind,
    /// Name of the criterion that it counts for.
    pub criterion: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Wall-clock time of its process in milliseconds (0 when it shared one with others, and
    /// for a hidden item).
    pub duration_ms: u64,
    /// What to tell the student; empty when it passed, and never more than the verdict for a hidden item.
    pub message: String,
    /// First difference of a visible scenario: the expected line and the actual one, with what led there.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub difference: Option<Difference>,
}

/// Where a trace first differs from its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Title of the scenario.
    pub title: String,
    /// The headings of the steps up to and including the one that differs.
    pub steps: Vec<String>,
    /// The key's line; empty when the key has no further line.
    pub expected: String,
    /// The submission's line; empty when its trace ended before.
    pub actual: String,
}

/// Kind of a judged item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A test of `labs/tests/<lab>.rs`.
    Case,
    /// A scenario whose key the student has.
    Scenario,
    /// A scenario, hand-written or generated, that the student does not have.
    Hidden,
}

/// What became of one judged item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It did what was asked.
    Passed,
    /// It ran to its end or to a difference, and differs.
    Wrong,
    /// It reached a `todo!()`.
    NotStarted,
    /// It panicked.
    Panicked,
    /// It ran out of its wall-clock or CPU time.
    TimedOut,
    /// It asked for more memory than its limit.
    OutOfMemory,
    /// It died of a signal (a stack overflow, say) or ended in a way no test ends.
    Crashed,
    /// It was not run; the message says why.
    NotRun,
}

/// What became of a lab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabVerdict {
    /// Full points.
    Passed,
    /// Some points.
    Partial,
    /// No point, although something was started.
    Failed,
    /// Every judged item is not started.
    NotStarted,
    /// rustc refused the file.
    DoesNotCompile,
    /// The file was refused before it reached the compiler.
    Rejected,
    /// The submission has no file for the lab.
    Missing,
}
