//! What the compiler said, read from its JSON lines.

use serde::Deserialize;

use crate::process::{Ending, Outcome};
use crate::sandbox::ProcessLimits;
use crate::text;

/// Longest text that is shown of a compiler's output, in bytes.
const SHOWN_BYTES: usize = 16 << 10;

/// What to do instead of printing.
const PRINTING: &str =
    "a lab prints by notes: `debug!(\"pages: {pages:?}\")` is a line of the trace, shown and never compared";

/// The errors of one call of the compiler.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    pub(super) errors: Vec<Diagnostic>,
    /// What is no diagnostic: how the compiler ended, or what it said when it failed itself.
    other: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Diagnostic {
    pub(super) message: String,
    pub(super) code: Option<Code>,
    level: String,
    pub(super) spans: Vec<Span>,
    pub(super) children: Vec<Diagnostic>,
    rendered: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Code {
    pub(super) code: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Span {
    pub(super) file_name: String,
    pub(super) line_start: usize,
    pub(super) label: Option<String>,
}

impl Diagnostics {
    /// What kept the compiler from doing its work; `None` when it did it.
    pub(super) fn of(outcome: &Outcome, limits: &ProcessLimits) -> Option<Self> {
        if outcome.ending == Ending::Exited(0) {
            return None;
        }
        let mut diagnostics = Self::default();
        for line in outcome.stderr_text().lines() {
            match serde_json::from_str::<Diagnostic>(line) {
                Ok(diagnostic) if diagnostic.is_error() => diagnostics.errors.push(diagnostic),
                Ok(_) => {}
                Err(_) => diagnostics.other.push(line.to_owned()),
            }
        }
        diagnostics.other.extend(how_it_ended(outcome.ending, limits));
        Some(diagnostics)
    }

    /// Whether the course's own `crates` could not be used: nothing that a submission can be blamed for.
    pub(super) fn miss_any_of(&self, crates: &[&str]) -> bool {
        // E0463 is a crate that is not there, the others one that does not fit the rest (error index of rustc).
        const BROKEN: [&str; 6] = ["E0460", "E0461", "E0462", "E0463", "E0464", "E0514"];
        let named =
            |error: &Diagnostic| crates.iter().any(|name| error.message.contains(&format!("`{name}`")));
        let code =
            |error: &Diagnostic| error.code.as_ref().is_some_and(|code| BROKEN.contains(&code.code.as_str()));
        self.errors.iter().any(|error| code(error) && named(error))
    }

    /// As a person reads it.
    pub(super) fn text(&self) -> String {
        let rendered = self.errors.iter().filter_map(|error| error.rendered.as_deref());
        let mut whole: String = rendered.collect();
        if whole.is_empty() || !self.other.is_empty() {
            whole.push_str(&self.other.join("\n"));
        }
        if self.errors.iter().any(Diagnostic::wants_to_print) {
            whole.push_str(PRINTING);
        }
        text::clean(whole.trim_end(), SHOWN_BYTES)
    }
}

impl Diagnostic {
    /// A lab has no standard library, and what most people miss of it first is `println!`.
    fn wants_to_print(&self) -> bool {
        let missing = |name: &str| self.message.starts_with(&format!("cannot find macro `{name}`"));
        ["println", "print", "eprintln", "eprint", "dbg"].into_iter().any(missing)
    }

    /// An error of its own; the closing count of errors says nothing new.
    fn is_error(&self) -> bool {
        self.level.starts_with("error") && !self.message.starts_with("aborting due to")
    }
}

fn how_it_ended(ending: Ending, limits: &ProcessLimits) -> Option<String> {
    match ending {
        Ending::Exited(_) => None,
        Ending::Signalled(_) => Some(
            "the compiler ended before it was done: it ran out of memory or time, or failed itself"
                .to_owned(),
        ),
        Ending::TimedOut => {
            let seconds = limits.wall.as_secs();
            Some(format!("the compiler was stopped after {seconds} s"))
        }
        Ending::Flooded => Some("the compiler said more than anybody reads, and was stopped".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::println("cannot find macro `println` in this scope", true)]
    #[case::own_macro("cannot find macro `my_println` in this scope", false)]
    fn whoever_misses_println_is_told_of_notes(#[case] message: &str, #[case] is_told: bool) {
        let line = serde_json::json!({
            "message": message, "code": null, "level": "error", "spans": [], "children": [],
            "rendered": format!("error: {message}\n"),
        });
        let diagnostics =
            Diagnostics { errors: vec![serde_json::from_value(line).unwrap()], other: Vec::new() };
        let text = diagnostics.text();
        assert!(text.starts_with("error: cannot find macro"), "{text}");
        assert_eq!(text.contains("`debug!("), is_told, "{text}");
    }
}
