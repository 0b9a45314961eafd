//! The standard error: progress as a moving line on a terminal and as plain lines elsewhere, and errors in the same look.

use std::sync::Mutex;
use std::time::Duration;

use grader::colour::Look;
use grader::progress::Progress;
use grader::verdict::CaseResult;
use indicatif::{ProgressBar, ProgressStyle};
use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};

#[cfg(feature = "instructor")]
mod class;

#[cfg(feature = "instructor")]
pub use class::ClassTerminal;

/// Lets errors look as the standard error can show them.
pub fn prepare_errors() {
    let look = Look::of_stderr();
    // A second hook would be refused; there is only this one.
    let _ = miette::set_hook(Box::new(move |_| {
        let theme = GraphicalTheme {
            characters: if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
            styles: if look.colour { ThemeStyles::ansi() } else { ThemeStyles::none() },
        };
        let handler =
            GraphicalReportHandler::new_themed(theme).with_width(look.width).with_break_words(false);
        // In a log, one error is one line, and a path in it can be searched for.
        Box::new(handler.with_wrap_lines(look.is_terminal))
    }));
}

/// Columns of a bar that fills up.
const BAR_WIDTH: usize = 20;

/// Tells a person what the grader is doing.
pub struct Terminal {
    look: Look,
    line: Option<ProgressBar>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    words: String,
    judged: u64,
}

impl Terminal {
    /// Progress for the standard error of this process.
    pub fn new() -> Self {
        let look = Look::of_stderr();
        let line = look.is_terminal.then(|| {
            let line = ProgressBar::new_spinner();
            let (template, ticks) = if look.unicode {
                ("{spinner} {msg} {elapsed:.dim}", "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ")
            } else {
                ("{spinner} {msg} {elapsed}", "|/-\\ ")
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                line.set_style(style.tick_chars(ticks));
            }
            line
        });
        Self { look, line, told: Mutex::default() }
    }

    /// The line goes away: what follows belongs to the standard output.
    pub fn done(&self) {
        if let Some(line) = &self.line {
            line.finish_and_clear();
        }
    }

    fn show(&self, words: String) {
        if let Some(line) = &self.line {
            line.set_message(words);
            line.enable_steady_tick(Duration::from_millis(100));
        }
    }
}

impl Progress for Terminal {
    fn say(&self, words: &str) {
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.words == words {
            return;
        }
        // In a log, one line for each piece of work: its details would fill pages.
        if self.line.is_none() && head(words) != head(&told.words) {
            eprintln!("{}", head(words));
        }
        words.clone_into(&mut told.words);
        self.show(words.to_owned());
    }

    fn counted(&self, done: usize, of: usize) {
        let told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.show(format!("{} {} {done} of {of}", told.words, self.look.progress(done, of, BAR_WIDTH)));
    }

    fn judged(&self, lab: &str, _: &CaseResult) {
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        told.judged += 1;
        self.show(format!("{lab}: {} tests and scenarios judged", told.judged));
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.done();
    }
}

/// What is being done, without the detail after the colon.
fn head(words: &str) -> &str {
    words.split(": ").next().unwrap_or(words)
}
