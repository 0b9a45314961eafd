//! Printing results: on the standard output as the terminal can show it, or to a file as a whole.

use std::io::{ErrorKind, Write};
use std::path::Path;

use grader::colour::Look;
use miette::{IntoDiagnostic, Result, WrapErr};

/// Writes `text` to the standard output. A reader who has seen enough (`| head`) is no error.
pub fn out(text: &str) -> Result<()> {
    let look = Look::of_stdout();
    // A file gets every character as it is; a terminal of another locale would show something else.
    let text = if look.is_terminal { look.shown(text) } else { text.to_owned() };
    let mut stdout = anstream::stdout().lock();
    let written = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.into_diagnostic().wrap_err("cannot write to the standard output"),
    }
}

/// Writes `text` to `path`, whole or not at all.
pub fn to_file(path: &Path, text: &str) -> Result<()> {
    grader::files::write_whole(path, text)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write the report to {}", path.display()))
}
