//! `grader dump`: a gradebook as text.

use grader::gradebook::Gradebook;
use miette::{Report, Result};

use super::{Ending, print};
use crate::cli::DumpArguments;

pub fn run(arguments: &DumpArguments) -> Result<Ending> {
    let gradebook = Gradebook::open(&arguments.gradebook)?;
    gradebook.dump(|piece| print::out(piece).map_err(Failure)).map_err(|failure| failure.0)?;
    Ok(Ending::Passed)
}

/// Why the text did not get out.
struct Failure(Report);

impl From<grader::gradebook::GradebookError> for Failure {
    fn from(error: grader::gradebook::GradebookError) -> Self {
        Self(error.into())
    }
}
