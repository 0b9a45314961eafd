//! Questions to a person at a terminal.

use std::io::{IsTerminal, stderr, stdin};

use miette::{IntoDiagnostic, Result, WrapErr};

/// Whether somebody is there to read a question and to answer it.
pub fn is_possible() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Asks; everything but `y` and `yes` means no.
pub fn yes(question: &str) -> Result<bool> {
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    stdin().read_line(&mut answer).into_diagnostic().wrap_err("cannot read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
