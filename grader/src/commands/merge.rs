//! `grader merge`: one gradebook of many.

use std::path::Path;

use grader::gradebook::{self, Merged};
use grader::report::words::counted;
use miette::Result;

use super::{Ending, print};
use crate::cli::MergeArguments;

pub fn run(arguments: &MergeArguments) -> Result<Ending> {
    super::refuse_missing_folder(&arguments.output)?;
    let parts: Vec<&Path> = arguments.parts.iter().map(AsRef::as_ref).collect();
    let Merged { students, submissions } = gradebook::merge(&arguments.output, &parts)?;
    let output = arguments.output.display();
    print::out(&format!(
        "{output}: {} of {}\n",
        counted(submissions, "submission"),
        counted(students, "student")
    ))?;
    Ok(Ending::Passed)
}
