//! `grader replay`: what memory traces of real programs cost with a submission's policies and TLB.

use std::path::Path;

use grader::colour::Look;
use grader::fault::Fault;
use grader::harness::Harness;
use grader::intake::Submission;
use grader::layout::Layout;
use grader::progress::Progress;
use grader::replay::{self, Programs, Replay, Subject, TlbShape, TraceFault};
use grader::workbench::{Whose, Workbench};
use memory_traces::{Numbers, PageTrace, Reading};
use miette::{IntoDiagnostic, Result, miette};
use testbench::replacement::PolicyName;

use super::{Ending, print};
use crate::cli::{ReplayArguments, ReplayFormat};
use crate::terminal::Terminal;

/// Fewest frames that are tried unasked.
const FRAMES_LEAST: u32 = 8;

pub fn run(layout: &Layout, arguments: &ReplayArguments) -> Result<Ending> {
    refuse_unclear_output(arguments)?;
    let course = super::course(layout)?;
    let reading = Reading {
        page_bytes: arguments.page_size,
        numbers: if arguments.addresses { Numbers::Addresses } else { Numbers::Pages },
    };
    let labs: Vec<&str> = needed_labs(arguments).collect();
    let names: Vec<String> = labs.iter().map(|lab| (*lab).to_owned()).collect();
    let submission = Submission::read(layout, &course.lab_names(), arguments.submission.as_deref(), &names)?;
    let whose = Whose::of(arguments.submission.as_deref(), layout, arguments.strangers.where_to());
    let progress = Terminal::new();
    let read = |path: &Path| {
        progress.say(&format!("reading {}", path.display()));
        replay::read(layout, path, reading)
    };
    let build = |bench| {
        let programs = Programs::build(&bench, &course, &submission, &labs, &progress)?;
        Ok::<_, Fault>((bench, programs))
    };
    let (path, others) = arguments.traces.split_first().expect("the command line demands a trace");
    let (trace, (bench, programs)) = match Harness::built(layout) {
        Some(harness) => {
            while_building(|| Workbench::with_harness(layout, harness, whose).and_then(build), || read(path))?
        }
        // A broken trace is told before the course's own crates are built, which takes a minute.
        None => (read(path)?, build(Workbench::ready(layout, whose, &progress)?)?),
    };
    let replay = |path: &Path, trace: &PageTrace| {
        let subjects = subjects(arguments, trace);
        Replay::of(&path.display().to_string(), trace, &subjects, &programs, &bench, &progress)
    };
    let mut replays = vec![replay(path, &trace)?];
    drop(trace);
    for path in others {
        replays.push(replay(path, &read(path)?)?);
    }
    progress.done();
    tell(arguments, &replays)?;
    let is_whole = |replay: &Replay| replay.results.iter().all(|row| row.costs.is_ok());
    Ok(Ending::passed_if(replays.iter().all(is_whole)))
}

/// What `read` reads, and what `build` builds meanwhile; if both fail, what was read is told.
fn while_building<B: Send>(
    build: impl FnOnce() -> Result<B, Fault> + Send,
    read: impl FnOnce() -> Result<PageTrace, TraceFault>,
) -> Result<(PageTrace, B)> {
    std::thread::scope(|scope| {
        let building = scope.spawn(build);
        let trace = read()?;
        let built = building.join().map_err(|_| Fault::Stopped("the submission".to_owned()))??;
        Ok((trace, built))
    })
}

fn refuse_unclear_output(arguments: &ReplayArguments) -> Result<()> {
    if arguments.plot.is_some() && arguments.traces.len() > 1 {
        return Err(miette!(help = "replay one trace at a time with --plot", "a plot shows one trace"));
    }
    if arguments.plot.is_some() && !replays_policies(arguments) {
        return Err(miette!(
            help = "add --frames or --policies",
            "a plot shows policies, and --tlb asks for none"
        ));
    }
    Ok(())
}

/// A TLB alone is replayed where nothing else is asked for.
fn replays_policies(arguments: &ReplayArguments) -> bool {
    arguments.tlb.is_empty() || !arguments.frames.is_empty() || !arguments.policies.is_empty()
}

fn needed_labs(arguments: &ReplayArguments) -> impl Iterator<Item = &'static str> {
    let policies = replays_policies(arguments).then_some(replay::POLICIES);
    let tlb = (!arguments.tlb.is_empty()).then_some(replay::TLB);
    policies.into_iter().chain(tlb)
}

fn subjects(arguments: &ReplayArguments, trace: &PageTrace) -> Vec<Subject> {
    let mut subjects = Vec::new();
    if replays_policies(arguments) {
        let policies: &[PolicyName] =
            if arguments.policies.is_empty() { &PolicyName::ALL } else { &arguments.policies };
        let frames = if arguments.frames.is_empty() { frames_for(trace) } else { arguments.frames.clone() };
        for &policy in policies {
            subjects.extend(frames.iter().map(|&frames| Subject::Policy { policy, frames }));
        }
    }
    subjects.extend(arguments.tlb.iter().copied().map(|shape: TlbShape| Subject::Tlb(shape)));
    subjects
}

/// Powers of two up to the first that holds every page.
fn frames_for(trace: &PageTrace) -> Vec<u32> {
    let pages = u32::try_from(trace.pages().len()).unwrap_or(u32::MAX);
    let last = pages.checked_next_power_of_two().unwrap_or(1 << 31).max(FRAMES_LEAST);
    let doubled = |&frames: &u32| (frames < last).then(|| frames * 2);
    std::iter::successors(Some(FRAMES_LEAST), doubled).collect()
}

fn tell(arguments: &ReplayArguments, replays: &[Replay]) -> Result<()> {
    let look = if arguments.output.is_some() { Look::PLAIN } else { Look::of_stdout() };
    let text = match arguments.format {
        ReplayFormat::Json => json(replays)?,
        ReplayFormat::Table => {
            let one = |replay: &Replay| replay::table(replay, &look) + &replay::chart(replay, &look);
            replays.iter().map(one).collect::<Vec<_>>().join("\n")
        }
    };
    if let (Some(path), [replay]) = (&arguments.plot, replays) {
        plot(path, replay)?;
    }
    match &arguments.output {
        None => print::out(&text),
        Some(path) => print::to_file(path, &text),
    }
}

fn plot(path: &Path, replay: &Replay) -> Result<()> {
    match replay::plot(replay) {
        Some(plot) => print::to_file(path, &plot.svg()),
        None => Err(miette!("there is nothing to plot: no policy came to a count")),
    }
}

/// One trace is an object, several are an array of them.
fn json(replays: &[Replay]) -> Result<String> {
    let text = match replays {
        [replay] => serde_json::to_string_pretty(replay),
        several => serde_json::to_string_pretty(several),
    };
    Ok(text.into_diagnostic()? + "\n")
}

/// A policy as it is named on the command line.
pub fn policy(name: &str) -> Result<PolicyName, String> {
    let known = || PolicyName::ALL.map(PolicyName::argument).join(", ");
    let found = PolicyName::ALL.into_iter().find(|policy| policy.argument() == name);
    found.ok_or_else(|| format!("expected one of {}", known()))
}
