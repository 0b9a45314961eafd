//! Runs one program to its end, whatever it does: [`run`].
//!
//! The program gets a cleared environment, a process group of its own, and limits ([`ProcessLimits`]). The parent reads
//! both of its outputs up to a cap, watches the clock, and kills the whole group in the end, so that nothing is left
//! running. How it hears what happens depends on the system: `ears`.
//!
//! ```text
//! stdin  <──┐
//! stdout ───┼── ears ──> Watch: collects, looks at the clock, kills
//! stderr ───┤
//! exit   ───┘
//! ```

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use thiserror::Error;
use wait4::{ResourceUsage, Wait4};

use crate::interrupt;
use crate::sandbox::{ProcessLimits, Sandbox, Walls};

#[cfg_attr(unix, path = "process/poll.rs")]
#[cfg_attr(not(unix), path = "process/threads.rs")]
mod ears;

/// A program to run.
#[derive(Debug, Clone)]
pub struct Job<'a> {
    /// The program's file.
    pub program: &'a Path,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Its whole environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The folder that it starts in.
    pub folder: &'a Path,
    /// What it reads from its standard input.
    pub input: &'a [u8],
    /// What it may use.
    pub limits: ProcessLimits,
    /// What it may reach.
    pub walls: Walls,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// By itself, with this exit code.
    Exited(i32),
    /// By a signal that the grader did not send.
    Signalled(i32),
    /// Killed, because its time was over.
    TimedOut,
    /// Killed, because it wrote more than it may.
    Flooded,
}

/// What a program did.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// How it ended.
    pub ending: Ending,
    /// What it wrote to its standard output, up to the cap.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error, up to the cap.
    pub stderr: Vec<u8>,
    /// From start to end.
    pub duration: Duration,
    /// CPU time of it and of the processes that it waited for: the same on a busy machine. What a killed process had started
    /// may be missing.
    pub cpu: Duration,
}

impl Outcome {
    /// Standard error as text.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// A program could not be run: the grader's fault or the machine's, never the student's.
#[derive(Debug, Error, miette::Diagnostic)]
pub enum ProcessError {
    /// Its sandbox could not be set up, or it could not be started in there.
    #[error("{program} could not be run in the sandbox: {problem}")]
    #[diagnostic(help("`grader doctor` tries the sandbox; nothing was run without it"))]
    Sandbox {
        /// The program.
        program: String,
        /// What the system said.
        problem: String,
    },
    /// It did not start.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// Its end could not be waited for.
    #[error("lost track of {program}")]
    Wait {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
}

/// How long outputs may stay open after the process has ended: a process that left the group could hold them forever.
const DRAIN: Duration = Duration::from_millis(200);
const CHUNK_BYTES: usize = 64 << 10;

/// Runs `job` inside `sandbox` and waits for its end.
///
/// # Errors
/// When it cannot be started or waited for.
pub fn run(sandbox: &Sandbox, job: &Job<'_>) -> Result<Outcome, ProcessError> {
    let program = job.program.display().to_string();
    let started = Instant::now();
    let (mut child, ticket) =
        start(sandbox, job).map_err(|source| ProcessError::Start { program: program.clone(), source })?;
    let mut watch = Watch::new(started, job.limits);
    let heard = ears::listen(&mut child, job.input, &mut watch);
    // The leader is not yet reaped, so its group cannot be another's.
    kill_group(&mut child);
    let used = child.wait4();
    drop(ticket);
    let used = heard.and(used).map_err(|source| ProcessError::Wait { program, source })?;
    let outcome = watch.into_outcome(used.status, used.rusage);
    if outcome.ending == Ending::Exited(shim::SHIM_FAILED)
        && let Some(problem) = sandbox.complaint(&outcome.stderr)
    {
        return Err(ProcessError::Sandbox { program: job.program.display().to_string(), problem });
    }
    Ok(outcome)
}

fn start(sandbox: &Sandbox, job: &Job<'_>) -> io::Result<(Child, interrupt::Ticket)> {
    let mut command = sandbox.command(job.program, &job.limits, &job.walls);
    command
        .args(&job.arguments)
        .current_dir(job.folder)
        .env_clear()
        .envs(system_environment())
        .envs(job.environment.iter().map(|(key, value)| (key, value)))
        .stdin(if job.input.is_empty() { Stdio::null() } else { Stdio::piped() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    own_group(&mut command);
    interrupt::spawn(&mut command)
}

/// What no program can do without on this system.
fn system_environment() -> Vec<(OsString, OsString)> {
    let names: &[&str] = if cfg!(windows) { &["SystemRoot", "SystemDrive", "TEMP", "TMP"] } else { &[] };
    let value = |name: &&str| Some((OsString::from(*name), std::env::var_os(name)?));
    names.iter().filter_map(value).collect()
}

#[cfg(unix)]
fn own_group(command: &mut std::process::Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut std::process::Command) {}

#[cfg(unix)]
fn kill_group(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    // It fails when nobody is left, which is what is wanted.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) {
    // It fails when the process has ended, which is what is wanted.
    let _ = child.kill();
}

/// What has been seen of a running program.
struct Watch {
    started: Instant,
    limits: ProcessLimits,
    outputs: [Vec<u8>; 2],
    ended: Option<Duration>,
    killed: Option<Ending>,
}

impl Watch {
    fn new(started: Instant, limits: ProcessLimits) -> Self {
        Self { started, limits, outputs: [Vec::new(), Vec::new()], ended: None, killed: None }
    }

    /// The leader has ended. What it left behind must not hold the outputs open.
    fn end(&mut self, child: &mut Child) {
        self.ended = Some(self.started.elapsed());
        kill_group(child);
    }

    /// Whether the leader has ended and nothing more is waited for.
    fn is_over(&self) -> bool {
        self.ended.is_some_and(|ended| self.started.elapsed() >= ended + DRAIN)
    }

    /// How long to wait for the next event.
    fn patience(&self) -> Duration {
        let until = match (self.ended, self.killed) {
            (Some(ended), _) => ended + DRAIN,
            (None, Some(_)) => return DRAIN,
            (None, None) => self.limits.wall,
        };
        until.saturating_sub(self.started.elapsed())
    }

    /// Keeps what the program wrote to one of its outputs, up to the cap.
    fn keep(&mut self, stream: usize, bytes: &[u8], child: &mut Child) {
        let output = &mut self.outputs[stream];
        let room = self.limits.output_bytes - output.len();
        output.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room && self.killed.is_none() {
            self.kill(child, Ending::Flooded);
        }
    }

    /// Kills the program if its time is over.
    fn look_at_the_clock(&mut self, child: &mut Child) {
        if self.ended.is_none() && self.killed.is_none() && self.started.elapsed() >= self.limits.wall {
            self.kill(child, Ending::TimedOut);
        }
    }

    fn kill(&mut self, child: &mut Child, why: Ending) {
        self.killed = Some(why);
        kill_group(child);
    }

    fn into_outcome(self, status: ExitStatus, used: ResourceUsage) -> Outcome {
        let duration = self.ended.unwrap_or_else(|| self.started.elapsed());
        let [stdout, stderr] = self.outputs;
        let ending = self.killed.unwrap_or_else(|| ending_of(status));
        Outcome { ending, stdout, stderr, duration, cpu: used.utime + used.stime }
    }
}

fn ending_of(status: ExitStatus) -> Ending {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ending::Signalled(signal);
    }
    Ending::Exited(status.code().unwrap_or(-1))
}
