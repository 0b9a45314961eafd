//! `grader watch`: every save is judged.

use std::io::{ErrorKind, IsTerminal, stdin};

use grader::colour::Look;
use grader::layout::Layout;
use grader::watch::{plain, screen};
use grader::{interrupt, journal::Journal};
use miette::{IntoDiagnostic, Result, WrapErr};

use super::Ending;
use crate::cli::WatchArguments;

pub fn run(layout: &Layout, arguments: &WatchArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    if let Some(lab) = &arguments.lab {
        course.choose(std::slice::from_ref(lab))?;
    }
    // A file that cannot be read is told now, and not by a screen full of it.
    Journal::load(layout)?;
    let look = Look::of_stdout();
    let first = arguments.lab.as_deref();
    // A terminal that cannot move its cursor says so by this name.
    let is_dumb = std::env::var_os("TERM").is_some_and(|name| name == "dumb");
    let watched = if arguments.plain || is_dumb || !look.is_terminal || !stdin().is_terminal() {
        plain::run(layout, &course, look, first, &mut anstream::stdout())
    } else {
        screen::run(layout, &course, look, first)
    };
    match watched {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).into_diagnostic().wrap_err("cannot use the terminal")
        }
        // A run may be under way whose result nobody wants any more.
        _ => interrupt::end(0),
    }
}
