//! `grader handout`: the course without its solutions.

use grader::handout;
use grader::layout::Layout;
use miette::{Result, miette};

use super::Ending;
use crate::cli::HandoutArguments;

pub fn run(layout: &Layout, arguments: &HandoutArguments) -> Result<Ending> {
    if !layout.has_solutions() {
        return Err(miette!(
            help = "run it in the course's own repository",
            "there is no solutions/src: this is a hand-out itself"
        ));
    }
    let course = super::course(layout)?;
    handout::write(layout, &course, &arguments.folder)?;
    eprintln!("{}: {} labs, without solutions", arguments.folder.display(), course.labs.len());
    eprintln!("try it as a student will: cd {} && cargo grader", arguments.folder.display());
    Ok(Ending::Passed)
}
