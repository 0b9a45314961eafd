//! Plays the scenarios of a lab and compares the traces with their keys.
//!
//! One process plays many scenarios, because most of the time of a short process is its start. It is believed when every
//! trace of it is as its key says, and when it says that a scenario came to a `todo!()` with nothing wrong before. Nothing else
//! of it counts or is shown, it only says how to go on: the scenarios whose traces looked right get a process together,
//! which has to be right again, and each other one gets its own. So a panic or a loop costs one.
//!
//! ```text
//! all of the lab ──┬──> not started: believed
//!                  ├──> those that looked right ──> (not right again: each alone)
//!                  └──> each other one alone
//! ```

use std::time::Duration;

use testbench::probe::{BETWEEN_SCENARIOS, SEVERAL};

use crate::compile::Runnable;
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
    /// The process came to its end, and something was not as it should be: what each trace looked like.
    Differed(Vec<Look>),
    /// It was stopped, or not even begun.
    CutShort,
}

/// What a trace of a shared process looked like.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Look {
    /// As its key.
    Right,
    /// As its key up to a `todo!()`, which says this.
    NotStarted(String),
    /// In any other way.
    Other,
}

impl Look {
    fn of(trace: &Trace, key: &Trace) -> Self {
        if trace == key {
            return Self::Right;
        }
        let broken = trace.before_panic().filter(|(before, _)| before.difference(key, true).is_none());
        let todo = broken.and_then(|(_, words)| ending::todo_words(words).map(str::to_owned));
        todo.map_or(Self::Other, Self::NotStarted)
    }
}

/// A scenario to play.
struct Play<'a> {
    item: &'a Item,
    yaml: &'a str,
    key: &'a Trace,
}

impl<'a> Judge<'a> {
    /// Plays all scenarios on `probe`; `keys` are the hidden ones' keys in their order.
    pub(super) fn scenarios(&self, probe: &Runnable, keys: &'a [Trace]) -> Result<Vec<CaseResult>, Fault> {
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
        let looks = match self.in_one_process(probe, &all)? {
            Shared::Passed => return Ok(self.passed(&all)),
            Shared::CutShort => vec![Look::Other; all.len()],
            Shared::Differed(looks) => looks,
        };
        let of_look = |wanted: Look| {
            let each = all.iter().zip(&looks);
            each.filter(move |(_, look)| **look == wanted).map(|(play, _)| *play)
        };
        let together: Vec<&Play<'_>> = of_look(Look::Right).collect();
        let each_alone = of_look(Look::Other).map(|play| vec![play]);
        let groups: Vec<_> = std::iter::once(together).chain(each_alone).collect();
        let mut results = in_parallel(&groups, |group| self.once_more(probe, group))?.into_iter();
        let mut together = results.next().unwrap_or_default().into_iter();
        let mut alone = results.flatten();
        // Both have the course's order, so taking from each in turn restores it.
        let next = |(play, look): (&&Play<'_>, &Look)| match look {
            Look::Right => together.next(),
            Look::NotStarted(words) => {
                Some(self.result(play, Shown::new(Verdict::NotStarted, words, Duration::ZERO)))
            }
            Look::Other => alone.next(),
        };
        Ok(all.iter().zip(&looks).filter_map(next).collect())
    }

    /// Plays scenarios in one process if they pass there, else each in its own.
    fn once_more(&self, probe: &Runnable, plays: &[&Play<'_>]) -> Result<Vec<CaseResult>, Fault> {
        if plays.len() > 1 && matches!(self.in_one_process(probe, plays)?, Shared::Passed) {
            return Ok(self.passed(plays));
        }
        in_parallel(plays, |play| self.alone(probe, play))
    }

    /// Plays scenarios in one process. Where something already timed out that is not even tried.
    fn in_one_process(&self, probe: &Runnable, plays: &[&Play<'_>]) -> Result<Shared, Fault> {
        let grant =
            self.budget.grant().filter(|_| !self.budget.has_timeouts() && !self.progress.is_outdated());
        let Some(grant) = grant else {
            return Ok(Shared::CutShort);
        };
        let yaml: Vec<&str> = plays.iter().map(|play| play.yaml).collect();
        let yaml = yaml.join(BETWEEN_SCENARIOS);
        let outcome = self.run(probe, &[SEVERAL], &yaml, grant.of_at_most(TOGETHER))?;
        let traces = Trace::each_of_output(&outcome.stdout);
        let looks: Vec<Look> =
            traces.iter().zip(plays).map(|(trace, play)| Look::of(trace, play.key)).collect();
        Ok(match outcome.ending {
            // It was stopped, or it printed what no probe prints.
            ending if ending != Ending::Exited(0) || traces.len() != plays.len() => Shared::CutShort,
            _ if looks.iter().all(|look| *look == Look::Right) => Shared::Passed,
            _ => Shared::Differed(looks),
        })
    }

    fn passed(&self, plays: &[&Play<'_>]) -> Vec<CaseResult> {
        plays.iter().map(|play| self.result(play, Shown::passed())).collect()
    }

    fn alone(&self, probe: &Runnable, play: &Play<'_>) -> Result<CaseResult, Fault> {
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
