//! `grader class`: a class into a gradebook.

use std::fmt::Write as _;

use grader::class::{self, ClassOptions, ClassOutcome};
use grader::interrupt;
use grader::layout::Layout;
use grader::report::words::{self, counted, few};
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
    let ClassOutcome {
        seed,
        students,
        graded,
        known,
        judged,
        refused,
        unfinished,
        unread,
        gone,
        timeless,
        idle_times,
    } = outcome;
    let book = arguments.gradebook.display();
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{book}: {}, {} graded now, {known} before, {} refused\nseed {seed}; {}",
        counted(*students, "student"),
        counted(*graded, "submission"),
        refused.len(),
        words::judged(*judged)
    );
    if !timeless.is_empty() {
        let (count, names) = (counted(timeless.len(), "submission"), few(timeless));
        let _ = writeln!(
            text,
            "\n{count} without a known time, so nothing is taken off for being late: {names}\n  \
             --submitted FILE says when they came"
        );
    }
    let mut list = |title: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{title}");
            lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
        }
    };
    list(
        "refused (put it right in the folder and give the same command again):",
        refused.iter().map(|(student, reason)| format!("{student}: {reason}")).collect(),
    );
    list(
        "not final, because the machine was too busy or at fault (give the same command again):",
        unfinished.clone(),
    );
    list("nobody's submission, not read:", unread.clone());
    list(
        "times of submission for ids that handed nothing in (are they misspelt? --roster says who belongs to the class):",
        idle_times.clone(),
    );
    list("graded before, and not among these submissions; their grades stay:", gone.clone());
    text
}
