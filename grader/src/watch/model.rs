//! What a watch knows and how it changes: events and keys in, at most one action out. It draws nothing and runs nothing.

use std::time::Duration;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::colour::Look;
use crate::course::{Course, Lab};
use crate::hints::{self, Telling};
use crate::journal::Journal;
use crate::layout::Layout;
use crate::report::failure;
use crate::verdict::{Kind, LabReport, Report, Verdict};

use super::{Done, Event, Job, Told};

/// What the model asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// The end.
    Quit,
    /// A job with its number.
    Run(u64, Job),
    /// Open a lab's file.
    Edit {
        /// The lab.
        lab: String,
        /// The line to go to.
        line: EditAt,
    },
    /// Make a lab's file the skeleton.
    Reset(String),
}

/// Where to open a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditAt {
    /// At this line.
    Line(usize),
    /// Where the step has its `todo!`.
    Step(u32),
    /// Anywhere.
    Top,
}

/// What is on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Page {
    /// A lab: its criteria and its first failure.
    Lab,
    /// A text with a heading.
    Text { title: String, text: String },
    /// The lab's criteria, points and scenarios.
    List,
    /// All labs, one of them chosen.
    Labs { chosen: usize },
    /// The question before a reset.
    Reset,
}

/// A run that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Running {
    pub(super) number: u64,
    pub(super) is_trace: bool,
    pub(super) doing: String,
    pub(super) compiles: bool,
    pub(super) judged: usize,
    /// The first item that ran into a limit, told at once: more of them may follow, a second each.
    pub(super) limit: Option<String>,
}

/// What is known of one lab.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Known {
    pub(super) report: Option<Report>,
    pub(super) took: Duration,
}

impl Known {
    pub(super) fn lab(&self) -> Option<&LabReport> {
        self.report.as_ref()?.labs.first()
    }
}

/// The state of a watch.
#[derive(Debug)]
pub struct Model<'a> {
    pub(super) layout: &'a Layout,
    pub(super) course: &'a Course,
    pub(super) look: Look,
    pub(super) journal: Journal,
    pub(super) labs: Vec<Known>,
    pub(super) shown: usize,
    pub(super) running: Option<Running>,
    pub(super) page: Page,
    pub(super) scroll: usize,
    /// A line about the last key, or what went wrong.
    pub(super) note: Option<String>,
    number: u64,
}

impl<'a> Model<'a> {
    /// A watch that begins with the lab `first`, or with the first that is not done.
    #[must_use]
    pub fn new(layout: &'a Layout, course: &'a Course, look: Look, first: Option<&str>) -> Self {
        let journal = Journal::load(layout).unwrap_or_default();
        let is_first = |lab: &Lab| match first {
            Some(name) => lab.lab == name,
            None => journal.first_open(course, lab).is_some(),
        };
        let shown = course.labs.iter().position(is_first).unwrap_or(0);
        Self {
            layout,
            course,
            look,
            labs: vec![Known::default(); course.labs.len()],
            shown,
            journal,
            running: None,
            page: Page::Lab,
            scroll: 0,
            note: None,
            number: 0,
        }
    }

    /// The lab that is shown.
    #[must_use]
    pub fn lab(&self) -> &'a Lab {
        &self.course.labs[self.shown]
    }

    pub(super) fn known(&self) -> &Known {
        &self.labs[self.shown]
    }

    /// Judges the lab that is shown.
    pub fn judge(&mut self) -> Action {
        let job = Job::Grade(self.lab().lab.clone());
        self.start(job)
    }

    fn start(&mut self, job: Job) -> Action {
        self.number += 1;
        let is_trace = matches!(job, Job::Trace { .. });
        self.running = Some(Running { number: self.number, is_trace, ..Running::default() });
        Action::Run(self.number, job)
    }

    /// Takes in what happened.
    pub fn hear(&mut self, event: Event) -> Option<Action> {
        match event {
            Event::Key(key) => self.key(key),
            Event::Saved(lab) => self.saved(&lab),
            Event::Told(number, told) => {
                // The worker does one thing at a time: what an older run still does is what the newer one waits for.
                let concerns =
                    |running: &&mut Running| running.number == number || matches!(told, Told::Doing(_));
                if let Some(running) = self.running.as_mut().filter(concerns) {
                    running.hear(told);
                }
                None
            }
            Event::Done(number, done) => {
                self.done(number, done);
                None
            }
            Event::Resized => None,
            Event::Stopped => Some(Action::Quit),
        }
    }

    fn saved(&mut self, lab: &str) -> Option<Action> {
        self.shown = self.course.labs.iter().position(|each| each.lab == lab)?;
        // The note stays: it may name the backup that a reset just made.
        self.page = Page::Lab;
        self.scroll = 0;
        Some(self.judge())
    }

    fn done(&mut self, number: u64, done: Done) {
        // What is outdated is not shown: the newer run tells the truth.
        if self.running.as_ref().is_none_or(|running| running.number != number) {
            return;
        }
        self.running = None;
        match done {
            Done::Graded { report, took } => {
                let of_lab = |lab: &Lab| report.labs.first().is_some_and(|graded| graded.lab == lab.lab);
                if let Some(index) = self.course.labs.iter().position(of_lab) {
                    self.labs[index] = Known { report: Some(*report), took };
                }
                self.scroll = 0;
                self.journal = Journal::load(self.layout).unwrap_or_default();
            }
            Done::Traced { title, text } => self.show(Page::Text { title, text }),
            Done::Fault(words) => {
                self.show(Page::Text { title: "the grader could not go on".to_owned(), text: words });
            }
        }
    }

    fn show(&mut self, page: Page) {
        self.page = page;
        self.scroll = 0;
        self.note = None;
    }

    /// Learns how wide the screen is.
    pub fn fit(&mut self, columns: u16) {
        self.look = self.look.fitting(columns);
    }

    /// Tells something in the line above the keys.
    pub fn tell(&mut self, words: String) {
        self.note = Some(words);
    }

    fn key(&mut self, key: KeyEvent) -> Option<Action> {
        if key.kind == KeyEventKind::Release {
            return None;
        }
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return Some(Action::Quit);
        }
        self.note = None;
        match self.page {
            Page::Reset => return self.answer(key.code),
            Page::Labs { chosen } => {
                if let Some(action) = self.choose(key.code, chosen) {
                    return action;
                }
            }
            Page::Lab | Page::Text { .. } | Page::List => {}
        }
        match key.code {
            KeyCode::Char('q') => return Some(Action::Quit),
            KeyCode::Char('n') => return Some(self.go_to((self.shown + 1) % self.course.labs.len())),
            KeyCode::Char('h') => self.hint(),
            KeyCode::Char('l') => self.show(Page::List),
            KeyCode::Char('t') => return self.trace(),
            KeyCode::Char('e') => return Some(self.edit()),
            KeyCode::Char('r') => self.show(Page::Reset),
            KeyCode::Char('a') => self.show(Page::Labs { chosen: self.shown }),
            KeyCode::Esc | KeyCode::Enter | KeyCode::Backspace => self.show(Page::Lab),
            KeyCode::Down | KeyCode::Char('j') => self.scroll += 1,
            KeyCode::Up | KeyCode::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.scroll += 10,
            KeyCode::PageUp => self.scroll = self.scroll.saturating_sub(10),
            _ => {}
        }
        None
    }

    fn answer(&mut self, code: KeyCode) -> Option<Action> {
        self.show(Page::Lab);
        match code {
            KeyCode::Char('y' | 'Y') => Some(Action::Reset(self.lab().lab.clone())),
            _ => {
                self.tell("nothing was changed".to_owned());
                None
            }
        }
    }

    /// A key on the page of all labs; `None` when it means what it means elsewhere.
    fn choose(&mut self, code: KeyCode, chosen: usize) -> Option<Option<Action>> {
        let last = self.course.labs.len() - 1;
        let chosen = match code {
            KeyCode::Down | KeyCode::Char('j') => (chosen + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => chosen.saturating_sub(1),
            KeyCode::Enter => return Some(Some(self.go_to(chosen))),
            KeyCode::Char(digit) => {
                let index = usize::try_from(digit.to_digit(10)?.checked_sub(1)?).ok()?;
                return (index <= last).then(|| Some(self.go_to(index)));
            }
            _ => return None,
        };
        self.page = Page::Labs { chosen };
        Some(None)
    }

    fn go_to(&mut self, index: usize) -> Action {
        self.shown = index;
        self.show(Page::Lab);
        self.judge()
    }

    fn hint(&mut self) {
        let lab = self.lab();
        let next = self.known().report.as_ref().and_then(|report| failure::next(self.course, report));
        let asked = next.as_ref().map(|next| next.criterion.as_str());
        let told = hints::choose(self.course, &self.journal, lab, asked).and_then(|criterion| {
            let look = self.painted();
            hints::tell(self.layout, self.course, lab, criterion, Telling::Next, &look)
                .map_err(|fault| fault.to_string())
        });
        match told {
            Ok(text) => self.show(Page::Text { title: "hint".to_owned(), text }),
            Err(words) => self.tell(words),
        }
    }

    /// Plays the scenario that failed first, or the lab's first one.
    fn trace(&mut self) -> Option<Action> {
        if self.running.as_ref().is_some_and(|running| !running.is_trace) {
            self.tell("wait for the verdict first".to_owned());
            return None;
        }
        let failed = self.known().lab().and_then(|graded| {
            let failed = |case: &&crate::verdict::CaseResult| {
                case.kind == Kind::Scenario && case.verdict != Verdict::Passed
            };
            let first = failure::first(self.lab(), graded).map(|failure| failure.item).filter(failed);
            first.or_else(|| graded.cases.iter().find(failed)).map(|case| case.name.clone())
        });
        let any = || self.lab().criteria.iter().find_map(|each| each.scenarios.first().cloned());
        match failed.or_else(any) {
            Some(scenario) => {
                let job = Job::Trace { lab: self.lab().lab.clone(), scenario };
                Some(self.start(job))
            }
            None => {
                self.tell("this lab has no visible scenario".to_owned());
                None
            }
        }
    }

    fn edit(&self) -> Action {
        let lab = &self.lab().lab;
        let line = self.known().lab().and_then(|graded| {
            let message = failure::first(self.lab(), graded).map(|failure| failure.item.message.clone());
            let words = if graded.diagnostics.is_empty() { message? } else { graded.diagnostics.clone() };
            super::editor::line_named(&words, lab)
        });
        let next = || self.known().report.as_ref().and_then(|report| failure::next(self.course, report));
        let line = match line {
            Some(line) => EditAt::Line(line),
            None => next().map_or(EditAt::Top, |next| EditAt::Step(next.step)),
        };
        Action::Edit { lab: lab.clone(), line }
    }

    /// The look for texts that are painted before they are drawn: the view leaves out what cannot be shown.
    pub(super) fn painted(&self) -> Look {
        Look { colour: true, ..self.look }
    }
}

impl Running {
    fn hear(&mut self, told: Told) {
        if self.limit.is_none() {
            self.limit = told.limit();
        }
        match told {
            Told::Doing(words) => self.doing = words,
            Told::Compiled => self.compiles = true,
            Told::Judged(_) => self.judged += 1,
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
