//! `grader regrade`: what a change of the course changes in a gradebook.

use std::fmt::Write as _;

use grader::class::{self, Change, LabChange, Mode, RegradeOptions, Regraded};
use grader::layout::Layout;
use grader::report::words::{self, counted, points};
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
    let of = counted(*submissions, "submission");
    let change = if changed == 1 { "changes" } else { "change" };
    let _ = writeln!(text, "{changed} of {of} {change}; {}", words::judged(*judged));
    if *left_out > 0 {
        let (was, waits, them) =
            if *left_out == 1 { ("was", "waits", "it") } else { ("were", "wait", "them") };
        let _ = writeln!(
            text,
            "{left_out} {was} refused or {waits} for a first grade: `grader class` is for {them}"
        );
    }
    let _ = match (mode, changed) {
        (Mode::Apply, _) => writeln!(text, "applied"),
        (Mode::Preview, _) => writeln!(text, "nothing was written; --apply writes it"),
    };
    text
}

fn of((score, max_score): (f64, f64)) -> String {
    format!("{} of {}", points(score), points(max_score))
}

fn side(lab: Option<(f64, f64, LabVerdict)>) -> String {
    match lab {
        None => "not graded".to_owned(),
        Some((score, max_score, verdict)) => {
            format!("{} ({})", of((score, max_score)), words::lab_verdict(verdict))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_are_told_in_the_words_of_the_reports() {
        let lab = |score, verdict| Some((score, 100.0, verdict));
        let change = Change {
            student: "s1".to_owned(),
            before: (100.0 / 3.0, 100.0),
            after: (100.0, 100.0),
            labs: vec![LabChange {
                lab: "tlb".to_owned(),
                before: lab(100.0 / 3.0, LabVerdict::Partial),
                after: lab(100.0, LabVerdict::Passed),
            }],
        };
        let one = Regraded { changes: vec![change], submissions: 1, judged: 1, left_out: 1 };
        assert_eq!(
            told(&one, Mode::Apply),
            "s1: 33.33 of 100 -> 100 of 100 (+66.67)\n  tlb: 33.33 of 100 (partly there) -> 100 of 100 (passed)\n\
             1 of 1 submission changes; 1 lab file was judged, all others were known\n\
             1 was refused or waits for a first grade: `grader class` is for it\napplied\n"
        );
        let many = Regraded { submissions: 6, left_out: 3, ..Regraded::default() };
        assert_eq!(
            told(&many, Mode::Preview),
            "0 of 6 submissions change; 0 lab files were judged, all others were known\n\
             3 were refused or wait for a first grade: `grader class` is for them\n\
             nothing was written; --apply writes it\n"
        );
    }
}
