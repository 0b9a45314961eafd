//! Reads a stranger's lab before the compiler does, and refuses what no lab needs ([`scan`]).
//!
//! The compiler is a wide door: a source can make it read files (`include_str!`), put code before `main` (`link_section`)
//! or step around `forbid(unsafe_code)` (naked functions, on 1.95). So the file is taken apart into tokens and every one
//! of them is looked at, wherever it stands: in a macro's body, in an attribute, behind `r#`. A word cannot be put
//! together at compile time in stable Rust, so what is not in the file does not come out of its macros.
//!
//! The scan is the first wall and not the only one: the compiler has no `std` at hand, and runs in the sandbox.
//!
//! ```text
//! bytes ── encoding ──> text ── tokens (proc-macro2) ──> words ── rules ──> refused: which word, which line, why
//!                                                                      └──> review: a shape that a person should see
//! ```

use std::fmt;

mod encoding;
mod own_tests;
mod rules;
pub(crate) mod tokens;
mod words;

/// What a scan of a file that may be compiled found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Lines that a person should look at: they hold the shape of a known hole of the compiler.
    pub lifetime_tricks: Vec<usize>,
}

/// Why a file is not compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The line of it, counted from 1.
    pub line: usize,
    /// What stands there: a token in backticks, or what is wrong with the text.
    pub what: String,
    /// Why that is refused, and what to do instead.
    pub why: String,
    /// Whether the file is no sequence of tokens at all: a slip as a rule, which the compiler explains better.
    pub is_unreadable: bool,
}

impl Refusal {
    fn new(line: usize, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { line, what: what.into(), why: why.into(), is_unreadable: false }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.what, self.why)
    }
}

/// Looks at every token of `source`.
///
/// # Errors
/// The first thing in it that a lab must not hold.
pub fn scan(source: &[u8]) -> Result<Findings, Refusal> {
    let text = encoding::text(source)?;
    let tokens = tokens::flat(text)?;
    rules::check(&tokens)
}

#[cfg(test)]
mod tests;
