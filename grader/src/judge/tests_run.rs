//! Runs the tests of a lab: all in one process, and one process each when that does not pass as a whole.

use std::path::Path;

use crate::exam::{Item, Task};
use crate::fault::Fault;
use crate::process::{Ending, Outcome};
use crate::verdict::{CaseResult, Verdict};

use super::budget::Grant;
use super::ending::Panic;
use super::{Judge, Shown, in_parallel, libtest};

impl Judge<'_> {
    /// Runs the lab's tests with the test binary `cases`.
    pub(super) fn tests(&self, cases: &Path) -> Result<Vec<CaseResult>, Fault> {
        let is_test = |item: &&Item| matches!(item.task, Task::Test);
        let items: Vec<&Item> = self.exam.items.iter().filter(is_test).collect();
        if items.is_empty() {
            return Ok(Vec::new());
        }
        if self.all_pass(cases)? {
            let passed =
                |item: &&Item| Shown::new(Verdict::Passed, "", std::time::Duration::ZERO).into_result(item);
            let results = items.iter().map(passed);
            return Ok(results.inspect(|result| self.tell(result)).collect());
        }
        self.check_list(cases)?;
        in_parallel(&items, |item| {
            let result = self.test(cases, &item.name)?.into_result(item);
            self.tell(&result);
            Ok(result)
        })
    }

    /// Whether all tests pass in one process. Where something already timed out that is not even tried.
    fn all_pass(&self, cases: &Path) -> Result<bool, Fault> {
        let grant = self.budget.grant().filter(|_| !self.budget.has_timeouts());
        let Some(grant) = grant else {
            return Ok(false);
        };
        let outcome = self.run(cases, &libtest::WHOLE, "", grant)?;
        Ok(has_passed(&outcome, &self.exam.tests))
    }

    /// Makes sure that the binary has the tests of the lab's list: a name that is missing would pass as "0 tests".
    fn check_list(&self, cases: &Path) -> Result<(), Fault> {
        let Some(grant) = self.budget.grant() else {
            return Ok(());
        };
        let outcome = self.run(cases, &libtest::LIST, "", grant)?;
        let listed = libtest::listed(&outcome.stdout);
        if outcome.ending != Ending::Exited(0) || listed == self.exam.tests {
            return Ok(());
        }
        let lab = &self.exam.lab.lab;
        let layout = self.bench.layout;
        let path = layout.cases_manifest(lab);
        Err(Fault::Manifest { lab: lab.clone(), path: layout.relative(&path).to_path_buf() })
    }

    fn test(&self, cases: &Path, name: &str) -> Result<Shown, Fault> {
        let Some(grant) = self.budget.grant() else {
            return Ok(Shown::not_run(&self.budget.exhausted()));
        };
        let outcome = self.run(cases, &["--exact", name, "--test-threads=1"], "", grant)?;
        Ok(self.read(&outcome, name, grant))
    }

    fn read(&self, outcome: &Outcome, name: &str, grant: Grant) -> Shown {
        if has_passed(outcome, &[name.to_owned()]) {
            return Shown::new(Verdict::Passed, "", outcome.duration);
        }
        if outcome.ending == Ending::Exited(libtest::FAILED) {
            let printed = String::from_utf8_lossy(&outcome.stdout);
            let (verdict, words) = match Panic::find(&printed) {
                Some(panic) => panic.verdict(),
                None => (Verdict::Wrong, libtest::words_of(&printed, name)),
            };
            return Shown::new(verdict, &words, outcome.duration);
        }
        self.abnormal(outcome, grant, "")
    }
}

fn has_passed(outcome: &Outcome, names: &[String]) -> bool {
    outcome.ending == Ending::Exited(0) && libtest::says_all_passed(&outcome.stdout, names)
}
