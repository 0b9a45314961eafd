//! Grades a class: plans, lets workers grade, writes each submission as soon as it has its grade ([`run`]).
//!
//! ```text
//! folder ─┐
//! roster ─┼─> plan ──> worker ──┐   take in ─> known? ─> grade ─> late? ─> one transaction
//! times  ─┘            worker ──┴─> gradebook
//! ```
//!
//! The gradebook is the only state: a run that was ended at any moment is continued by the same command.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::ClassError;
use super::crew;
use super::desk::{Desk, Row, Taken, blank, locked};
use super::kept;
use super::plan::{Plan, Planned};
use crate::course::{Course, Lab};
use crate::fault::Fault;
use crate::grade::{self, Examiner};
use crate::gradebook::{Entry, Gradebook, GradebookError, Meta, Shard, State};
use crate::layout::Layout;
use crate::progress::Progress;
use crate::workbench::{Strangers, Whose, Workbench};

/// After so many submissions in a row that the machine could not judge, it is the machine.
const FAULTS_MOST: usize = 3;

/// What to grade, beside the folder, and how.
#[derive(Debug, Clone, Default)]
pub struct ClassOptions {
    /// Names of labs; empty means all.
    pub labs: Vec<String>,
    /// Seed of the generated scenarios; without one the gradebook's, or a new one for a new gradebook.
    pub seed: Option<u64>,
    /// How many submissions are graded at once; without it as many as there are cores.
    pub jobs: Option<usize>,
    /// Which part of the class; none means all.
    pub shard: Option<Shard>,
    /// The roster.
    pub roster: Option<PathBuf>,
    /// When submissions were handed in.
    pub submitted: Option<PathBuf>,
    /// Where strangers' code may run.
    pub strangers: Strangers,
    /// Which run this is, in words for another run on the same gradebook.
    pub who: String,
}

/// Hears what happens while a class is graded.
pub trait ClassProgress: Progress {
    /// So many submissions are to be looked at.
    fn begins(&self, submissions: usize);

    /// A submission has its row: graded, refused, or known before; of a known one the labs are not there.
    fn graded(&self, entry: &Entry, news: News);
}

/// Whether a row of the gradebook is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It was written now.
    New,
    /// An earlier run wrote it, and nothing changed since.
    Known,
}

/// How a run over a class ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassOutcome {
    /// Seed of the generated scenarios.
    pub seed: u64,
    /// Everybody of the class, or of its shard.
    pub students: usize,
    /// Submissions that were graded by this run.
    pub graded: usize,
    /// Submissions that an earlier run has graded.
    pub known: usize,
    /// Lab files that were judged; all others were known.
    pub judged: usize,
    /// Who could not be graded, and why.
    pub refused: Vec<(String, String)>,
    /// Whose grade is not final, because the machine was too busy or at fault.
    pub unfinished: Vec<String>,
    /// What lies in the folder and is nobody's submission.
    pub unread: Vec<String>,
    /// Who handed in before and has nothing in the folder now; their rows stay.
    pub gone: Vec<String>,
    /// Whose time of submission is not known although there is a deadline: nothing is taken off for being late.
    pub timeless: Vec<String>,
    /// Whose times of submission were given, and who is nobody of whom anything else is known.
    pub idle_times: Vec<String>,
}

/// Grades the submissions in `folder` into the gradebook at `book`.
///
/// # Errors
/// When the roster, the folder, the gradebook, the course or the machine is at fault; what was graded until then is kept.
pub fn run(
    layout: &Layout,
    course: &Course,
    folder: &Path,
    book: &Path,
    options: &ClassOptions,
    progress: &dyn ClassProgress,
) -> Result<ClassOutcome, ClassError> {
    course.choose(&options.labs).map_err(Fault::from)?;
    let (roster, times) = (options.roster.as_deref(), options.submitted.as_deref());
    // What is wrong with the gradebook is told when it is opened to be written.
    let earlier = Gradebook::open(book).and_then(|book| book.submitters()).unwrap_or_default();
    let plan = Plan::make(course, folder, roster, times, options.shard, &earlier)?;
    let mut gradebook = Gradebook::open_to_write(book, &options.who)?;
    let found = gradebook.find_meta()?;
    let seed = seed(&gradebook, found.as_ref(), options.seed)?;
    let whose = Whose::Stranger(options.strangers);
    let bench = Workbench::ready(layout, whose, progress)?;
    let examiner = Examiner::new(&bench, course, &options.labs, seed);
    let meta = Meta {
        title: course.title.clone(),
        seed,
        course: examiner.course_digest()?,
        labs: examiner.labs().map(|lab| lab.lab.clone()).collect(),
        shard: options.shard,
        created: Timestamp::now(),
    };
    match &found {
        Some(found) => check_same(&gradebook, found, &meta)?,
        None => gradebook.set_meta(&meta)?,
    }
    kept::check(&gradebook, &plan, options)?;
    if options.roster.is_some() {
        gradebook.retire_all_but(&plan.students)?;
    }
    let gone = enrol(&mut gradebook, &plan)?;
    let timeless = timeless(course, &examiner, &plan);
    let book = Mutex::new(gradebook);
    let desk = Desk { course, examiner: &examiner, labs: &options.labs, book: &book, intake: Mutex::new(()) };
    progress.begins(plan.submissions.len());
    let shift = Shift { desk: &desk, progress, faults: Faults::default(), outcome: Mutex::default() };
    crew::share(&plan.submissions, options.jobs, |planned| shift.one(planned))?;
    let mut outcome = shift.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.refused.sort();
    outcome.unfinished.sort();
    outcome.seed = seed;
    outcome.students = plan.students.len();
    outcome.judged = examiner.judged();
    outcome.unread = plan.unread;
    outcome.gone = gone;
    outcome.timeless = timeless;
    outcome.idle_times = plan.idle_times;
    Ok(outcome)
}

/// One seed for all who are compared. A new gradebook draws its own: whoever could hand in again and again to an autograder of
/// this tree may have learnt what the tree's seed asks. Later runs take the gradebook's, wherever they are.
fn seed(book: &Gradebook, found: Option<&Meta>, asked: Option<u64>) -> Result<u64, ClassError> {
    match (found, asked) {
        (Some(meta), Some(asked)) if meta.seed != asked => Err(GradebookError::Differs {
            path: book.path().to_path_buf(),
            has: format!("the seed {}", meta.seed),
            wants: format!("{asked}"),
            advice: "leave out --seed, or begin another gradebook: one seed is fair to all".to_owned(),
        }
        .into()),
        (Some(meta), _) => Ok(meta.seed),
        (None, asked) => Ok(asked.unwrap_or_else(grade::new_seed)),
    }
}

/// A gradebook never mixes grades of different labs, shards or states of the course.
fn check_same(book: &Gradebook, found: &Meta, meta: &Meta) -> Result<(), GradebookError> {
    let shard = |meta: &Meta| match meta.shard {
        Some(shard) => format!("the shard {shard}"),
        None => "the whole class".to_owned(),
    };
    let labs = |meta: &Meta| format!("the labs {}", meta.labs.join(", "));
    let differs = |has: String, wants: String, advice: &str| {
        let (path, advice) = (book.path().to_path_buf(), advice.to_owned());
        Err(GradebookError::Differs { path, has, wants, advice })
    };
    if found.labs != meta.labs {
        return differs(labs(found), labs(meta), "give the same --lab as before, or begin another gradebook");
    }
    if found.shard != meta.shard {
        return differs(
            shard(found),
            shard(meta),
            "give the same --shard as before, or begin another gradebook",
        );
    }
    if found.course != meta.course {
        let has = "grades by another state of the course".to_owned();
        let advice = "tests, points or deadlines changed since: `grader regrade` shows what that changes and, with --apply, \
                      brings the gradebook to the course as it is now; then run this again";
        return differs(has, "tests, points or deadlines that differ".to_owned(), advice);
    }
    Ok(())
}

/// Enters everybody, and waiting rows for submissions that were not seen before; says whose submissions are gone.
fn enrol(book: &mut Gradebook, plan: &Plan) -> Result<Vec<String>, GradebookError> {
    let mut waiting = Vec::new();
    for planned in &plan.submissions {
        if book.entry_without_labs(&planned.student)?.is_none() {
            waiting.push(blank(planned, String::new()));
        }
    }
    book.enrol(&plan.students, &waiting)?;
    let is_here = |id: &str| plan.submissions.iter().any(|planned| planned.student == id);
    let gone: Vec<String> = book.submitters()?.into_iter().filter(|id| !is_here(id)).collect();
    let mut stay = Vec::new();
    for id in gone {
        if is_another_now(book, plan, &id)? {
            book.forget(&id)?;
        } else {
            stay.push(id);
        }
    }
    Ok(stay)
}

/// Whether the submission that the gradebook has of `id`, who is not on the roster, is known by now to be somebody else's:
/// then both rows are of one submission, and one person would stand twice in every table.
fn is_another_now(book: &Gradebook, plan: &Plan, id: &str) -> Result<bool, GradebookError> {
    let Some(entry) = book.entry_without_labs(id)? else { return Ok(false) };
    let is_stranger = book.student(id)?.is_some_and(|student| !student.on_roster);
    // What a group handed in is each member's, so it does not say who this one was.
    let owners = plan.owners.get(&entry.name).filter(|owners| owners.len() == 1);
    Ok(is_stranger && owners.is_some_and(|owners| !owners.contains(id)))
}

/// Whose submissions cannot be late, because nothing says when they came.
fn timeless(course: &Course, examiner: &Examiner<'_>, plan: &Plan) -> Vec<String> {
    let labs: Vec<&Lab> = examiner.labs().collect();
    let has_no_time =
        |planned: &&Planned| planned.submitted_at.is_none() && course.policy.has_deadline(&labs);
    plan.submissions.iter().filter(has_no_time).map(|planned| planned.student.clone()).collect()
}

/// What all workers over a class share.
struct Shift<'a> {
    desk: &'a Desk<'a>,
    progress: &'a dyn ClassProgress,
    faults: Faults,
    outcome: Mutex<ClassOutcome>,
}

impl Shift<'_> {
    fn one(&self, planned: &Planned) -> Result<(), ClassError> {
        let row = match self.desk.take_in(planned)? {
            Taken::Known(entry) => {
                self.tell(&entry, News::Known);
                return Ok(());
            }
            Taken::Refused(entry) => Row { entry: *entry, files: Default::default() },
            Taken::New(submission, entry) => {
                // The machine may have been at fault for a moment only.
                let first = self.desk.grade(submission.clone(), (*entry).clone());
                match first.or_else(|_| self.desk.grade(submission.clone(), (*entry).clone())) {
                    Ok(row) => {
                        self.faults.none();
                        row
                    }
                    Err(fault) => {
                        Row { entry: self.faults.put_aside(*entry, fault)?, files: submission.files }
                    }
                }
            }
        };
        locked(self.desk.book).record(&row.entry, &row.files)?;
        self.tell(&row.entry, News::New);
        Ok(())
    }

    fn tell(&self, entry: &Entry, news: News) {
        let mut outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        match (&entry.state, news) {
            (State::Refused(reason), _) => outcome.refused.push((entry.student.clone(), reason.clone())),
            (_, News::New) => outcome.graded += 1,
            (_, News::Known) => outcome.known += 1,
        }
        if !entry.is_final {
            outcome.unfinished.push(entry.student.clone());
        }
        self.progress.graded(entry, news);
    }
}

/// Submissions in a row that the machine could not judge.
#[derive(Debug, Default)]
struct Faults(AtomicUsize);

impl Faults {
    fn none(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// A submission that the machine could not judge does not stop the rest, unless it is one of many.
    fn put_aside(&self, mut entry: Entry, fault: Fault) -> Result<Entry, ClassError> {
        let in_a_row = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        if in_a_row >= FAULTS_MOST || matches!(fault, Fault::StaleHarness | Fault::Gradebook(_)) {
            return Err(fault.into());
        }
        entry.state = State::Refused(format!("the grader could not judge it: {fault}"));
        entry.is_final = false;
        Ok(entry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting() -> Entry {
        Entry {
            student: "s1".to_owned(),
            name: "s1.zip".to_owned(),
            state: State::Waiting,
            digest: String::new(),
            submitted_at: None,
            sandbox: String::new(),
            notes: Vec::new(),
            flags: Vec::new(),
            is_final: true,
            labs: Vec::new(),
        }
    }

    fn fault() -> Fault {
        Fault::Stopped("s1".to_owned())
    }

    #[test]
    fn a_submission_that_cannot_be_judged_is_put_aside_for_the_next_run() {
        let entry = Faults::default().put_aside(waiting(), fault()).unwrap();
        assert!(!entry.is_final);
        let reason = "the grader could not judge it: the grader stopped while it judged s1".to_owned();
        assert_eq!(entry.state, State::Refused(reason));
    }

    #[test]
    fn where_nothing_can_be_judged_the_run_ends() {
        let faults = Faults::default();
        assert!(faults.put_aside(waiting(), fault()).is_ok());
        assert!(faults.put_aside(waiting(), fault()).is_ok());
        faults.none();
        assert!(faults.put_aside(waiting(), fault()).is_ok(), "one was judged in between");
        assert!(faults.put_aside(waiting(), fault()).is_ok());
        assert!(faults.put_aside(waiting(), fault()).is_err());
        assert!(Faults::default().put_aside(waiting(), Fault::StaleHarness).is_err());
    }
}
