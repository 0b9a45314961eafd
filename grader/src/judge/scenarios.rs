//! Plays the scenarios of a lab, one process each, and compares the traces with their keys.

use std::path::Path;

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

impl<'a> Judge<'a> {
    /// Plays all scenarios on `probe`; `keys` are the hidden ones' keys in their order.
    pub(super) fn scenarios(&self, probe: &Path, keys: &[Trace]) -> Result<Vec<CaseResult>, Fault> {
        let mut hidden_keys = keys.iter();
        let mut with_key = |item: &'a Item| {
            let Item { task, .. } = item;
            match task {
                Task::Test => None,
                Task::Visible { yaml, key } => Some((item, yaml, key)),
                Task::Hidden { yaml } => Some((item, yaml, hidden_keys.next()?)),
            }
        };
        let items = self.exam.items.iter();
        let scenarios: Vec<(&Item, &String, &Trace)> = items.filter_map(&mut with_key).collect();
        in_parallel(&scenarios, |(item, yaml, key)| {
            let result = self.play(probe, yaml, key)?.into_result(item);
            self.tell(&result);
            Ok(result)
        })
    }

    fn play(&self, probe: &Path, yaml: &str, key: &Trace) -> Result<Shown, Fault> {
        let grant = match self.grant() {
            Ok(grant) => grant,
            Err(reason) => return Ok(Shown::not_run(&reason)),
        };
        let outcome = self.run(probe, &[], yaml, grant)?;
        Ok(self.compare(&outcome, key, grant))
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
            None => Shown::new(Verdict::Passed, "", outcome.duration),
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
