//! `grader class`: a class into a gradebook.

use std::fmt::Write as _;

use grader::class::{self, ClassOptions, ClassOutcome};
use grader::interrupt;
use grader::layout::Layout;
use miette::Result;

use super::{Ending, print};
use crate::cli::ClassArguments;
use crate::terminal::ClassTerminal;

pub fn run(layout: &Layout, arguments: &ClassArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    super::refuse_missing_folder(&arguments.gradebook)?;
    interrupt::before_end(|| {
        eprintln!("\nstopped; what was graded is kept: give the same command again to go on");
    });
    let options = ClassOptions {
        labs: arguments.lab.clone(),
        seed: arguments.seed,
        jobs: arguments.jobs,
        shard: arguments.shard,
        roster: arguments.roster.clone(),
        submitted: arguments.submitted.clone(),
        strangers: arguments.strangers.where_to(),
        who: super::own_command_line(),
    };
    let progress = ClassTerminal::new();
    let (folder, book) = (&arguments.folder, &arguments.gradebook);
    let outcome = class::run(layout, &course, folder, book, &options, &progress)?;
    progress.done();
    print::out(&told(&outcome, arguments))?;
    Ok(Ending::passed_if(outcome.refused.is_empty() && outcome.unfinished.is_empty()))
}

fn told(outcome: &ClassOutcome, arguments: &ClassArguments) -> String {
    let ClassOutcome { seed, students, graded, known, judged, refused, unfinished, unread, gone } = outcome;
    let book = arguments.gradebook.display();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{book}: {students} students, {graded} submissions graded now, {known} before, {} refused\nseed {seed}; {judged} \
         lab files were judged, all others were known",
        refused.len()
    );
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{title}");
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
    };
    list("refused:", refused.iter().map(|(student, reason)| format!("{student}: {reason}")).collect());
    list(
        "not final, because the machine was too busy or at fault (give the same command again):",
        unfinished.clone(),
    );
    list("nobody's submission, not read:", unread.clone());
    list("graded before, and not among these submissions; their grades stay:", gone.clone());
    text
}
