//! `grader trace`: what the student's code does in one scenario, line by line.

use std::path::Path;

use grader::colour::{Look, Tone};
use grader::course::{Course, Lab};
use grader::intake::{LabFile, Submission};
use grader::judge::playback::{self, Played, Player, Scenario};
use grader::layout::Layout;
use grader::progress::Progress;
use grader::report::beside::{self, Beside};
use grader::report::trace_page::TracePage;
use grader::report::words;
use grader::workbench::{Whose, Workbench};
use miette::{Result, miette};

use super::{Ending, print};
use crate::cli::{TraceArguments, TraceFormat};
use crate::terminal::Terminal;

pub fn run(layout: &Layout, arguments: &TraceArguments) -> Result<Ending> {
    if arguments.format == TraceFormat::Json && arguments.reference {
        return Err(miette!(
            help = "leave --reference out, or --format json",
            "the reference stands beside a trace as text alone"
        ));
    }
    let course = super::course(layout)?;
    let (name, scenario) = arguments.lab_and_scenario().ok_or_else(|| {
        let help = format!("`grader list {}` names the scenarios", arguments.lab);
        miette!(help = help, "which scenario of {}? expected LAB SCENARIO", arguments.lab)
    })?;
    let lab = course.choose(&[name.to_owned()])?[0];
    if Path::new(scenario).is_dir() {
        return Err(miette!(
            help = format!(
                "name one YAML file in it, or a scenario of the course: `grader list {}` names them",
                lab.lab
            ),
            "{scenario} is a folder; expected a scenario"
        ));
    }
    let scenario = Scenario::find(layout, lab, scenario)?;
    let source = source(layout, &course, lab, arguments)?;
    let progress = Terminal::new();
    let whose = Whose::of(arguments.submission.as_deref(), layout, arguments.strangers.where_to());
    let bench = Workbench::ready(layout, whose, &progress)?;
    progress.say(&format!("compiling {}", lab.lab));
    let player = match Player::build(&bench, lab, &source)? {
        Ok(player) => player,
        Err(diagnostics) => {
            progress.done();
            eprintln!("{} cannot be played:\n{}", lab.lab, words::harmless(&diagnostics));
            return Ok(Ending::NotEverything);
        }
    };
    let played = match arguments.format {
        TraceFormat::Json => player.json(&scenario)?,
        TraceFormat::Text | TraceFormat::Html => player.text(&scenario)?,
    };
    let expected = if arguments.reference {
        let expected = playback::expected(&bench, lab, &scenario)?;
        Some(expected.ok_or_else(|| {
            let words = format!("{} has no key, and there are no solutions to play it", scenario.name);
            miette!(help = "leave --reference out", "{words}")
        })?)
    } else {
        None
    };
    let is_plain = arguments.output.is_some() || arguments.format == TraceFormat::Html;
    let look = if is_plain { Look::PLAIN } else { Look::of_stdout() };
    let (mut text, is_same) = match &expected {
        None if arguments.format == TraceFormat::Json => (played.printed.clone(), true),
        None => (beside::alone(&played.printed, &look), true),
        Some(expected) => {
            let beside = Beside::new(&played.printed, expected);
            (beside.render(&look), beside.is_same())
        }
    };
    if arguments.format == TraceFormat::Html {
        text = page(&player, &scenario, arguments, &text)?;
    }
    progress.done();
    match &arguments.output {
        None => print::out(&text)?,
        Some(path) => print::to_file(path, &text)?,
    }
    Ok(Ending::passed_if(tell_ending(&played, arguments) && is_same))
}

/// The run as a page; `lines` are what stands below the picture.
fn page(player: &Player<'_>, scenario: &Scenario, arguments: &TraceArguments, lines: &str) -> Result<String> {
    let expected = if arguments.reference { player.reference_json(scenario)? } else { None };
    let page = TracePage {
        title: &format!("{}: {}", player.lab(), scenario.name),
        yours: &player.json(scenario)?,
        expected: expected.as_deref(),
        lines,
    };
    Ok(page.html())
}

/// Tells how the run ended, if not at its end; whether it did end there.
fn tell_ending(played: &Played, arguments: &TraceArguments) -> bool {
    let Some((verdict, message)) = &played.ending else {
        return true;
    };
    let look = Look::of_stderr();
    let verdict = look.paint(Tone::Bad, words::verdict(*verdict));
    eprintln!("{verdict}: {}", words::harmless(message));
    if arguments.format == TraceFormat::Json {
        eprintln!("a run that does not come to its end has no document; --format text shows how far it came");
    }
    false
}

fn source(layout: &Layout, course: &Course, lab: &Lab, arguments: &TraceArguments) -> Result<Vec<u8>> {
    let only = [lab.lab.clone()];
    let mut handed_in =
        Submission::read(layout, &course.lab_names(), arguments.submission.as_deref(), &only)?;
    match handed_in.files.remove(&lab.lab) {
        Some(LabFile::Source(source)) => Ok(source),
        Some(LabFile::Rejected(reason)) => Err(miette!("{}.rs: {reason}", lab.lab)),
        None => Err(miette!(
            help = format!("bring it back: grader reset {}", lab.lab),
            "there is no {}.rs in {}",
            lab.lab,
            handed_in.name
        )),
    }
}
