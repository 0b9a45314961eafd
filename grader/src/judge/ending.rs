//! How a process of a submission ended, in the student's words.

use std::time::Duration;

use crate::process::{Ending, Outcome};
use crate::sandbox::{OUT_OF_CPU_TIME, ProcessLimits};
use crate::text;
use crate::verdict::Verdict;

/// Longest message, in bytes.
pub(super) const MESSAGE_BYTES: usize = 2000;
/// What `todo!` prints before its own words.
const TODO: &str = "not yet implemented";
/// Exit code of a program that panicked.
const PANICKED: i32 = 101;
const ABORT_SIGNAL: i32 = 6;
const FAULT_SIGNAL: i32 = 11;

/// A panic as Rust prints it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Panic {
    /// `file:line:column`.
    location: String,
    message: String,
}

impl Panic {
    /// The first panic in what a process printed.
    pub(crate) fn find(printed: &str) -> Option<Self> {
        let (_, rest) = printed.split_once(" panicked at ")?;
        let (location, rest) = rest.split_once('\n')?;
        let is_over =
            |line: &&str| line.starts_with("note: run with `RUST_BACKTRACE") || *line == "failures:";
        let message: Vec<&str> = rest.lines().take_while(|line| !is_over(line)).collect();
        Some(Self {
            location: location.trim_end_matches(':').to_owned(),
            message: message.join("\n").trim_end().to_owned(),
        })
    }

    /// Whether it was raised in the file below `folder`.
    fn is_in(&self, folder: &str) -> bool {
        self.location.starts_with(folder)
    }

    /// What it means, and what to say about it.
    pub(crate) fn verdict(&self) -> (Verdict, String) {
        if let Some(words) = todo_words(&self.message) {
            return (Verdict::NotStarted, words.to_owned());
        }
        // The column tells a student nothing that the line does not.
        let line = self.location.rsplit_once(':').map_or("", |(line, _)| line);
        if self.is_in("labs/tests/") {
            (Verdict::Wrong, format!("{} ({line})", self.message))
        } else if self.is_in("labs/src/") {
            (Verdict::Panicked, format!("panicked at {line}: {}", self.message))
        } else {
            // Raised by what the lab calls: the simulated hardware, a vector.
            (Verdict::Panicked, format!("panicked: {}", self.message))
        }
    }
}

/// What a `todo!()` says, if that is what panicked with this message.
pub(crate) fn todo_words(message: &str) -> Option<&str> {
    message.strip_prefix(TODO).map(|words| words.trim_start_matches(": "))
}

/// How a probe or a replay ended, where it did not come to its end; `doing` says what was going on.
pub(crate) fn of_program(
    outcome: &Outcome,
    limits: &ProcessLimits,
    doing: &str,
) -> Option<(Verdict, String)> {
    if outcome.ending == Ending::Exited(0) {
        return None;
    }
    let panic = Panic::find(&outcome.stderr_text()).filter(|_| outcome.ending == Ending::Exited(PANICKED));
    Some(panic.map_or_else(|| abnormal(outcome, limits, doing), |panic| panic.verdict()))
}

/// The verdict on a process that did not end by itself with a normal exit code; `doing` says what was going on.
pub(crate) fn abnormal(outcome: &Outcome, limits: &ProcessLimits, doing: &str) -> (Verdict, String) {
    let words = outcome.stderr_text();
    match outcome.ending {
        Ending::TimedOut => (Verdict::TimedOut, out_of_time(limits.wall, doing)),
        Ending::Signalled(signal) if OUT_OF_CPU_TIME.contains(&signal) => {
            (Verdict::TimedOut, out_of_time(limits.cpu, doing))
        }
        Ending::Flooded => {
            let most = limits.output_bytes >> 20;
            (Verdict::Crashed, format!("wrote more than {most} MiB and was stopped{doing}"))
        }
        Ending::Signalled(ABORT_SIGNAL) if is_out_of_memory(&words) => {
            let most = limits.memory_bytes >> 20;
            (Verdict::OutOfMemory, format!("asked for more memory than its {most} MiB{doing}"))
        }
        // The standard library knows its main stack from `/proc`, which the sandbox does not have; safe code has hardly
        // another way to this signal.
        Ending::Signalled(signal) if signal == FAULT_SIGNAL || words.contains("has overflowed its stack") => {
            let told = format!("overflowed its stack: does a function call itself without end?{doing}");
            (Verdict::Crashed, told)
        }
        Ending::Signalled(signal) => (Verdict::Crashed, format!("ended by signal {signal}{doing}")),
        Ending::Exited(code) => (Verdict::Crashed, format!("ended with exit code {code}{doing}")),
    }
}

fn is_out_of_memory(words: &str) -> bool {
    words.contains("memory allocation of ") && words.contains(" failed")
}

fn out_of_time(limit: Duration, doing: &str) -> String {
    let limit = if limit.subsec_millis() == 0 {
        format!("{} s", limit.as_secs())
    } else {
        format!("{} ms", limit.as_millis())
    };
    format!("not done after {limit}{doing}: is there a loop without end?")
}

/// A message as it leaves the grader.
pub(crate) fn message(words: &str) -> String {
    text::clean(words, MESSAGE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::todo(
        "\nthread 'main' (7) panicked at labs/src/tlb.rs:41:9:\nnot yet implemented: step 2: cut the index\nnote: run with `RUST_BACKTRACE=1`\n",
        Verdict::NotStarted,
        "step 2: cut the index"
    )]
    #[case::todo_without_words(
        "x panicked at labs/src/tlb.rs:4:9:\nnot yet implemented\n",
        Verdict::NotStarted,
        ""
    )]
    #[case::own_panic(
        "thread 'main' (7) panicked at labs/src/tlb.rs:41:9:\nindex out of bounds\n",
        Verdict::Panicked,
        "panicked at labs/src/tlb.rs:41: index out of bounds"
    )]
    #[case::hardware(
        "thread 'main' (7) panicked at /x/fixtures/machine/src/frames.rs:9:1:\nframe PFN:0x3 is already free\n",
        Verdict::Panicked,
        "panicked: frame PFN:0x3 is already free"
    )]
    #[case::assertion(
        "---- a stdout ----\n\nthread 'a' (9) panicked at labs/tests/tlb.rs:7:5:\nassertion `left == right` failed\n  left: 1\n right: 2\n\n\nfailures:\n    a\n",
        Verdict::Wrong,
        "assertion `left == right` failed\n  left: 1\n right: 2 (labs/tests/tlb.rs:7)"
    )]
    fn panics_are_told(#[case] printed: &str, #[case] verdict: Verdict, #[case] words: &str) {
        let told = Panic::find(printed).unwrap().verdict();
        assert_eq!(told, (verdict, words.to_owned()));
    }

    #[rstest]
    #[case::clock(
        Ending::TimedOut,
        "",
        Verdict::TimedOut,
        "not done after 1500 ms: is there a loop without end?"
    )]
    #[case::cpu(
        Ending::Signalled(24),
        "",
        Verdict::TimedOut,
        "not done after 2 s: is there a loop without end?"
    )]
    #[case::timer(
        Ending::Signalled(27),
        "",
        Verdict::TimedOut,
        "not done after 2 s: is there a loop without end?"
    )]
    #[case::memory(
        Ending::Signalled(6),
        "memory allocation of 64 bytes failed\n",
        Verdict::OutOfMemory,
        "asked for more memory than its 256 MiB"
    )]
    #[case::stack(
        Ending::Signalled(6),
        "\nthread 'main' (1) has overflowed its stack\n",
        Verdict::Crashed,
        "overflowed its stack: does a function call itself without end?"
    )]
    #[case::stack_without_words(
        Ending::Signalled(11),
        "",
        Verdict::Crashed,
        "overflowed its stack: does a function call itself without end?"
    )]
    #[case::instruction(Ending::Signalled(4), "", Verdict::Crashed, "ended by signal 4")]
    #[case::code(Ending::Exited(3), "", Verdict::Crashed, "ended with exit code 3")]
    #[case::flood(Ending::Flooded, "", Verdict::Crashed, "wrote more than 1 MiB and was stopped")]
    fn endings_are_told(
        #[case] ending: Ending,
        #[case] stderr: &str,
        #[case] verdict: Verdict,
        #[case] words: &str,
    ) {
        let outcome = Outcome {
            ending,
            stdout: Vec::new(),
            stderr: stderr.into(),
            duration: Duration::ZERO,
            cpu: Duration::ZERO,
        };
        let limits = ProcessLimits {
            wall: Duration::from_millis(1500),
            cpu: Duration::from_secs(2),
            memory_bytes: 256 << 20,
            file_bytes: 0,
            output_bytes: 1 << 20,
        };
        assert_eq!(abnormal(&outcome, &limits, ""), (verdict, words.to_owned()));
    }
}
