//! Plays the scenarios of a lab and compares the traces with their keys.
//!
//! One process plays many scenarios, because most of the time of a short process is its start. It is believed when every
//! trace of it is as its key says. Otherwise nothing of it counts or is shown, and it only says how to go on: the scenarios
//! whose traces looked right get a process together, which has to be right again, and each other one gets its own. So a panic
//! or a loop costs one.
//!
//! ```text
//! all of the lab ──┬──> those that looked right ──> (not right again: each alone)
//!                  └──> each other one alone
//! ```

use std::path::Path;
use std::time::Duration;

use testbench::probe::{BETWEEN_SCENARIOS, SEVERAL};

use crate::exam::{Item, Task};
use crate::fault::Fault;
use crate::process::{Ending, Outcome};
use crate::text;
use crate::verdict::{CaseResult, Verdict};
use crate::workbench::in_parallel;

use super::budget::Grant;
use super::ending;
use super::trace::Trace;
use super::{Judge, Shown};

/// CPU time of a process with many scenarios: so much later is a student told of a loop. A course's scenarios take a tenth of
/// it together.
const TOGETHER: Duration = Duration::from_millis(500);

/// What became of a process with many scenarios.
enum Shared {
    /// All of them passed.
    Passed,
    /// The process came to its end, and something was not as it should be: which of the traces were their keys.
    Differed(Vec<bool>),
    /// It was stopped, or not even begun.
    CutShort,
}

/// A scenario to play.
struct Play<'a> {
    item: &'a Item,
    yaml: &'a str,
    key: &'a Trace,
}

impl<'a> Judge<'a> {
    /// Plays all scenarios on `probe`; `keys` are the hidden ones' keys in their order.
    pub(super) fn scenarios(&self, probe: &Path, keys: &'a [Trace]) -> Result<Vec<CaseResult>, Fault> {
        let mut hidden_keys = keys.iter();
        let with_key = |item: &'a Item| match &item.task {
            Task::Test => None,
            Task::Visible { yaml, key } => Some(Play { item, yaml, key }),
            Task::Hidden { yaml } => Some(Play { item, yaml, key: hidden_keys.next()? }),
        };
        let all: Vec<Play<'_>> = self.exam.items.iter().filter_map(with_key).collect();
        let all: Vec<&Play<'_>> = all.iter().collect();
        if all.len() < 2 {
            return self.once_more(probe, &all);
        }
        let looked_right = match self.in_one_process(probe, &all)? {
            Shared::Passed => return Ok(self.passed(&all)),
            Shared::CutShort => vec![false; all.len()],
            Shared::Differed(looked_right) => looked_right,
        };
        let of_look = |look| {
            let each = all.iter().zip(&looked_right);
            each.filter(move |(_, looked_right)| **looked_right == look).map(|(play, _)| *play)
        };
        let together: Vec<&Play<'_>> = of_look(true).collect();
        let groups: Vec<_> = std::iter::once(together).chain(of_look(false).map(|play| vec![play])).collect();
        let mut results = in_parallel(&groups, |group| self.once_more(probe, group))?.into_iter();
        let mut together = results.next().unwrap_or_default().into_iter();
        let mut alone = results.flatten();
        // Both have the course's order, so taking from each in turn restores it.
        let next = |looked_right: &bool| if *looked_right { together.next() } else { alone.next() };
        Ok(looked_right.iter().filter_map(next).collect())
    }

    /// Plays scenarios in one process if they pass there, else each in its own.
    fn once_more(&self, probe: &Path, plays: &[&Play<'_>]) -> Result<Vec<CaseResult>, Fault> {
        if plays.len() > 1 && matches!(self.in_one_process(probe, plays)?, Shared::Passed) {
            return Ok(self.passed(plays));
        }
        in_parallel(plays, |play| self.alone(probe, play))
    }

    /// Plays scenarios in one process. Where something already timed out that is not even tried.
    fn in_one_process(&self, probe: &Path, plays: &[&Play<'_>]) -> Result<Shared, Fault> {
        let grant =
            self.budget.grant().filter(|_| !self.budget.has_timeouts() && !self.progress.is_outdated());
        let Some(grant) = grant else {
            return Ok(Shared::CutShort);
        };
        let yaml: Vec<&str> = plays.iter().map(|play| play.yaml).collect();
        let yaml = yaml.join(BETWEEN_SCENARIOS);
        let outcome = self.run(probe, &[SEVERAL], &yaml, grant.of_at_most(TOGETHER))?;
        let traces = Trace::each_of_output(&outcome.stdout);
        let looked_right: Vec<bool> =
            traces.iter().zip(plays).map(|(trace, play)| trace == play.key).collect();
        Ok(match outcome.ending {
            // It was stopped, or it printed what no probe prints.
            ending if ending != Ending::Exited(0) || traces.len() != plays.len() => Shared::CutShort,
            _ if looked_right.iter().all(|right| *right) => Shared::Passed,
            _ => Shared::Differed(looked_right),
        })
    }

    fn passed(&self, plays: &[&Play<'_>]) -> Vec<CaseResult> {
        plays.iter().map(|play| self.result(play, Shown::passed())).collect()
    }

    fn alone(&self, probe: &Path, play: &Play<'_>) -> Result<CaseResult, Fault> {
        let shown = match self.grant() {
            Ok(grant) => self.compare(&self.run(probe, &[], play.yaml, grant)?, play.key, grant),
            Err(reason) => Shown::not_run(&reason),
        };
        Ok(self.result(play, shown))
    }

    fn result(&self, play: &Play<'_>, shown: Shown) -> CaseResult {
        let result = shown.into_result(play.item);
        self.tell(&result);
        result
    }

    /// A difference counts before how the process ended: what came first is what to mend first.
    fn compare(&self, outcome: &Outcome, key: &Trace, grant: Grant) -> Shown {
        let trace = Trace::of_output(&outcome.stdout);
        let ended_normally = outcome.ending == Ending::Exited(0);
        if let Some(difference) = trace.difference(key, !ended_normally) {
            let step = difference.steps.last().map_or("before the first step", String::as_str);
            let mut shown = Shown::new(Verdict::Wrong, &format!("differs in {step}"), outcome.duration);
            shown.difference = Some(difference);
            return shown;
        }
        match ending::of_program(outcome, &grant.limits, &doing(&trace)) {
            None => Shown { duration: outcome.duration, ..Shown::passed() },
            Some(ended) => self.cut_short(ended, outcome, grant),
        }
    }
}

/// What was going on when a run was cut short.
pub(super) fn doing(trace: &Trace) -> String {
    match trace.last_step() {
        Some(step) => format!(" while {} was running", text::clean_line(step, 200)),
        None => " before the first step".to_owned(),
    }
}
