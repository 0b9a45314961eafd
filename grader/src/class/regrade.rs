//! Grades a gradebook's submissions again, by the course as it is now ([`regrade`]).
//!
//! Nothing is run for files that were judged by the same exam before: what was found then is scored anew. The new grades are
//! first written to a gradebook in a scratch folder, and from there to the real one in one transaction: what was shown is
//! what is applied.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::ClassError;
use super::crew;
use super::desk::{Desk, FromBook, guarded, locked};
use super::run::{ClassProgress, News};
use crate::course::Course;
use crate::fault::Fault;
use crate::grade::Examiner;
use crate::gradebook::{Entry, Gradebook, Meta, State};
use crate::intake::Submission;
use crate::layout::Layout;
use crate::progress::Silent;
use crate::verdict::LabVerdict;
use crate::workbench::{Strangers, Whose, Workbench};

/// Whether a regrade writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Show what would change.
    Preview,
    /// Change it.
    Apply,
}

/// How to regrade.
#[derive(Debug, Clone, Default)]
pub struct RegradeOptions {
    /// How many submissions are graded at once; without it as many as there are cores.
    pub jobs: Option<usize>,
    /// Where strangers' code may run.
    pub strangers: Strangers,
    /// Which run this is, in words for another run on the same gradebook.
    pub who: String,
}

/// What a regrade changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Regraded {
    /// Submissions whose points change, by student.
    pub changes: Vec<Change>,
    /// How many submissions were graded again.
    pub submissions: usize,
    /// Lab files that were judged; all others were known.
    pub judged: usize,
    /// How many were refused or wait for their first grade: `grader class` is for them.
    pub left_out: usize,
}

/// One student's points before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The student's id.
    pub student: String,
    /// Points and maximum before.
    pub before: (f64, f64),
    /// Points and maximum after.
    pub after: (f64, f64),
    /// The labs in which something changes.
    pub labs: Vec<LabChange>,
}

/// One lab before and after; a lab that is new or gone has only one side.
#[derive(Debug, Clone, PartialEq)]
pub struct LabChange {
    /// The lab.
    pub lab: String,
    /// Points (after what being late costs), maximum and verdict before.
    pub before: Option<(f64, f64, LabVerdict)>,
    /// The same after.
    pub after: Option<(f64, f64, LabVerdict)>,
}

/// Grades all submissions of the gradebook at `path` again, and with [`Mode::Apply`] writes what came out.
///
/// # Errors
/// When the gradebook, the course or the machine is at fault; then the gradebook is as it was.
pub fn regrade(
    layout: &Layout,
    course: &Course,
    path: &Path,
    mode: Mode,
    options: &RegradeOptions,
    progress: &dyn ClassProgress,
) -> Result<Regraded, ClassError> {
    let book = match mode {
        Mode::Preview => Gradebook::open(path)?,
        Mode::Apply => {
            // Opened for reading first: what is not there is not made.
            drop(Gradebook::open(path)?);
            Gradebook::open_to_write(path, &options.who)?
        }
    };
    let old = book.meta()?;
    course.choose(&old.labs).map_err(Fault::from)?;
    let whose = Whose::Stranger(options.strangers);
    let bench = Workbench::ready(layout, whose, progress)?;
    let examiner = Examiner::new(&bench, course, &old.labs, old.seed);
    let labs = examiner.labs().map(|lab| lab.lab.clone()).collect();
    let meta = Meta { title: course.title.clone(), course: examiner.course_digest()?, labs, ..old.clone() };
    let submitters = book.submitters()?;
    let scratch = Scratch::new(&book, &meta)?;
    let book = Mutex::new(book);
    let desk = Desk { course, examiner: &examiner, labs: &old.labs, book: &book, intake: Mutex::new(()) };
    progress.begins(submitters.len());
    let again = Again {
        desk: &desk,
        labs: meta.labs.len(),
        scratch: &scratch.book,
        progress,
        result: Mutex::default(),
    };
    crew::share(&submitters, options.jobs, |id| again.one(id))?;
    let mut result = again.result.into_inner().unwrap_or_else(PoisonError::into_inner);
    result.changes.sort_by(|a, b| a.student.cmp(&b.student));
    result.judged = examiner.judged();
    if mode == Mode::Apply {
        let fresh = locked(&scratch.book);
        let graded = submitters.iter().filter_map(|id| fresh.entry(id).transpose());
        locked(&book).regrade(&meta, graded)?;
    }
    Ok(result)
}

/// A gradebook for the new grades.
struct Scratch {
    book: Mutex<Gradebook>,
    _folder: tempfile::TempDir,
}

impl Scratch {
    fn new(book: &Gradebook, meta: &Meta) -> Result<Self, ClassError> {
        let folder = tempfile::tempdir().map_err(Fault::file(&std::env::temp_dir()))?;
        let mut fresh = Gradebook::open_to_write(&folder.path().join("regraded"), "grader regrade")?;
        fresh.set_meta(meta)?;
        fresh.enrol(&book.students()?, &[])?;
        Ok(Self { book: Mutex::new(fresh), _folder: folder })
    }
}

/// What all workers over a gradebook share.
struct Again<'a> {
    desk: &'a Desk<'a>,
    labs: usize,
    scratch: &'a Mutex<Gradebook>,
    progress: &'a dyn ClassProgress,
    result: Mutex<Regraded>,
}

impl Again<'_> {
    fn one(&self, id: &str) -> Result<(), ClassError> {
        let old = locked(self.desk.book).entry(id)?;
        let Some(old) = old.filter(|entry| entry.state == State::Graded) else {
            self.result.lock().unwrap_or_else(PoisonError::into_inner).left_out += 1;
            return Ok(());
        };
        let files = locked(self.desk.book).files(id)?;
        let submission = Submission {
            name: old.name.clone(),
            files,
            ignored: Vec::new(),
            root: None,
            // A file of its own was graded for its lab alone.
            is_single_file: old.labs.len() < self.labs,
        };
        let known = FromBook(self.desk.book);
        let graded = guarded(id, || self.desk.examiner.grade_in_turn(&submission, &known, &Silent))?;
        let mut new = old.clone();
        self.desk.fill(&mut new, graded);
        locked(self.scratch).record(&new, &Default::default())?;
        self.progress.graded(&new, News::New);
        let mut result = self.result.lock().unwrap_or_else(PoisonError::into_inner);
        result.submissions += 1;
        result.changes.extend(change(&old, &new));
        Ok(())
    }
}

/// What differs, if anything that a student would see.
fn change(old: &Entry, new: &Entry) -> Option<Change> {
    let points = |entry: &Entry, lab: &str| {
        let found = entry.labs.iter().find(|each| each.report.lab == lab)?;
        Some((found.final_score(), found.report.max_score, found.report.verdict))
    };
    let mut names: Vec<&str> = new.labs.iter().map(|lab| lab.report.lab.as_str()).collect();
    names.extend(old.labs.iter().map(|lab| lab.report.lab.as_str()).filter(|lab| points(new, lab).is_none()));
    let labs: Vec<LabChange> = names
        .into_iter()
        .map(|lab| LabChange { lab: lab.to_owned(), before: points(old, lab), after: points(new, lab) })
        .filter(|change| change.before != change.after)
        .collect();
    let total = |entry: &Entry| (entry.score(), entry.max_score());
    let is_changed = !labs.is_empty() || total(old) != total(new);
    is_changed.then(|| Change { student: old.student.clone(), before: total(old), after: total(new), labs })
}
