//! Grades single submissions of a class: from what was handed in to the row of the gradebook.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::download::Content;
use super::plan::Planned;
use crate::course::policy::Lateness;
use crate::course::{Course, Lab};
use crate::fault::Fault;
use crate::grade::{Examiner, GradedLab, Known};
use crate::gradebook::{Entry, Gradebook, GradebookError, LabEntry, State};
use crate::hash::Hasher;
use crate::intake::{IntakeError, LabFile, Submission};
use crate::judge;
use crate::progress::Silent;
use crate::verdict::{LabReport, LabVerdict, Report};

/// What every worker grades with.
pub(super) struct Desk<'a> {
    pub(super) course: &'a Course,
    pub(super) examiner: &'a Examiner<'a>,
    /// Names of the labs that are graded; none mean all.
    pub(super) labs: &'a [String],
    pub(super) book: &'a Mutex<Gradebook>,
    /// Taking in an archive needs memory: one at a time.
    pub(super) intake: Mutex<()>,
}

/// What is to be written to the gradebook.
pub(super) struct Row {
    pub(super) entry: Entry,
    pub(super) files: BTreeMap<String, LabFile>,
}

/// What a look at a submission showed.
pub(super) enum Taken {
    /// The gradebook has it already; its labs were not read.
    Known(Box<Entry>),
    /// It is to be graded.
    New(Submission, Box<Entry>),
    /// It cannot be graded.
    Refused(Box<Entry>),
}

/// What is known from the gradebook.
pub(super) struct FromBook<'a>(pub(super) &'a Mutex<Gradebook>);

impl Known for FromBook<'_> {
    fn judged_by(&self, digest: &str) -> Result<Option<LabReport>, Fault> {
        Ok(locked(self.0).judged_by(digest)?)
    }
}

pub(super) fn locked(book: &Mutex<Gradebook>) -> std::sync::MutexGuard<'_, Gradebook> {
    book.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk<'_> {
    /// Reads what was handed in, and looks whether it is graded already.
    pub(super) fn take_in(&self, planned: &Planned) -> Result<Taken, GradebookError> {
        let read = {
            let _one_at_a_time = self.intake.lock().unwrap_or_else(PoisonError::into_inner);
            guarded(&planned.student, || Ok(planned.hand_in.read(&self.course.lab_names(), self.labs)))
        };
        let (taken, digest) = match read {
            Ok(Ok(submission)) => {
                let digest = digest(planned, Some((&submission, &self.not_read(&submission))), "");
                (Ok(submission), digest)
            }
            Ok(Err(refusal)) => {
                let words = words(&refusal, planned);
                let digest = digest(planned, None, &words);
                (Err(words), digest)
            }
            Err(fault) => {
                let words = fault.to_string();
                let digest = digest(planned, None, &words);
                (Err(words), digest)
            }
        };
        let earlier = locked(self.book).entry_without_labs(&planned.student)?;
        let is_known =
            |entry: &Entry| entry.state != State::Waiting && entry.is_final && entry.digest == digest;
        if let Some(entry) = earlier.filter(is_known) {
            return Ok(Taken::Known(Box::new(entry)));
        }
        let mut entry = blank(planned, digest);
        Ok(match taken {
            Ok(submission) => Taken::New(submission, Box::new(entry)),
            Err(reason) => {
                entry.state = State::Refused(reason);
                Taken::Refused(Box::new(entry))
            }
        })
    }

    /// Grades what was taken in; a panic of the grader is a fault of this submission alone.
    pub(super) fn grade(&self, mut submission: Submission, entry: Entry) -> Result<Row, Fault> {
        let mut entry = entry;
        let not_read = self.not_read(&submission);
        if !not_read.is_empty() {
            entry.notes.push(format!("not read: {}", not_read.join(", ")));
        }
        // It is said now; the report need not say it again.
        submission.ignored.clear();
        submission.root = None;
        let known = FromBook(self.book);
        let graded =
            guarded(&entry.student.clone(), || self.examiner.grade_in_turn(&submission, &known, &Silent))?;
        self.fill(&mut entry, graded);
        Ok(Row { entry, files: submission.files })
    }

    fn not_read(&self, submission: &Submission) -> Vec<String> {
        submission.not_read(self.examiner.layout())
    }

    /// Puts what grading found into the row, and takes off what being late costs.
    pub(super) fn fill(&self, entry: &mut Entry, (report, labs): (Report, Vec<GradedLab>)) {
        entry.state = State::Graded;
        entry.sandbox = report.sandbox;
        entry.flags = report.flags;
        entry.is_final = !report.labs.iter().any(|lab| judge::want_of_time(lab).is_some());
        let of_course: Vec<&Lab> =
            labs.iter().filter_map(|graded| self.course.lab(&graded.report.lab)).collect();
        if entry.submitted_at.is_none() && self.course.policy.has_deadline(&of_course) {
            entry.flags.push("when it was handed in is not known: nothing is taken off".to_owned());
        }
        let mut lateness = lateness(self.course, &entry.student, &labs, entry.submitted_at);
        let row = |GradedLab { report, judged_by }| {
            let lateness = lateness.remove(&report.lab).unwrap_or_default();
            LabEntry { report, lateness, judged_by }
        };
        entry.labs = labs.into_iter().map(row).collect();
    }
}

/// How late each lab is, by name. A lab of which nothing was handed in is due and not late: it would spend grace days on no
/// points.
fn lateness(
    course: &Course,
    student: &str,
    labs: &[GradedLab],
    at: Option<Timestamp>,
) -> BTreeMap<String, Lateness> {
    let is_missing = |lab: &&Lab| {
        let of_lab = |graded: &&GradedLab| graded.report.lab == lab.lab;
        labs.iter().find(of_lab).is_some_and(|graded| graded.report.verdict == LabVerdict::Missing)
    };
    let of_course = labs.iter().filter_map(|graded| course.lab(&graded.report.lab));
    let (missing, handed_in): (Vec<&Lab>, Vec<&Lab>) = of_course.partition(is_missing);
    let due = |lab: &&Lab| {
        let due = course.policy.due(student, lab).map(|due| due.timestamp());
        (lab.lab.clone(), Lateness { due, ..Lateness::default() })
    };
    match at {
        None => missing.iter().chain(&handed_in).map(due).collect(),
        Some(at) => {
            let late = course.policy.lateness(student, &handed_in, at);
            let late = handed_in.iter().map(|lab| lab.lab.clone()).zip(late);
            late.chain(missing.iter().map(due)).collect()
        }
    }
}

/// The row of a submission that is not graded yet.
pub(super) fn blank(planned: &Planned, digest: String) -> Entry {
    Entry {
        student: planned.student.clone(),
        name: planned.hand_in.name.clone(),
        state: State::Waiting,
        digest,
        submitted_at: planned.submitted_at,
        sandbox: String::new(),
        notes: planned.notes.clone(),
        flags: Vec::new(),
        is_final: true,
        labs: Vec::new(),
    }
}

/// Runs `work` on the submission of `student`; where it panics, that is the fault.
pub(super) fn guarded<T>(student: &str, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // What is shared between workers stands behind locks that a panic poisons and the next one takes anyway: each holds
    // whole values at any time.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Fault::Stopped(student.to_owned())))
}

/// Why a submission was refused: the error and what is behind it. Where the class's folder lies does not matter.
fn words(error: &IntakeError, planned: &Planned) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(behind) = source {
        words.push_str(": ");
        words.push_str(&behind.to_string());
        source = behind.source();
    }
    match &planned.hand_in.content {
        Content::Path(path) => words.replace(&path.display().to_string(), &planned.hand_in.name),
        _ => words,
    }
}

/// Of all that was handed in, and of what decides on lateness: a submission with the same digest is the same.
fn digest(planned: &Planned, read: Option<(&Submission, &[String])>, refusal: &str) -> String {
    let mut hasher = Hasher::new("submission");
    hasher.text("name", &planned.hand_in.name);
    hasher.text("time", &planned.submitted_at.map(|at| at.to_string()).unwrap_or_default());
    hasher.text("notes", &planned.notes.join("\n"));
    hasher.text("refusal", refusal);
    if let Some((submission, not_read)) = read {
        hasher.text("ignored", &not_read.join("\n"));
        for (lab, file) in &submission.files {
            match file {
                LabFile::Source(bytes) => hasher.bytes(lab, bytes),
                LabFile::Rejected(reason) => hasher.text("rejected", &format!("{lab}: {reason}")),
            }
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COURSE: &str = "\
title: t
late: { percent_per_day: 10, grace_days: 1 }
labs:
  - lab: first
    deadline: 2026-10-05T12:00:00Z
    title: First
    chapter: tlb.md
    types: [Tlb]
    criteria: [{ name: Hits, step: 1, points: 100, cases: [a] }]
  - lab: second
    deadline: 2026-10-12T12:00:00Z
    title: Second
    chapter: tlb.md
    types: [Tlb]
    criteria: [{ name: Hits, step: 1, points: 100, cases: [a] }]
";

    fn graded(course: &Course, lab: &str, verdict: LabVerdict) -> GradedLab {
        let report = crate::report::sample::lab(course, lab, Vec::new());
        GradedLab { report: LabReport { verdict, ..report }, judged_by: String::new() }
    }

    #[test]
    fn a_lab_that_was_not_handed_in_is_not_late_and_spends_no_grace() {
        let course = Course::parse("course.yaml", COURSE.to_owned()).unwrap();
        let found = |first| {
            let labs = [graded(&course, "first", first), graded(&course, "second", LabVerdict::Passed)];
            let at = Some("2026-10-13T11:00:00Z".parse().unwrap());
            let late = lateness(&course, "s1", &labs, at);
            ["first", "second"].map(|lab| (late[lab].days, late[lab].excused, late[lab].percent))
        };
        assert_eq!(found(LabVerdict::Partial), [(8, 1, 70.0), (1, 0, 10.0)]);
        assert_eq!(found(LabVerdict::Missing), [(0, 0, 0.0), (1, 1, 0.0)]);
    }

    #[test]
    fn what_was_due_is_known_without_a_time_of_submission() {
        let course = Course::parse("course.yaml", COURSE.to_owned()).unwrap();
        let late = lateness(&course, "s1", &[graded(&course, "first", LabVerdict::Passed)], None);
        assert_eq!(late["first"].due.unwrap().to_string(), "2026-10-05T12:00:00Z");
        assert_eq!(late["first"].days, 0);
    }

    #[test]
    fn a_panic_is_a_fault_of_one_submission() {
        let error = guarded::<()>("s1", || panic!("on purpose")).unwrap_err();
        assert_eq!(error.to_string(), "the grader stopped while it judged s1");
        assert_eq!(guarded("s1", || Ok(3)).unwrap(), 3);
    }
}
