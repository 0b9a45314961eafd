//! `grader reset`: a lab's skeleton again; what was there is kept.

use grader::layout::Layout;
use grader::skeleton::{self, Change};
use miette::{IntoDiagnostic, Result, miette};

use super::{Ending, ask, print};
use crate::cli::ResetArguments;

pub fn run(layout: &Layout, arguments: &ResetArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    let lab = &arguments.lab;
    course.choose(std::slice::from_ref(lab))?;
    let path = layout.lab_source(lab);
    let file = layout.relative(&path).display().to_string();
    if !skeleton::is_changed(layout, lab).into_diagnostic()? {
        print::out(&format!("{file} is the skeleton already\n"))?;
        return Ok(Ending::Passed);
    }
    if !arguments.yes {
        if !ask::is_possible() {
            return Err(miette!(
                help = format!("say so beforehand: grader reset {lab} --yes"),
                "reset replaces {file} and nobody can be asked here"
            ));
        }
        if !ask::yes(&format!("replace {file} by its skeleton (a numbered backup stays beside it)?"))? {
            print::out("nothing was changed\n")?;
            return Ok(Ending::NotEverything);
        }
    }
    let words = match skeleton::reset(layout, lab).into_diagnostic()? {
        Change::KeptBackup(backup) => {
            let backup = layout.relative(&backup).display().to_string();
            format!("{file} is the skeleton again; what was there is {backup}\n")
        }
        Change::Same | Change::Written => format!("{file} is the skeleton again\n"),
    };
    print::out(&words)?;
    Ok(Ending::Passed)
}
