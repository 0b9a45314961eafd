//! `grader list`: the course at a glance.

use grader::colour::Look;
use grader::journal::Journal;
use grader::layout::Layout;
use grader::outline;
use miette::Result;

use super::{Ending, print};
use crate::cli::ListArguments;

pub fn run(layout: &Layout, arguments: &ListArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    course.choose(&arguments.labs)?;
    print::out(&outline::render(&course, &Journal::load(layout)?, &arguments.labs, &Look::of_stdout()))?;
    Ok(Ending::Passed)
}
