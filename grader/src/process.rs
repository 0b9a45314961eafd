//! Runs one program to its end, whatever it does: [`run`].
//!
//! The program gets a cleared environment, a process group of its own, and limits ([`crate::limits`]). The parent reads
//! both of its outputs up to a cap, watches the clock, and kills the whole group in the end, so that nothing is left
//! running. One channel brings together what happens:
//!
//! ```text
//! stdout ── thread ──┐
//! stderr ── thread ──┼──> events ──> run: collects, watches the clock, kills
//! exit   ── thread ──┘
//! ```

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::interrupt;
use crate::limits::ProcessLimits;
use crate::sandbox::Sandbox;

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
    pub input: Vec<u8>,
    /// What it may use.
    pub limits: ProcessLimits,
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
}

impl Outcome {
    /// Standard error as text.
    #[must_use]
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}

/// A program could not be run: the grader's fault or the machine's, never the student's.
#[derive(Debug, Error)]
pub enum ProcessError {
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

enum Event {
    Bytes(usize, Vec<u8>),
    Closed,
    Ended,
}

/// Runs `job` inside `sandbox` and waits for its end.
///
/// # Errors
/// When it cannot be started or waited for.
pub fn run(sandbox: &Sandbox, job: &Job<'_>) -> Result<Outcome, ProcessError> {
    let program = job.program.display().to_string();
    let started = Instant::now();
    let (mut child, ticket) =
        start(sandbox, job).map_err(|source| ProcessError::Start { program: program.clone(), source })?;
    let events = listen(&mut child, job.input.clone());
    let mut watch = Watch::new(started, job.limits);
    watch.collect(&mut child, &events);
    // The leader is not yet reaped, so its group cannot be another's.
    kill_group(&mut child);
    let status = child.wait();
    drop(ticket);
    let status = status.map_err(|source| ProcessError::Wait { program, source })?;
    Ok(watch.into_outcome(status))
}

fn start(sandbox: &Sandbox, job: &Job<'_>) -> io::Result<(Child, interrupt::Ticket)> {
    let mut command = sandbox.command(job.program, &job.limits);
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

/// Threads that report what the child writes, and its end.
fn listen(child: &mut Child, input: Vec<u8>) -> Receiver<Event> {
    let (sender, receiver) = mpsc::sync_channel(16);
    if let Some(mut pipe) = child.stdin.take() {
        // A program may end without reading its input: that is seen by how it ends, not here.
        thread::spawn(move || drop(pipe.write_all(&input)));
    }
    forward(child.stdout.take(), 0, &sender);
    forward(child.stderr.take(), 1, &sender);
    announce_end(child, sender);
    receiver
}

fn forward(pipe: Option<impl Read + Send + 'static>, stream: usize, sender: &SyncSender<Event>) {
    let sender = sender.clone();
    thread::spawn(move || {
        let mut buffer = vec![0; CHUNK_BYTES];
        if let Some(mut pipe) = pipe {
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let bytes = buffer[..count].to_vec();
                if sender.send(Event::Bytes(stream, bytes)).is_err() {
                    return;
                }
            }
        }
        // Nobody listens any more when the drain was over: that is all right.
        let _ = sender.send(Event::Closed);
    });
}

/// Tells of the child's end without reaping it: until then its process group cannot become another's.
#[cfg(unix)]
fn announce_end(child: &Child, sender: SyncSender<Event>) {
    use rustix::io::Errno;
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    let pid = Pid::from_child(child);
    thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
        // Nobody listens any more only when the child is already reaped.
        let _ = sender.send(Event::Ended);
    });
}

#[cfg(not(unix))]
fn announce_end(_: &Child, _: SyncSender<Event>) {}

/// What has been seen of a running program.
struct Watch {
    started: Instant,
    limits: ProcessLimits,
    outputs: [Vec<u8>; 2],
    open: usize,
    ended: Option<Duration>,
    killed: Option<Ending>,
}

impl Watch {
    fn new(started: Instant, limits: ProcessLimits) -> Self {
        Self { started, limits, outputs: [Vec::new(), Vec::new()], open: 2, ended: None, killed: None }
    }

    /// Until the program has ended and its outputs are read.
    fn collect(&mut self, child: &mut Child, events: &Receiver<Event>) {
        while self.ended.is_none() || self.open > 0 {
            match events.recv_timeout(self.patience()) {
                Ok(Event::Bytes(stream, bytes)) => self.keep(stream, &bytes, child),
                Ok(Event::Closed) => self.open -= 1,
                Ok(Event::Ended) => {
                    self.end();
                    // What the leader left behind must not hold the outputs open.
                    kill_group(child);
                }
                Err(RecvTimeoutError::Timeout) if self.ended.is_some() => return,
                Err(RecvTimeoutError::Timeout) => self.look(child),
                Err(RecvTimeoutError::Disconnected) => return self.outlive(child),
            }
        }
    }

    fn end(&mut self) {
        self.ended = Some(self.started.elapsed());
    }

    /// How long to wait for the next event.
    fn patience(&self) -> Duration {
        if let Some(ended) = self.ended {
            return (ended + DRAIN).saturating_sub(self.started.elapsed());
        }
        if self.killed.is_some() {
            return DRAIN;
        }
        let left = self.limits.wall.saturating_sub(self.started.elapsed());
        if cfg!(unix) { left } else { left.min(Duration::from_millis(5)) }
    }

    fn keep(&mut self, stream: usize, bytes: &[u8], child: &mut Child) {
        let output = &mut self.outputs[stream];
        let room = self.limits.output_bytes - output.len();
        output.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room && self.killed.is_none() {
            self.kill(child, Ending::Flooded);
        }
    }

    fn kill(&mut self, child: &mut Child, why: Ending) {
        self.killed = Some(why);
        kill_group(child);
    }

    /// The clock struck, or (without a thread that waits for the end) it is time to look for it.
    fn look(&mut self, child: &mut Child) {
        if cfg!(not(unix)) && !matches!(child.try_wait(), Ok(None)) {
            self.end();
        } else if self.killed.is_none() && self.started.elapsed() >= self.limits.wall {
            self.kill(child, Ending::TimedOut);
        }
    }

    /// All threads are gone, and (without one that waits for the end) only the clock is left.
    fn outlive(&mut self, child: &mut Child) {
        while self.ended.is_none() {
            self.look(child);
            if self.ended.is_none() {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }

    fn into_outcome(self, status: ExitStatus) -> Outcome {
        let duration = self.ended.unwrap_or_else(|| self.started.elapsed());
        let [stdout, stderr] = self.outputs;
        Outcome { ending: self.killed.unwrap_or_else(|| ending_of(status)), stdout, stderr, duration }
    }
}

fn ending_of(status: ExitStatus) -> Ending {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Ending::Signalled(signal);
    }
    Ending::Exited(status.code().unwrap_or(-1))
}
