//! The student's loop: every save is judged, and what to do next stays on the screen (`grader watch`).
//!
//! ```text
//! files ── Saved ───┐                      ┌──> view (full screen)      model + keys
//! keys ─── Key ─────┼──> one channel ──────┤
//! worker ─ Graded ──┘                      └──> plain (lines)
//!    ^───────────── Job ──────────────────────────┘
//! ```
//!
//! The worker calls what `grader grade` calls, with the same cache, so both say the same. A newer save makes a run that is
//! under way outdated: it ends at its next item, and nothing of it is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use ratatui::crossterm::event::KeyEvent;

use crate::course::Course;
use crate::layout::Layout;
use crate::report::words;
use crate::verdict::{CaseResult, Report, Verdict};

pub mod editor;
pub mod files;
pub mod model;
pub mod plain;
pub mod screen;
mod settling;
mod view;
mod worker;

pub use settling::QUIET;

/// What happens while somebody watches.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(KeyEvent),
    /// The terminal has another size.
    Resized,
    /// The file of this lab has another content.
    Saved(String),
    /// The run of that number goes on.
    Told(u64, Told),
    /// The run of that number is done.
    Done(u64, Done),
    /// A thread ended that should not have.
    Stopped,
}

/// What a run tells before it is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// What it is doing.
    Doing(String),
    /// The lab's file compiles.
    Compiled,
    /// An item was judged.
    Judged(CaseResult),
}

impl Told {
    /// The line about an item that ran into a limit: worth telling at once, because each further one takes as long.
    fn limit(&self) -> Option<String> {
        let Self::Judged(item) = self else { return None };
        let is_slow = matches!(item.verdict, Verdict::TimedOut | Verdict::OutOfMemory);
        let message = words::harmless(&item.message);
        is_slow.then(|| format!("{}: {}: {message}", words::verdict(item.verdict), words::item(item)))
    }
}

/// What came out of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Done {
    /// A lab was graded.
    Graded {
        /// The report on this one lab.
        report: Box<Report>,
        /// How long it took.
        took: Duration,
    },
    /// A scenario was played.
    Traced {
        /// What was played.
        title: String,
        /// The trace, painted.
        text: String,
    },
    /// The grader, the course or the machine is at fault.
    Fault(String),
}

/// What the worker is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// Grade this lab.
    Grade(String),
    /// Play the scenario on the lab, with what is expected beside it.
    Trace {
        /// The lab.
        lab: String,
        /// The scenario.
        scenario: String,
    },
}

/// The threads behind a watch, and the channel that they all speak into.
#[derive(Debug)]
pub struct Session {
    /// What happens.
    pub events: Receiver<Event>,
    speaker: Sender<Event>,
    jobs: Sender<(u64, Job)>,
    newest: Arc<AtomicU64>,
}

impl Session {
    /// Starts to watch the course's labs and to work on jobs.
    #[must_use]
    pub fn start(layout: &Layout, course: &Course) -> Self {
        let (speaker, events) = channel();
        let (jobs, asked) = channel();
        let newest = Arc::new(AtomicU64::new(0));
        let worker =
            worker::Worker::new(layout.clone(), course.clone(), speaker.clone(), Arc::clone(&newest));
        thread::spawn(move || worker.run(&asked));
        let files = files::Files::new(layout, course);
        let tell = speaker.clone();
        thread::spawn(move || files.watch(|lab| tell.send(Event::Saved(lab)).is_ok()));
        Self { events, speaker, jobs, newest }
    }

    /// Where another thread may speak into the channel.
    #[must_use]
    pub fn speaker(&self) -> Sender<Event> {
        self.speaker.clone()
    }

    /// Asks for a job; what was asked for before is outdated.
    pub fn ask(&self, number: u64, job: Job) {
        self.newest.store(number, Ordering::Relaxed);
        // A worker that is gone has said so.
        let _ = self.jobs.send((number, job));
    }
}
