//! Plays the scenarios of a lab and compares the traces with their keys.
//!
//! One process plays many scenarios, because most of the time of a short process is its start. It is believed when every
//! trace of it is as its key says. Otherwise nothing of it counts or is shown: each criterion's scenarios get a process, and
//! where that is not believed either each scenario gets its own, so that a panic or a loop costs one.
//!
//! ```text
//! the lab's ──> a criterion's ──> one
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
    /// The process came to its end, or to a panic, and something was not as it should be.
    Differed,
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
        self.in_few_processes(probe, &all)
    }

    /// Plays scenarios in as few processes as can be believed.
    fn in_few_processes(&self, probe: &Path, plays: &[Play<'_>]) -> Result<Vec<CaseResult>, Fault> {
        if plays.len() < 2 {
            return plays.iter().map(|play| self.alone(probe, play)).collect();
        }
        let parts: Vec<&[Play<'_>]> = match self.in_one_process(probe, plays)? {
            Shared::Passed => {
                return Ok(plays.iter().map(|play| self.result(play, Shown::passed())).collect());
            }
            Shared::Differed => {
                let of_criteria: Vec<_> =
                    plays.chunk_by(|one, next| one.item.criterion == next.item.criterion).collect();
                if of_criteria.len() > 1 { of_criteria } else { plays.chunks(1).collect() }
            }
            Shared::CutShort => plays.chunks(1).collect(),
        };
        Ok(in_parallel(&parts, |part| self.in_few_processes(probe, part))?.concat())
    }

    /// Plays scenarios in one process. Where something already timed out that is not even tried.
    fn in_one_process(&self, probe: &Path, plays: &[Play<'_>]) -> Result<Shared, Fault> {
        let grant =
            self.budget.grant().filter(|_| !self.budget.has_timeouts() && !self.progress.is_outdated());
        let Some(grant) = grant else {
            return Ok(Shared::CutShort);
        };
        let yaml: Vec<&str> = plays.iter().map(|play| play.yaml).collect();
        let yaml = yaml.join(BETWEEN_SCENARIOS);
        let outcome = self.run(probe, &[SEVERAL], &yaml, grant.of_at_most(TOGETHER))?;
        let traces = Trace::each_of_output(&outcome.stdout);
        Ok(match outcome.ending {
            Ending::Exited(0) if traces.iter().eq(plays.iter().map(|play| play.key)) => Shared::Passed,
            Ending::Exited(_) => Shared::Differed,
            Ending::Signalled(_) | Ending::TimedOut | Ending::Flooded => Shared::CutShort,
        })
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
