//! `grader skeleton`: labs from solutions, and the lists of tests.

use grader::course::Lab;
use grader::layout::Layout;
use grader::lint::{Reference, built::Built};
use grader::skeleton::{self, Change};
use grader::workbench::{Whose, Workbench};
use miette::{IntoDiagnostic, Result, miette};

use super::{Ending, print};
use crate::cli::SkeletonArguments;
use crate::terminal::Terminal;

pub fn run(layout: &Layout, arguments: &SkeletonArguments) -> Result<Ending> {
    if !layout.has_solutions() {
        return Err(miette!(
            help = "only the course's own repository has solutions",
            "there is no solutions/src: skeletons are made from solutions"
        ));
    }
    let course = super::course(layout)?;
    let labs = course.choose(&arguments.lab)?;
    if let (Some(step), Some(output)) = (arguments.solve_up_to, &arguments.output) {
        refuse_missing_step(layout, &labs, step)?;
        for lab in labs {
            let path = skeleton::write_solved_up_to(layout, &lab.lab, step, output).into_diagnostic()?;
            print::out(&format!("wrote {}\n", path.display()))?;
        }
        return Ok(Ending::Passed);
    }
    let progress = Terminal::new();
    let bench = Workbench::ready(layout, Whose::Own, &progress)?;
    let mut reference = Built::new(&bench, &progress);
    if arguments.check {
        return check(layout, &labs, &mut reference);
    }
    for lab in labs {
        let change = skeleton::write(layout, &lab.lab).into_diagnostic()?;
        print::out(&told(layout, &layout.lab_source(&lab.lab), &change))?;
        let names = reference.case_names(lab)?;
        let change = skeleton::write_manifest(layout, &lab.lab, &names).into_diagnostic()?;
        print::out(&told(layout, &layout.cases_manifest(&lab.lab), &change))?;
    }
    Ok(Ending::Passed)
}

/// Labs have different numbers of steps; one that none of them has is a slip.
fn refuse_missing_step(layout: &Layout, labs: &[&Lab], step: u32) -> Result<()> {
    let mut last = 0;
    for lab in labs {
        last = last.max(skeleton::solved(layout, &lab.lab).into_diagnostic()?.last_step());
    }
    if step <= last {
        return Ok(());
    }
    let help = format!("expected a step from 0 to {last}");
    Err(miette!(help = help, "there is no step {step}: the last one of these labs is {last}"))
}

fn check(layout: &Layout, labs: &[&Lab], reference: &mut dyn Reference) -> Result<Ending> {
    let mut mismatches = Vec::new();
    for lab in labs {
        mismatches.extend(skeleton::check(layout, &lab.lab).into_diagnostic()?);
        let names = reference.case_names(lab)?;
        mismatches.extend(skeleton::check_manifest(layout, &lab.lab, &names));
    }
    for mismatch in &mismatches {
        print::out(&format!("{mismatch}\n"))?;
    }
    if !mismatches.is_empty() {
        print::out("run grader skeleton to write them anew\n")?;
    }
    Ok(Ending::passed_if(mismatches.is_empty()))
}

fn told(layout: &Layout, path: &std::path::Path, change: &Change) -> String {
    let shown = layout.relative(path).display();
    match change {
        Change::Same => format!("unchanged {shown}\n"),
        Change::Written => format!("wrote     {shown}\n"),
        Change::KeptBackup(backup) => {
            let backup = layout.relative(backup).display();
            format!("wrote     {shown} (what was there is kept as {backup})\n")
        }
    }
}
