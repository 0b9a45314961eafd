//! Runs the tests of a lab: all in one process if they pass, and else as few as can be believed.
//!
//! A process that runs a student's code is believed when it says that a test failed, never when it says so of a pass,
//! unless its whole output is that of a full pass. So after a first run of everything
//!
//! - what reached a `todo!()` is not started, as the run said;
//! - what passed by its own words runs once more, together: that run must be a full pass;
//! - everything else gets a process of its own, so that a hang or an abort costs one test.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::compile::Runnable;
use crate::exam::{Item, Task};
use crate::fault::Fault;
use crate::process::{Ending, Outcome};
use crate::verdict::{CaseResult, Verdict};
use crate::workbench::in_parallel;

use super::budget::Grant;
use super::ending::{self, Panic};
use super::libtest::{self, Claim};
use super::{Judge, Shown};

/// What is known of tests before any of them got a process of its own.
#[derive(Default)]
struct Known(BTreeMap<String, (Verdict, String)>);

impl Judge<'_> {
    /// Runs the lab's tests with the test binary `cases`.
    pub(super) fn tests(&self, cases: &Runnable) -> Result<Vec<CaseResult>, Fault> {
        let is_test = |item: &&Item| matches!(item.task, Task::Test);
        let items: Vec<&Item> = self.exam.items.iter().filter(is_test).collect();
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.known(cases)?;
        in_parallel(&items, |item| {
            let shown = match known.0.get(&item.name) {
                Some((verdict, words)) => Shown::new(*verdict, words, Duration::ZERO),
                None => self.test(cases, &item.name)?,
            };
            let result = shown.into_result(item);
            self.tell(&result);
            Ok(result)
        })
    }

    /// Runs all tests in one process. Where something already timed out that is not even tried.
    fn known(&self, cases: &Runnable) -> Result<Known, Fault> {
        let mut known = Known::default();
        let grant = self.budget.grant().filter(|_| !self.budget.has_timeouts());
        let Some(grant) = grant else {
            self.check_list(cases)?;
            return Ok(known);
        };
        let outcome = self.run(cases, &libtest::WHOLE, "", grant)?;
        if has_passed(&outcome, &self.exam.tests) {
            known.passed(&self.exam.tests);
            return Ok(known);
        }
        self.check_list(cases)?;
        self.weigh(cases, libtest::claims(&outcome.stdout), &mut known)?;
        Ok(known)
    }

    /// Takes from a run that failed what can be believed, and tries what cannot.
    fn weigh(
        &self,
        cases: &Runnable,
        claims: BTreeMap<String, Claim>,
        known: &mut Known,
    ) -> Result<(), Fault> {
        let mut passing = Vec::new();
        for (name, claim) in claims {
            match claim {
                Claim::Passed if self.exam.tests.contains(&name) => passing.push(name),
                Claim::NotStarted(words) => {
                    known.0.insert(name, (Verdict::NotStarted, words));
                }
                _ => {}
            }
        }
        let (false, Some(grant)) = (passing.is_empty(), self.budget.grant()) else {
            return Ok(());
        };
        let mut arguments = vec!["--exact", "--test-threads=1"];
        arguments.extend(passing.iter().map(String::as_str));
        let outcome = self.run(cases, &arguments, "", grant)?;
        if has_passed(&outcome, &passing) {
            known.passed(&passing);
        }
        Ok(())
    }

    /// Makes sure that the binary has the tests of the lab's list: a name that is missing would pass as "0 tests".
    fn check_list(&self, cases: &Runnable) -> Result<(), Fault> {
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

    fn test(&self, cases: &Runnable, name: &str) -> Result<Shown, Fault> {
        let grant = match self.grant() {
            Ok(grant) => grant,
            Err(reason) => return Ok(Shown::not_run(&reason)),
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
        self.cut_short(ending::abnormal(outcome, &grant.limits, ""), outcome, grant)
    }
}

impl Known {
    fn passed(&mut self, names: &[String]) {
        let passed = |name: &String| (name.clone(), (Verdict::Passed, String::new()));
        self.0.extend(names.iter().map(passed));
    }
}

fn has_passed(outcome: &Outcome, names: &[String]) -> bool {
    outcome.ending == Ending::Exited(0) && libtest::says_all_passed(&outcome.stdout, names)
}
