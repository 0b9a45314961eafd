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
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use jiff::Timestamp;

use super::ClassError;
use super::desk::{Desk, Row, Taken, blank, locked};
use super::plan::{Plan, Planned};
use crate::course::Course;
use crate::fault::Fault;
use crate::grade::{self, Examiner};
use crate::gradebook::{Entry, Gradebook, GradebookError, Meta, Shard, State};
use crate::layout::Layout;
use crate::progress::Progress;
use crate::workbench::{Strangers, Whose, Workbench, cores};

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
    /// The grader's own program, where it is not the running one (in tests).
    pub shim: Option<PathBuf>,
    /// Which run this is, in words for another run on the same gradebook.
    pub who: String,
}

/// Hears what happens while a class is graded.
pub trait ClassProgress: Progress {
    /// So many submissions are to be looked at.
    fn begins(&self, submissions: usize);

    /// A submission has its row: graded, refused, or known before.
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
    let plan = Plan::make(course, folder, roster, times, options.shard)?;
    let mut gradebook = Gradebook::open_to_write(book, &options.who)?;
    let found = gradebook.find_meta()?;
    let seed = seed(&gradebook, found.as_ref(), options.seed)?;
    let whose = Whose::Stranger(options.strangers);
    let bench = Workbench::ready(layout, whose, options.shim.as_deref(), progress)?;
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
    let gone = enrol(&mut gradebook, &plan)?;
    let book = Mutex::new(gradebook);
    let desk = Desk { course, examiner: &examiner, labs: &options.labs, book: &book, intake: Mutex::new(()) };
    progress.begins(plan.submissions.len());
    let jobs = options.jobs.unwrap_or_else(cores).clamp(1, plan.submissions.len().max(1));
    let mut outcome = Shift::over(&plan.submissions, &desk, progress).work(jobs)?;
    outcome.seed = seed;
    outcome.students = plan.students.len();
    outcome.judged = examiner.judged();
    outcome.unread = plan.unread;
    outcome.gone = gone;
    Ok(outcome)
}

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
        if book.entry(&planned.student)?.is_none() {
            waiting.push(blank(planned, String::new()));
        }
    }
    book.enrol(&plan.students, &waiting)?;
    let is_here = |id: &str| plan.submissions.iter().any(|planned| planned.student == id);
    let submitters = book.submitters()?;
    Ok(submitters.into_iter().filter(|id| !is_here(id)).collect())
}

/// Workers over the submissions of a class.
struct Shift<'a> {
    submissions: &'a [Planned],
    desk: &'a Desk<'a>,
    progress: &'a dyn ClassProgress,
    next: AtomicUsize,
    is_over: AtomicBool,
    /// Submissions in a row that the machine could not judge.
    faults: AtomicUsize,
    outcome: Mutex<ClassOutcome>,
}

impl<'a> Shift<'a> {
    fn over(submissions: &'a [Planned], desk: &'a Desk<'a>, progress: &'a dyn ClassProgress) -> Self {
        Self {
            submissions,
            desk,
            progress,
            next: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            faults: AtomicUsize::new(0),
            outcome: Mutex::default(),
        }
    }

    fn work(self, jobs: usize) -> Result<ClassOutcome, ClassError> {
        let ended: Vec<Result<(), ClassError>> = thread::scope(|scope| {
            let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(|| self.worker())).collect();
            let stopped = |_| Err(Fault::Stopped("a class".to_owned()).into());
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(stopped)).collect()
        });
        ended.into_iter().collect::<Result<Vec<()>, _>>()?;
        let mut outcome = self.outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
        outcome.refused.sort();
        outcome.unfinished.sort();
        Ok(outcome)
    }

    fn worker(&self) -> Result<(), ClassError> {
        while !self.is_over.load(Ordering::Relaxed) {
            let Some(planned) = self.submissions.get(self.next.fetch_add(1, Ordering::Relaxed)) else {
                return Ok(());
            };
            if let Err(error) = self.one(planned) {
                self.is_over.store(true, Ordering::Relaxed);
                return Err(error);
            }
        }
        Ok(())
    }

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
                        self.faults.store(0, Ordering::Relaxed);
                        row
                    }
                    Err(fault) => Row { entry: self.put_aside(*entry, fault)?, files: submission.files },
                }
            }
        };
        locked(self.desk.book).record(&row.entry, &row.files)?;
        self.tell(&row.entry, News::New);
        Ok(())
    }

    /// A submission that the machine could not judge does not stop the rest, unless it is one of many.
    fn put_aside(&self, mut entry: Entry, fault: Fault) -> Result<Entry, ClassError> {
        let in_a_row = self.faults.fetch_add(1, Ordering::Relaxed) + 1;
        if in_a_row >= FAULTS_MOST || matches!(fault, Fault::StaleHarness | Fault::Gradebook(_)) {
            return Err(fault.into());
        }
        entry.state = State::Refused(format!("the grader could not judge it: {fault}"));
        entry.is_final = false;
        Ok(entry)
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
