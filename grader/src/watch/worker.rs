//! The thread that grades and traces, one job at a time, the newest one first and alone.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::Timestamp;
use miette::Diagnostic;

use crate::colour::Look;
use crate::course::Course;
use crate::fault::Fault;
use crate::grade::{self, GradeOptions};
use crate::journal::Journal;
use crate::judge::playback::{self, Player, Scenario};
use crate::layout::Layout;
use crate::progress::Progress;
use crate::report::beside::{self, Beside};
use crate::report::words;
use crate::verdict::CaseResult;
use crate::workbench::{Whose, Workbench};

use super::{Done, Event, Job, Told};

/// What the thread needs.
pub(super) struct Worker {
    layout: Layout,
    course: Course,
    events: Sender<Event>,
    newest: Arc<AtomicU64>,
}

/// Says so when its thread ends by a panic.
struct Guard<'a>(&'a Sender<Event>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // Nobody listens any more: then nobody waits either.
            let _ = self.0.send(Event::Stopped);
        }
    }
}

impl Worker {
    pub(super) fn new(layout: Layout, course: Course, events: Sender<Event>, newest: Arc<AtomicU64>) -> Self {
        Self { layout, course, events, newest }
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(&self, asked: &Receiver<(u64, Job)>) {
        let _guard = Guard(&self.events);
        while let Ok(first) = asked.recv() {
            let (number, job) = asked.try_iter().last().unwrap_or(first);
            let done = match &job {
                Job::Grade(lab) => self.grade(number, lab),
                Job::Trace { lab, scenario } => self.trace(number, lab, scenario),
            };
            let done = done.unwrap_or_else(Done::Fault);
            if self.events.send(Event::Done(number, done)).is_err() {
                return;
            }
        }
    }

    fn grade(&self, number: u64, lab: &str) -> Result<Done, String> {
        let begun = Instant::now();
        let options = GradeOptions { labs: vec![lab.to_owned()], ..GradeOptions::default() };
        let teller = Teller::new(number, self);
        let report = grade::grade(&self.layout, &self.course, None, &options, &teller).map_err(words_of)?;
        let took = begun.elapsed();
        if !teller.is_outdated() {
            // A tree that cannot be written is no reason to keep the verdict back.
            let _ = Journal::update(&self.layout, |journal| journal.note(&report, Timestamp::now()));
        }
        Ok(Done::Graded { report: Box::new(report), took })
    }

    fn trace(&self, number: u64, lab: &str, scenario: &str) -> Result<Done, String> {
        let teller = Teller::new(number, self);
        let lab = self.course.lab(lab).ok_or_else(|| format!("there is no lab {lab}"))?;
        let scenario = Scenario::find(&self.layout, lab, scenario).map_err(|error| error.to_string())?;
        let path = self.layout.lab_source(&lab.lab);
        let source = fs::read(&path).map_err(Fault::file(&path)).map_err(words_of)?;
        let bench = Workbench::ready(&self.layout, Whose::Own, &teller).map_err(words_of)?;
        let title = format!("{}: {}", lab.lab, scenario.name);
        let text = match Player::build(&bench, lab, &source).map_err(words_of)? {
            Err(diagnostics) => format!("does not compile:\n{diagnostics}"),
            Ok(player) => {
                let played = player.text(&scenario).map_err(words_of)?;
                let expected = playback::expected(&bench, lab, &scenario).map_err(words_of)?;
                // Painted for any terminal: the view leaves colours out where there are none.
                let look = Look { colour: true, ..Look::PLAIN };
                let mut text = match expected {
                    Some(expected) => Beside::new(&played.printed, &expected).render(&look),
                    None => beside::alone(&played.printed, &look),
                };
                if let Some((verdict, message)) = played.ending {
                    text += &format!("{}: {}\n", words::verdict(verdict), words::harmless(&message));
                }
                text
            }
        };
        Ok(Done::Traced { title, text })
    }
}

/// A fault and its way out, as text.
fn words_of(fault: Fault) -> String {
    if matches!(fault, Fault::Sandbox(_)) {
        // Most often: the grader was built anew while it watched, and its own program is gone.
        return format!("{fault}\nleave with q and start the watch again");
    }
    match fault.help() {
        Some(help) => format!("{fault}\n{help}"),
        None => fault.to_string(),
    }
}

/// Passes on what happens during the run of a number.
struct Teller<'a> {
    number: u64,
    worker: &'a Worker,
    /// What is being counted.
    words: Mutex<String>,
}

impl<'a> Teller<'a> {
    fn new(number: u64, worker: &'a Worker) -> Self {
        Self { number, worker, words: Mutex::default() }
    }

    fn tell(&self, told: Told) {
        // Nobody listens any more: the program is about to end.
        let _ = self.worker.events.send(Event::Told(self.number, told));
    }
}

impl Progress for Teller<'_> {
    fn say(&self, words: &str) {
        words.clone_into(&mut self.words.lock().unwrap_or_else(PoisonError::into_inner));
        self.tell(Told::Doing(words.to_owned()));
    }

    fn counted(&self, done: usize, of: usize) {
        let words = self.words.lock().unwrap_or_else(PoisonError::into_inner);
        self.tell(Told::Doing(format!("{words}: {done} of {of}")));
    }

    fn compiled(&self, _: &str) {
        self.tell(Told::Compiled);
    }

    fn judged(&self, _: &str, item: &CaseResult) {
        self.tell(Told::Judged(item.clone()));
    }

    fn is_outdated(&self) -> bool {
        self.worker.newest.load(Ordering::Relaxed) > self.number
    }
}
