//! Progress of a class: a bar with rate and time left on a terminal, a line for each submission elsewhere.

use std::sync::atomic::{AtomicUsize, Ordering};

use grader::class::{ClassProgress, News};
use grader::gradebook::{Entry, State};
use grader::progress::Progress;
use grader::report::words::counted;
use indicatif::{ProgressBar, ProgressStyle};

use super::Terminal;

/// Tells a person how far a class is.
pub struct ClassTerminal {
    /// What is told before the first submission.
    before: Terminal,
    bar: Option<ProgressBar>,
    of: AtomicUsize,
    done: AtomicUsize,
}

impl ClassTerminal {
    /// Progress for the standard error of this process.
    pub fn new() -> Self {
        let before = Terminal::new();
        let bar = before.look.is_terminal.then(|| {
            let bar = ProgressBar::no_length();
            let characters = if before.look.unicode { "█▉▊▋▌▍▎▏ " } else { "#- " };
            let template = "{bar:20} {pos} of {len}, {per_sec}, {eta} left  {msg}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars(characters));
            }
            bar
        });
        Self { before, bar, of: AtomicUsize::new(0), done: AtomicUsize::new(0) }
    }

    /// The bar goes away: what follows belongs to the standard output.
    pub fn done(&self) {
        self.before.done();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Progress for ClassTerminal {
    fn say(&self, words: &str) {
        // Once submissions are graded, the bar says enough.
        if self.of.load(Ordering::Relaxed) == 0 {
            self.before.say(words);
        }
    }
}

impl ClassProgress for ClassTerminal {
    fn begins(&self, submissions: usize) {
        self.before.done();
        self.of.store(submissions, Ordering::Relaxed);
        match &self.bar {
            Some(bar) => {
                bar.set_length(submissions as u64);
                bar.reset();
            }
            None => eprintln!("{}", counted(submissions, "submission")),
        }
    }

    fn graded(&self, entry: &Entry, news: News) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.bar {
            Some(bar) => {
                bar.set_message(entry.student.clone());
                bar.inc(1);
            }
            None => eprintln!("{done} of {}: {}", self.of.load(Ordering::Relaxed), words(entry, news)),
        }
    }
}

fn words(entry: &Entry, news: News) -> String {
    let id = &entry.student;
    match (&entry.state, news) {
        (State::Refused(_), News::Known) => format!("{id}, refused as before"),
        (State::Refused(_), News::New) => format!("{id}, refused"),
        (_, News::Known) => format!("{id}, known"),
        _ => format!("{id}, {} of {}", entry.score(), entry.max_score()),
    }
}
