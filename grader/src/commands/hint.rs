//! `grader hint`: the next hint on what is being worked on.

use grader::colour::Look;
use grader::course::{Course, Lab};
use grader::hints::{self, Telling};
use grader::journal::Journal;
use grader::layout::Layout;
use miette::{Result, miette};

use super::{Ending, print};
use crate::cli::HintArguments;

pub fn run(layout: &Layout, arguments: &HintArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    let journal = Journal::load(layout)?;
    let lab = lab(&course, &journal, arguments.lab.as_ref())?;
    let asked = arguments.criterion.as_deref();
    let criterion = hints::choose(&course, &journal, lab, asked)
        .map_err(|words| miette!(help = format!("example: grader hint {} 2", lab.lab), "{words}"))?;
    let telling = if arguments.again { Telling::Again } else { Telling::Next };
    print::out(&hints::tell(layout, &course, lab, criterion, telling, &Look::of_stdout())?)?;
    Ok(Ending::Passed)
}

/// The lab that is named, or the first with something still to do.
fn lab<'a>(course: &'a Course, journal: &Journal, name: Option<&String>) -> Result<&'a Lab> {
    if let Some(name) = name {
        let chosen = course.choose(std::slice::from_ref(name))?;
        return Ok(chosen[0]);
    }
    let open = course.labs.iter().find(|lab| journal.first_open(course, lab).is_some());
    open.ok_or_else(|| {
        miette!(help = "name a lab and a criterion: grader hint LAB CRITERION", "every lab was green once")
    })
}
