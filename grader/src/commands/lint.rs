//! `grader lint`: the course checked against its files; `--accept` records a scenario's key.

use grader::colour::{Look, Tone};
use grader::course::Course;
use grader::layout::Layout;
use grader::lint::{self, Weight, accept, built::Built};
use grader::report::words::counted;
use grader::workbench::{Whose, Workbench};
use miette::Result;

use super::{Ending, print};
use crate::cli::LintArguments;
use crate::terminal::Terminal;

pub fn run(layout: &Layout, arguments: &LintArguments) -> Result<Ending> {
    let course = super::course(layout)?;
    let progress = Terminal::new();
    let bench = Workbench::ready(layout, Whose::Own, &progress)?;
    let mut reference = Built::new(&bench, &progress);
    if let Some(name) = &arguments.accept {
        let accepted = accept::accept(layout, &course, name, &mut reference)?;
        progress.done();
        return tell_accepted(layout, &accepted);
    }
    let findings = lint::run(layout, &course, &mut reference);
    progress.done();
    tell(&course, &findings)
}

fn tell(course: &Course, findings: &[lint::Finding]) -> Result<Ending> {
    let look = Look::of_stdout();
    for finding in findings {
        let tone = match finding.weight {
            Weight::Problem => Tone::Bad,
            Weight::Note => Tone::Quiet,
        };
        print::out(&format!("{} {finding}\n", look.paint(tone, look.mark(tone))))?;
    }
    let problems = findings.iter().filter(|finding| finding.weight == Weight::Problem).count();
    let labs = counted(course.labs.len(), "lab");
    let problems_in_words =
        if problems == 0 { "no problems".to_owned() } else { counted(problems, "problem") };
    print::out(&format!("{labs}, {problems_in_words}\n"))?;
    Ok(Ending::passed_if(problems == 0))
}

fn tell_accepted(layout: &Layout, accepted: &accept::Accepted) -> Result<Ending> {
    let snapshot = layout.relative(&accepted.snapshot).display();
    let mut text = accepted.trace.clone();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text += &if accepted.changed {
        format!("\nrecorded in {snapshot}: read it, it is now what every submission has to do\n")
    } else {
        format!("\n{snapshot} holds exactly this already\n")
    };
    text += &match &accepted.criterion {
        Some(criterion) => format!("it counts for \"{criterion}\" of {}\n", accepted.lab),
        None => format!(
            "it is practice, 0 points; to make it count, add this line to a criterion of {}\nin \
             fixtures/course.yaml:\n  scenarios: [{}]\n",
            accepted.lab, accepted.scenario
        ),
    };
    print::out(&text)?;
    Ok(Ending::Passed)
}
