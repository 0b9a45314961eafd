//! Replays memory traces on a submission's replacement policies and on its TLB, and counts misses ([`Replay::of`]).
//!
//! ```text
//! trace ── memory_traces ──> pages and references ──┐
//! submission ── compile, link ──> replay program ───────┴── one process for each policy and number of frames ──> counts
//! ```
//!
//! Nothing here is graded: it answers "what would this program have cost with my policy?". Chapter: `replacement.md`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use memory_traces::PageTrace;
use serde::{Serialize, Serializer};
use testbench::replacement::PolicyName;

use crate::compile::{self, Executable, Program, Runnable};
use crate::course::{Course, Lab};
use crate::fault::Fault;
use crate::intake::{LabFile, Submission};
use crate::judge::ending;
use crate::process::Outcome;
use crate::progress::Progress;
use crate::sandbox::ProcessLimits;
use crate::workbench::{Workbench, in_parallel};

mod chart;
mod plot;
mod subject;
mod table;
mod trace;

pub use chart::chart;
pub use plot::plot;
pub use subject::{Subject, TlbShape};
pub use table::table;
pub use trace::{TraceFault, read};

/// The lab whose policies are replayed.
pub const POLICIES: &str = "replacement";
/// The lab whose TLB is replayed.
pub const TLB: &str = "tlb";

/// What one run may use: a trace of tens of millions of references, and not forever.
const LIMITS: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(30),
    cpu: Duration::from_secs(30),
    memory_bytes: 1 << 30,
    file_bytes: 0,
    output_bytes: 1 << 20,
};

/// What a replay on one subject came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What was replayed on.
    pub subject: Subject,
    /// What it cost, or why that is not known.
    pub costs: Result<Costs, String>,
}

/// What a replay counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// References that found nothing.
    pub misses: u64,
    /// Pages that had to be written to disk; a TLB has none.
    pub write_backs: Option<u64>,
}

/// One trace, replayed on everything that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replay {
    /// The trace as the user named it.
    pub trace: String,
    /// Number of references in it.
    pub references: usize,
    /// Number of different pages.
    pub pages: usize,
    /// What it came to, in the order in which it was asked for.
    pub results: Vec<Row>,
}

/// The programs that replay on one submission.
#[derive(Debug)]
pub struct Programs {
    policies: Option<Built>,
    tlb: Option<Built>,
}

/// A program, or why there is none, in the student's terms.
type Built = Result<Executable, String>;

impl Programs {
    /// Builds those of `labs`, of [`POLICIES`] and [`TLB`], that `submission` is to be replayed on.
    ///
    /// # Errors
    /// When the course or the machine is at fault; that the submission does not compile is told by its replays.
    pub fn build(
        bench: &Workbench<'_>,
        course: &Course,
        submission: &Submission,
        labs: &[&str],
        progress: &dyn Progress,
    ) -> Result<Self, Fault> {
        let build = |name: &str| {
            labs.contains(&name).then(|| {
                progress.say(&format!("compiling {name}"));
                built(bench, course, submission, name)
            })
        };
        Ok(Self { policies: build(POLICIES).transpose()?, tlb: build(TLB).transpose()? })
    }

    fn of(&self, subject: Subject) -> Result<&Runnable, String> {
        let program = match subject {
            Subject::Policy { .. } => &self.policies,
            Subject::Tlb(_) => &self.tlb,
        };
        match program {
            Some(Ok(program)) => Ok(program.runnable()),
            Some(Err(reason)) => Err(reason.clone()),
            None => Err("it was not built".to_owned()),
        }
    }
}

fn built(
    bench: &Workbench<'_>,
    course: &Course,
    submission: &Submission,
    name: &str,
) -> Result<Built, Fault> {
    course.choose(&[name.to_owned()])?;
    let source = match submission.files.get(name) {
        None => return Ok(Err(format!("there is no {name}.rs in {}", submission.name))),
        Some(LabFile::Rejected(reason)) => return Ok(Err(format!("{name}.rs: {reason}"))),
        Some(LabFile::Source(source)) => source,
    };
    let Some(lab) = course.lab(name) else { return Ok(Err(format!("there is no lab {name}"))) };
    // Millions of references deserve an optimised lab, whatever its scenarios need.
    let lab = Lab { budget: true, ..lab.clone() };
    compile::scanned_program(bench, &lab, source, Program::Replay)
}

impl Replay {
    /// Replays `trace`, which the user calls `name`, on all `subjects`, as many at once as there are cores.
    ///
    /// # Errors
    /// When the machine is at fault. What the submission's code does is told in the rows.
    pub fn of(
        name: &str,
        trace: &PageTrace,
        subjects: &[Subject],
        programs: &Programs,
        bench: &Workbench<'_>,
        progress: &dyn Progress,
    ) -> Result<Self, Fault> {
        progress.say(&format!("replaying {name}"));
        let body = trace.to_bytes();
        let folder = bench.folder("replay-run")?;
        let done = AtomicUsize::new(0);
        let results = in_parallel(subjects, |&subject| {
            let costs = match programs.of(subject) {
                Ok(program) => run(bench, program, subject, &body, folder.path())?,
                Err(reason) => Err(reason),
            };
            progress.counted(done.fetch_add(1, Ordering::Relaxed) + 1, subjects.len());
            Ok(Row { subject, costs })
        })?;
        let (references, pages) = (trace.packed().len(), trace.pages().len());
        Ok(Self { trace: name.to_owned(), references, pages, results })
    }
}

fn run(
    bench: &Workbench<'_>,
    program: &Runnable,
    subject: Subject,
    input: &[u8],
    folder: &Path,
) -> Result<Result<Costs, String>, Fault> {
    let arguments = subject.arguments();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = bench.run(&program.job(&arguments, folder, input, LIMITS))?;
    Ok(costs(&outcome))
}

/// What a replay program printed, or why it printed nothing that can be used.
fn costs(outcome: &Outcome) -> Result<Costs, String> {
    if let Some((_, words)) = ending::of_program(outcome, &LIMITS, " while the trace was replayed") {
        return Err(ending::message(&words));
    }
    let printed = String::from_utf8_lossy(&outcome.stdout);
    let count = |name: &str| {
        let mut words = printed.split_whitespace();
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('=')?.parse().ok())
    };
    let misses = count("misses").ok_or("the replay ended without a count")?;
    Ok(Costs { misses, write_backs: count("write_backs") })
}

impl Replay {
    /// The numbers of frames that policies had, each once, rising.
    fn frame_counts(&self) -> Vec<u32> {
        let frames = |row: &Row| match row.subject {
            Subject::Policy { frames, .. } => Some(frames),
            Subject::Tlb(_) => None,
        };
        self.results.iter().filter_map(frames).collect::<BTreeSet<u32>>().into_iter().collect()
    }

    /// The policies that were asked for, in the book's order.
    fn policies(&self) -> Vec<PolicyName> {
        let is_of = |row: &Row, name| matches!(row.subject, Subject::Policy { policy, .. } if policy == name);
        let asked = |policy: &PolicyName| self.results.iter().any(|row| is_of(row, *policy));
        PolicyName::ALL.into_iter().filter(asked).collect()
    }

    /// Misses of a policy, where they are known.
    fn misses(&self, policy: PolicyName, frames: u32) -> Option<u64> {
        let row = self.results.iter().find(|row| row.subject == Subject::Policy { policy, frames })?;
        Some(row.costs.as_ref().ok()?.misses)
    }

    /// Misses for each reference, from 0 to 1.
    fn ratio(&self, misses: u64) -> f64 {
        misses as f64 / self.references as f64
    }
}

impl Serialize for Row {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = serializer.serialize_map(None)?;
        match self.subject {
            Subject::Policy { policy, frames } => {
                map.serialize_entry("policy", policy.argument())?;
                map.serialize_entry("frames", &frames)?;
            }
            Subject::Tlb(TlbShape { sets, ways }) => {
                map.serialize_entry("policy", TLB)?;
                map.serialize_entry("sets", &sets)?;
                map.serialize_entry("ways", &ways)?;
            }
        }
        match &self.costs {
            Ok(Costs { misses, write_backs }) => {
                map.serialize_entry("misses", misses)?;
                if let Some(write_backs) = write_backs {
                    map.serialize_entry("write_backs", write_backs)?;
                }
            }
            Err(message) => map.serialize_entry("error", message)?,
        }
        map.end()
    }
}

/// A replay for tests of what is made of replays: one policy is not there yet.
#[cfg(test)]
fn sample() -> Replay {
    let todo = Err("not started: step 3: CLOCK".to_owned());
    let row = |policy, frames, costs| Row { subject: Subject::Policy { policy, frames }, costs };
    let costs = |misses| Ok(Costs { misses, write_backs: Some(misses / 4) });
    let results = vec![
        row(PolicyName::Fifo, 8, costs(9_000)),
        row(PolicyName::Fifo, 16, costs(1_200)),
        row(PolicyName::Lru, 8, costs(9_000)),
        row(PolicyName::Lru, 16, costs(800)),
        row(PolicyName::Clock, 8, todo.clone()),
        row(PolicyName::Clock, 16, todo),
        Row {
            subject: Subject::Tlb(TlbShape { sets: 4, ways: 2 }),
            costs: Ok(Costs { misses: 31, write_backs: None }),
        },
    ];
    Replay { trace: "sort <1>".to_owned(), references: 20_000, pages: 40, results }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Ending;

    fn outcome(ending: Ending, stdout: &str, stderr: &str) -> Outcome {
        let [stdout, stderr] = [stdout, stderr].map(|text| text.as_bytes().to_vec());
        Outcome { ending, stdout, stderr, duration: Duration::ZERO, cpu: Duration::ZERO }
    }

    #[test]
    fn the_json_names_what_was_replayed_and_what_it_cost() {
        let json = serde_json::to_value(sample()).unwrap();
        let first = serde_json::json!({"policy": "fifo", "frames": 8, "misses": 9000, "write_backs": 2250});
        let tlb = serde_json::json!({"policy": "tlb", "sets": 4, "ways": 2, "misses": 31});
        assert_eq!(
            (&json["trace"], &json["references"], &json["pages"]),
            (&"sort <1>".into(), &20_000.into(), &40.into())
        );
        assert_eq!((&json["results"][0], &json["results"][6]), (&first, &tlb));
        assert_eq!(json["results"][4]["error"], "not started: step 3: CLOCK");
    }

    #[test]
    fn counts_are_read() {
        let printed = costs(&outcome(Ending::Exited(0), "misses=12 write_backs=3\n", ""));
        assert_eq!(printed, Ok(Costs { misses: 12, write_backs: Some(3) }));
        let printed = costs(&outcome(Ending::Exited(0), "misses=0\n", ""));
        assert_eq!(printed, Ok(Costs { misses: 0, write_backs: None }));
    }

    #[test]
    fn what_went_wrong_is_told() {
        let panic =
            "thread 'main' (7) panicked at labs/src/replacement.rs:41:9:\nnot yet implemented: step 2: LRU\n";
        assert_eq!(costs(&outcome(Ending::Exited(101), "", panic)), Err("step 2: LRU".into()));
        let late = costs(&outcome(Ending::TimedOut, "", "")).unwrap_err();
        assert!(late.starts_with("not done after 30 s while the trace was replayed"), "{late}");
        assert!(costs(&outcome(Ending::Exited(0), "misses=-1", "")).is_err());
    }
}
