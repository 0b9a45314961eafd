//! `grader regrade`: what a change of the course changes in a gradebook.

use std::fmt::Write as _;

use grader::class::{self, Change, LabChange, Mode, RegradeOptions, Regraded};
use grader::layout::Layout;
use grader::verdict::LabVerdict;
use miette::Result;

use super::{Ending, print};
use crate::cli::RegradeArguments;
use crate::terminal::ClassTerminal;

pub fn run(layout: &Layout, arguments: &RegradeArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    let mode = if arguments.apply { Mode::Apply } else { Mode::Preview };
    let options = RegradeOptions {
        jobs: arguments.jobs,
        strangers: arguments.strangers.where_to(),
        who: super::own_command_line(),
    };
    let progress = ClassTerminal::new();
    let regraded = class::regrade(layout, &course, &arguments.gradebook, mode, &options, &progress)?;
    progress.done();
    print::out(&told(&regraded, mode))?;
    Ok(Ending::Passed)
}

fn told(regraded: &Regraded, mode: Mode) -> String {
    let Regraded { changes, submissions, judged, left_out } = regraded;
    let mut text = String::new();
    for Change { student, before, after, labs } in changes {
        let difference = after.0 - before.0;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{student}: {} -> {} ({difference:+.2})", of(*before), of(*after));
        for LabChange { lab, before, after } in labs {
            let _ = writeln!(text, "  {lab}: {} -> {}", side(*before), side(*after));
        }
    }
    let changed = changes.len();
    let _ = writeln!(
        text,
        "{changed} of {submissions} submissions change; {judged} lab files were judged, all others were known"
    );
    if *left_out > 0 {
        let _ = writeln!(
            text,
            "{left_out} were refused or wait for their first grade: `grader class` is for them"
        );
    }
    let _ = match (mode, changed) {
        (Mode::Apply, _) => writeln!(text, "applied"),
        (Mode::Preview, _) => writeln!(text, "nothing was written; --apply writes it"),
    };
    text
}

fn of((score, max_score): (f64, f64)) -> String {
    format!("{score} of {max_score}")
}

fn side(lab: Option<(f64, f64, LabVerdict)>) -> String {
    match lab {
        None => "not graded".to_owned(),
        Some((score, max_score, verdict)) => {
            let verdict = serde_json::to_string(&verdict).unwrap_or_default();
            format!("{} ({})", of((score, max_score)), verdict.trim_matches('"').replace('_', " "))
        }
    }
}
