//! `grader mistakes`: the signatures of the known mistakes, written down or compared with what is written.

use std::fs;

use grader::diagnosis::record::{self, Change};
use grader::diagnosis::{LabMistakes, Mistakes};
use grader::fault::Fault;
use grader::files;
use grader::layout::Layout;
use grader::report::words::counted;
use grader::workbench::{Whose, Workbench};
use miette::{IntoDiagnostic, Result, WrapErr, miette};

use super::{Ending, print};
use crate::cli::MistakesArguments;
use crate::terminal::Terminal;

pub fn run(layout: &Layout, arguments: &MistakesArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    let labs = course.choose(&arguments.lab)?;
    if !labs.iter().any(|lab| layout.submissions_dir(&lab.lab).is_dir()) {
        return Err(miette!(
            help = "only the course's own repository has known submissions; fixtures/mistakes.yaml is made from them",
            "there is no fixtures/submissions"
        ));
    }
    let written = match Mistakes::load(layout) {
        // Nothing of it is kept, so it need not be readable.
        Err(Fault::Mistakes { .. }) if arguments.lab.is_empty() => Mistakes::default(),
        other => other?,
    };
    let progress = Terminal::new();
    let bench = Workbench::ready(layout, Whose::Own, &progress)?;
    let mut recorded = Vec::new();
    for lab in labs {
        recorded.push(record::lab(&bench, lab, &progress)?);
    }
    progress.done();
    let wanted = written.with(recorded, &course.lab_names());
    let shown = layout.relative(&layout.mistakes_yaml()).display().to_string();
    let changes = record::changes(&written, &wanted);
    for change in &changes {
        print::out(&told(change))?;
    }
    if arguments.check {
        // Byte by byte: a list that somebody has edited by hand is stale too.
        let is_fresh = fs::read_to_string(layout.mistakes_yaml()).is_ok_and(|text| text == wanted.render());
        let words = if is_fresh { "is what would be written" } else { "is stale: run grader mistakes" };
        print::out(&format!("{shown} {words}\n"))?;
        return Ok(Ending::passed_if(is_fresh));
    }
    files::write_whole(&layout.mistakes_yaml(), &wanted.render())
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot write {shown}"))?;
    let count = |of_lab: &LabMistakes| of_lab.mistakes.len();
    let mistakes = wanted.labs.iter().map(count).sum();
    print::out(&format!("{shown} holds {}\n", counted(mistakes, "mistake")))?;
    Ok(Ending::Passed)
}

fn told(change: &Change) -> String {
    let Change { lab, mistake, what } = change;
    format!("{lab}/{mistake}: {what}\n")
}
