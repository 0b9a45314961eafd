//! Plays the scenarios of a lab, one process each, and compares the traces with their keys.

use std::path::Path;

use crate::exam::{Item, Task};
use crate::fault::Fault;
use crate::process::{Ending, Outcome};
use crate::text;
use crate::verdict::{CaseResult, Verdict};
use crate::workbench::in_parallel;

use super::budget::Grant;
use super::ending::Panic;
use super::trace::Trace;
use super::{Judge, Shown};

/// Exit code of a program that panicked.
pub(super) const PANICKED: i32 = 101;

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
        let _turn = self.turn();
        in_parallel(&scenarios, |(item, yaml, key)| {
            let result = self.play(probe, yaml, key)?.into_result(item);
            self.tell(&result);
            Ok(result)
        })
    }

    fn play(&self, probe: &Path, yaml: &str, key: &Trace) -> Result<Shown, Fault> {
        let grant = match self.grant() {
            Ok(grant) => grant,
            Err(not_run) => return Ok(*not_run),
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
        if ended_normally {
            return Shown::new(Verdict::Passed, "", outcome.duration);
        }
        if outcome.ending == Ending::Exited(PANICKED)
            && let Some(panic) = Panic::find(&outcome.stderr_text())
        {
            let (verdict, words) = panic.verdict();
            return Shown::new(verdict, &words, outcome.duration);
        }
        self.abnormal(outcome, grant, &doing(&trace))
    }
}

/// What was going on when a run was cut short.
pub(super) fn doing(trace: &Trace) -> String {
    match trace.last_step() {
        Some(step) => format!(" while {} was running", text::clean_line(step, 200)),
        None => " before the first step".to_owned(),
    }
}
