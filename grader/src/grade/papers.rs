//! What the labs of a run are judged by: read when it is first needed, then kept for every further submission.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::course::Lab;
use crate::exam::Exam;
use crate::fault::Fault;
use crate::judge::Judgement;
use crate::judge::trace::Trace;

/// How many judgements that depended on time are remembered within a run.
const REMEMBERED: usize = 64;

/// One lab's exam, and the reference's traces of its hidden items.
pub(super) struct Paper<'a> {
    pub(super) lab: &'a Lab,
    exam: Mutex<Option<Arc<Exam<'a>>>>,
    keys: Mutex<Option<Arc<Vec<Trace>>>>,
}

impl<'a> Paper<'a> {
    pub(super) fn new(lab: &'a Lab) -> Self {
        Self { lab, exam: Mutex::default(), keys: Mutex::default() }
    }

    pub(super) fn exam(
        &self,
        read: impl FnOnce() -> Result<Exam<'a>, Fault>,
    ) -> Result<Arc<Exam<'a>>, Fault> {
        once(&self.exam, read)
    }

    pub(super) fn keys(
        &self,
        play: impl FnOnce() -> Result<Vec<Trace>, Fault>,
    ) -> Result<Arc<Vec<Trace>>, Fault> {
        once(&self.keys, play)
    }
}

/// What `cell` holds; who comes first makes it, and the others wait.
fn once<T>(cell: &Mutex<Option<Arc<T>>>, make: impl FnOnce() -> Result<T, Fault>) -> Result<Arc<T>, Fault> {
    let mut held = locked(cell);
    if let Some(made) = &*held {
        return Ok(Arc::clone(made));
    }
    let made = Arc::new(make()?);
    *held = Some(Arc::clone(&made));
    Ok(made)
}

fn locked<T>(cell: &Mutex<T>) -> MutexGuard<'_, T> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which files are being judged now, so that of two equal ones that come at the same time one waits for the other's verdict;
/// and the last judgements that the cache does not keep, so that equal files fare alike within a run.
#[derive(Default)]
pub(super) struct Desk {
    state: Mutex<State>,
    done: Condvar,
}

#[derive(Default)]
struct State {
    judging: BTreeSet<String>,
    remembered: VecDeque<(String, Judgement)>,
}

/// The right to judge a file; others with the same digest wait until it is dropped.
pub(super) struct Seat<'a> {
    desk: &'a Desk,
    digest: String,
}

impl Desk {
    /// Waits until nobody judges a file of that digest.
    pub(super) fn take(&self, digest: &str) -> Seat<'_> {
        let is_taken = |state: &mut State| state.judging.contains(digest);
        let waited = self.done.wait_while(locked(&self.state), is_taken);
        waited.unwrap_or_else(PoisonError::into_inner).judging.insert(digest.to_owned());
        Seat { desk: self, digest: digest.to_owned() }
    }
}

impl Seat<'_> {
    /// What this run found out about the same file before, where the cache does not keep it.
    pub(super) fn remembered(&self) -> Option<Judgement> {
        let state = locked(&self.desk.state);
        let found = state.remembered.iter().find(|(digest, _)| *digest == self.digest);
        found.map(|(_, judgement)| judgement.clone())
    }

    pub(super) fn remember(&self, judgement: &Judgement) {
        let mut state = locked(&self.desk.state);
        if state.remembered.len() == REMEMBERED {
            state.remembered.pop_front();
        }
        state.remembered.push_back((self.digest.clone(), judgement.clone()));
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        locked(&self.desk.state).judging.remove(&self.digest);
        self.desk.done.notify_all();
    }
}
