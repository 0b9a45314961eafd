//! Judges one lab of a submission: compiles it, plays its scenarios, runs its tests.
//!
//! What runs a student's code never judges it: a probe prints a trace, the grader compares it ([`trace`]); a test binary
//! is believed only when it printed exactly what it prints when everything passes ([`libtest`]).
//!
//! ```text
//! library ──┬── probe ──> scenarios, many in a process or one each ──> tests, whole or one process each
//!           └── cases ───────────────────────────────────┘
//! ```

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use crate::compile::{self, Library, Program, Refusal, Runnable};
use crate::exam::{Exam, Item, Task};
use crate::fault::Fault;
use crate::process::Outcome;
use crate::progress::Progress;
use crate::verdict::{CaseResult, Difference, Kind, LabReport, LabVerdict, Verdict};
use crate::workbench::Workbench;

use budget::{Budget, Grant};
use trace::Trace;

mod budget;
pub(crate) mod ending;
pub mod libtest;
pub mod playback;
pub mod reference;
mod scenarios;
mod tests_run;
pub mod trace;

/// What was found out about one lab.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// Whether the lab's file compiles, and fits what judges it.
    pub compiles: bool,
    /// What the compiler said, or what the file lacks; empty when there is nothing to say.
    pub diagnostics: String,
    /// Every judged item, in the course's order.
    pub items: Vec<CaseResult>,
    /// How long the compiler took for the lab's file.
    #[serde(skip)]
    pub compile_time: Duration,
    /// Whether the compiler was stopped before it was done.
    #[serde(skip)]
    pub was_stopped: bool,
}

impl Judgement {
    /// Whether another run would find the same: what depends on time may turn out better on a quieter machine.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        let fleeting = |item: &CaseResult| match item.verdict {
            Verdict::TimedOut | Verdict::NotRun => true,
            // A process killed from outside may have met the machine's limit, not its own.
            Verdict::Crashed => item.message.contains("signal 9"),
            _ => false,
        };
        !self.was_stopped && !self.items.iter().any(fleeting)
    }

    /// What was judged, of a report that was made of it.
    #[must_use]
    pub fn of_report(report: LabReport) -> Self {
        Self {
            compiles: report.verdict != LabVerdict::DoesNotCompile,
            diagnostics: report.diagnostics,
            items: report.cases,
            compile_time: Duration::ZERO,
            was_stopped: false,
        }
    }

    fn refused(refusal: Refusal, compile_time: Duration) -> Self {
        let Refusal { words: diagnostics, was_stopped } = refusal;
        Self { compiles: false, diagnostics, items: Vec::new(), compile_time, was_stopped }
    }
}

/// What one process of a submission showed.
#[derive(Debug)]
struct Shown {
    verdict: Verdict,
    message: String,
    difference: Option<Difference>,
    duration: Duration,
}

impl Shown {
    fn new(verdict: Verdict, message: &str, duration: Duration) -> Self {
        Self { verdict, message: ending::message(message), difference: None, duration }
    }

    /// All is as it should be; it shared its process with others.
    fn passed() -> Self {
        Self::new(Verdict::Passed, "", Duration::ZERO)
    }

    fn not_run(reason: &str) -> Self {
        Self::new(Verdict::NotRun, reason, Duration::ZERO)
    }

    /// As a result; of a hidden item only the verdict leaves.
    fn into_result(self, item: &Item) -> CaseResult {
        let kind = item.kind();
        let hush = kind == Kind::Hidden && self.verdict != Verdict::NotRun;
        let message = match self.verdict {
            Verdict::Passed => String::new(),
            _ if hush => "a hidden scenario".to_owned(),
            _ => self.message,
        };
        CaseResult {
            name: item.name.clone(),
            kind,
            criterion: item.criterion.clone(),
            verdict: self.verdict,
            // A time says something of the input as well: a submission may wait for as long as a number is large.
            duration_ms: if hush { 0 } else { u64::try_from(self.duration.as_millis()).unwrap_or(u64::MAX) },
            message,
            difference: self.difference.filter(|_| !hush),
        }
    }
}

/// One lab of one submission, being judged.
struct Judge<'a> {
    bench: &'a Workbench<'a>,
    exam: &'a Exam<'a>,
    progress: &'a dyn Progress,
    budget: Budget,
    /// An empty folder that the submission's processes start in.
    folder: TempDir,
}

/// Judges the file `source` by `exam`; `keys` are the reference's traces of the hidden items, in their order.
///
/// # Errors
/// When the course or the machine is at fault.
pub fn judge(
    bench: &Workbench<'_>,
    exam: &Exam<'_>,
    keys: &[Trace],
    source: &[u8],
    progress: &dyn Progress,
) -> Result<Judgement, Fault> {
    let lab = &exam.lab.lab;
    progress.say(&format!("compiling {lab}"));
    let library = match compile::library(bench, exam.lab, source)? {
        Ok(library) => library,
        Err(refusal) => return Ok(Judgement::refused(refusal, Duration::ZERO)),
    };
    progress.compiled(lab);
    let judge = Judge {
        bench,
        exam,
        progress,
        budget: Budget::new(exam.lab.limits),
        folder: bench.folder(&format!("{lab}-run"))?,
    };
    judge.both_halves(&library, keys)
}

impl Judge<'_> {
    /// Scenarios first, because they are linked sooner and tell more; the tests are linked meanwhile.
    fn both_halves(&self, library: &Library, keys: &[Trace]) -> Result<Judgement, Fault> {
        let link = |program| compile::link(self.bench, self.exam.lab, library, program);
        let lab = &self.exam.lab.lab;
        thread::scope(|scope| {
            let cases = scope.spawn(|| link(Program::Cases));
            let probe = link(Program::Probe)?;
            self.progress.say(&format!("judging {lab}"));
            let scenarios = match &probe {
                Ok(probe) => self.scenarios(probe, keys)?,
                Err(refusal) => self.none_run(&refusal.words, |item| item.scenario().is_some()),
            };
            let cases = cases.join().map_err(|_| Fault::Stopped(lab.clone()))??;
            let tests = match &cases {
                Ok(cases) => self.tests(cases)?,
                Err(refusal) => self.none_run(&refusal.words, |item| item.scenario().is_none()),
            };
            Ok(self.together(library, [&probe, &cases], scenarios, tests))
        })
    }

    fn together(
        &self,
        library: &Library,
        linked: [&Result<Runnable, Refusal>; 2],
        scenarios: Vec<CaseResult>,
        tests: Vec<CaseResult>,
    ) -> Judgement {
        let refusals: Vec<&Refusal> = linked.iter().filter_map(|each| each.as_ref().err()).collect();
        let words: Vec<&str> = refusals.iter().map(|refusal| refusal.words.as_str()).collect();
        let diagnostics = told_once(&words);
        let was_stopped = refusals.iter().any(|refusal| refusal.was_stopped);
        if refusals.len() == linked.len() {
            return Judgement::refused(Refusal { words: diagnostics, was_stopped }, library.duration);
        }
        let mut scenarios = scenarios.into_iter();
        let mut tests = tests.into_iter();
        // Both lists keep the course's order, so taking from each in turn restores it.
        let next = |item: &Item| match item.task {
            Task::Test => tests.next(),
            _ => scenarios.next(),
        };
        Judgement {
            compiles: true,
            diagnostics,
            items: self.exam.items.iter().filter_map(next).collect(),
            compile_time: library.duration,
            was_stopped,
        }
    }

    /// None of the chosen items ran, for the same reason.
    fn none_run(&self, reason: &str, chosen: impl Fn(&Item) -> bool) -> Vec<CaseResult> {
        let items = self.exam.items.iter().filter(|item| chosen(item));
        let results = items.map(|item| Shown::not_run(reason).into_result(item));
        results.inspect(|result| self.tell(result)).collect()
    }

    fn tell(&self, result: &CaseResult) {
        self.progress.judged(&self.exam.lab.lab, result);
    }

    /// Runs a program of the submission with what is left of the lab's time.
    fn run(
        &self,
        program: &Runnable,
        arguments: &[&str],
        input: &str,
        grant: Grant,
    ) -> Result<Outcome, Fault> {
        let job = program.job(arguments, self.folder.path(), input.as_bytes(), grant.limits);
        let outcome = self.bench.run(&job)?;
        self.budget.charge(&outcome, &grant.limits);
        Ok(outcome)
    }

    /// What the next process may use, or why it does not run.
    fn grant(&self) -> Result<Grant, String> {
        if self.progress.is_outdated() {
            return Err("nobody waits for it any more".to_owned());
        }
        self.budget.grant().ok_or_else(|| self.budget.exhausted())
    }

    /// What is shown of a process that did not come to its end, which `ended` tells.
    fn cut_short(&self, ended: (Verdict, String), outcome: &Outcome, grant: Grant) -> Shown {
        let (verdict, words) = ended;
        if verdict == Verdict::TimedOut {
            self.budget.count_timeout();
            if grant.is_the_last_of_it {
                return Shown::not_run(&self.budget.exhausted());
            }
        }
        Shown::new(verdict, &words, outcome.duration)
    }
}

/// The words of both halves; a half that says no line which the other does not say is left out.
fn told_once(words: &[&str]) -> String {
    let lines: Vec<BTreeSet<&str>> = words.iter().map(|words| words.lines().collect()).collect();
    let is_told_elsewhere = |index: usize| {
        let says_more = |(other, said): (usize, &BTreeSet<&str>)| {
            let is_first = other < index || *said != lines[index];
            other != index && is_first && lines[index].is_subset(said)
        };
        lines.iter().enumerate().any(says_more)
    };
    let told = words.iter().enumerate().filter(|(index, _)| !is_told_elsewhere(*index));
    told.map(|(_, words)| *words).collect::<Vec<_>>().join("\n")
}

/// What to say of a lab whose time was used up although nothing of it ran too long: then the machine was too busy.
#[must_use]
pub fn want_of_time(lab: &LabReport) -> Option<String> {
    let count = |is: fn(&CaseResult) -> bool| lab.cases.iter().filter(|item| is(item)).count();
    let not_run = count(|item| item.verdict == Verdict::NotRun && item.message.ends_with(budget::USED_UP));
    let too_long = count(|item| item.verdict == Verdict::TimedOut);
    (not_run > 0 && too_long == 0).then(|| {
        let name = &lab.lab;
        format!("the machine was too busy for {name}: {not_run} items did not run, the score is not final; grade again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::the_same(&["no `Entry`", "no `Entry`"], "no `Entry`")]
    #[case::less_and_more(&["no `Table`", "no `Table`\nno `Entry`"], "no `Table`\nno `Entry`")]
    #[case::more_and_less(&["no `Table`\nno `Entry`", "no `Entry`"], "no `Table`\nno `Entry`")]
    #[case::different(&["no `Table`", "no `Entry`"], "no `Table`\nno `Entry`")]
    fn what_both_halves_lack_is_told_once(#[case] words: &[&str], #[case] expected: &str) {
        assert_eq!(told_once(words), expected);
    }

    const NO_TIME: &str = "the lab's 16 s of CPU time were used up by other items";

    #[rstest]
    #[case::busy_machine(&[(Verdict::Passed, ""), (Verdict::NotRun, NO_TIME)], true)]
    #[case::a_loop_used_it_up(&[(Verdict::TimedOut, "not done"), (Verdict::NotRun, NO_TIME)], false)]
    #[case::another_reason(&[(Verdict::Passed, ""), (Verdict::NotRun, "the lab no longer has Entry")], false)]
    #[case::enough_time(&[(Verdict::Passed, ""), (Verdict::Wrong, "differs")], false)]
    fn a_machine_that_was_too_busy_is_told(#[case] items: &[(Verdict, &str)], #[case] told: bool) {
        let item = |&(verdict, message): &(Verdict, &str)| CaseResult {
            name: "a".to_owned(),
            kind: Kind::Case,
            criterion: "c".to_owned(),
            verdict,
            duration_ms: 0,
            message: message.to_owned(),
            difference: None,
        };
        let lab = LabReport {
            lab: "tlb".to_owned(),
            verdict: LabVerdict::Partial,
            score: 0.0,
            max_score: 0.0,
            compile_ms: 0,
            diagnostics: String::new(),
            criteria: Vec::new(),
            cases: items.iter().map(item).collect(),
            diagnosis: Vec::new(),
        };
        assert_eq!(want_of_time(&lab).is_some(), told);
    }
}
