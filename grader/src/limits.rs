//! What one process may use, and the shim that makes it so.
//!
//! A limit on a process must be set by that process itself, between `fork` and `exec`. Rust offers that place only to
//! `unsafe` code, so the grader starts *itself* instead: called with a first argument that no person types, it sets
//! [`ProcessLimits`] on itself and then becomes the program that was asked for.
//!
//! ```text
//! grader ── spawn ──> grader __limited LIMITS PROGRAM ARGS…      sets its own limits
//!                       └── exec ──> PROGRAM ARGS…               inherits them
//! ```

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::process::ExitCode;
use std::time::Duration;

/// First argument of the shim.
pub const SHIM_ARGUMENT: &str = "__limited";
/// First argument that makes the grader do nothing but succeed: what the sandbox tries itself on.
pub const PROBE_ARGUMENT: &str = "__limited-probe";
/// Exit code of the shim when it could not set a limit or start the program.
pub const SHIM_FAILED: i32 = 126;

/// What one process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessLimits {
    /// Time by the clock on the wall; the parent kills the process when it is over.
    pub wall: Duration,
    /// CPU seconds; a backstop for the clock, because the system counts whole seconds.
    pub cpu_s: u64,
    /// Address space in bytes.
    pub memory_bytes: u64,
    /// Size of the largest file that it may write, in bytes.
    pub file_bytes: u64,
    /// Bytes that it may write to each of stdout and stderr.
    pub output_bytes: usize,
}

/// Stack of the main thread: the same on every machine, so that a recursion overflows at the same depth.
const STACK_BYTES: u64 = 8 << 20;
/// Open files: enough for a compiler and its linker.
const OPEN_FILES: u64 = 256;

impl ProcessLimits {
    /// The argument that carries the limits to the shim.
    #[must_use]
    pub fn to_argument(self) -> OsString {
        self.to_string().into()
    }

    fn from_argument(text: &OsStr) -> Option<[u64; 3]> {
        let mut numbers = text.to_str()?.split(',').map(|part| {
            let (_, number) = part.split_once('=')?;
            number.parse().ok()
        });
        let three = [numbers.next()??, numbers.next()??, numbers.next()??];
        numbers.next().is_none().then_some(three)
    }
}

impl fmt::Display for ProcessLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu_s, memory_bytes, file_bytes, .. } = self;
        write!(f, "cpu={cpu_s},memory={memory_bytes},file={file_bytes}")
    }
}

/// Becomes another program when the command line says so; `None` when this is an ordinary start of the grader.
///
/// To be called first thing in `main`, before arguments are parsed.
#[must_use]
pub fn run_if_shim() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let first = arguments.next()?;
    if first == PROBE_ARGUMENT {
        return Some(ExitCode::SUCCESS);
    }
    if first != SHIM_ARGUMENT {
        return None;
    }
    let problem = become_program(arguments);
    eprintln!("grader: {problem}");
    Some(ExitCode::from(SHIM_FAILED as u8))
}

/// Returns only when it failed.
fn become_program(mut arguments: impl Iterator<Item = OsString>) -> String {
    let limits = arguments.next().and_then(|text| ProcessLimits::from_argument(&text));
    let (Some([cpu_s, memory_bytes, file_bytes]), Some(program)) = (limits, arguments.next()) else {
        return format!("{SHIM_ARGUMENT} is for the grader's own use");
    };
    if let Err(problem) = system::restrict(cpu_s, memory_bytes, file_bytes) {
        return problem;
    }
    let error = system::replace(&program, arguments);
    format!("cannot start {}: {error}", program.to_string_lossy())
}

#[cfg(unix)]
mod system {
    //! Limits as Unix knows them.

    use std::ffi::{OsStr, OsString};
    use std::io;
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use rustix::process::{Resource, Rlimit, setrlimit};

    use super::{OPEN_FILES, STACK_BYTES};

    pub(super) fn restrict(cpu_s: u64, memory_bytes: u64, file_bytes: u64) -> Result<(), String> {
        die_with_parent()?;
        // One second between the soft limit (a signal that says what happened) and the hard one.
        limit(Resource::Cpu, "CPU time", cpu_s, cpu_s + 1)?;
        limit(Resource::Fsize, "file size", file_bytes, file_bytes)?;
        limit(Resource::Core, "core dumps", 0, 0)?;
        limit(Resource::Nofile, "open files", OPEN_FILES, OPEN_FILES)?;
        limit(Resource::Stack, "stack", STACK_BYTES, STACK_BYTES)?;
        let memory = limit(Resource::As, "address space", memory_bytes, memory_bytes);
        // macOS knows this limit but refuses to set it.
        if cfg!(target_os = "macos") { Ok(()) } else { memory }
    }

    fn limit(resource: Resource, name: &str, soft: u64, hard: u64) -> Result<(), String> {
        let wanted = Rlimit { current: Some(soft), maximum: Some(hard) };
        setrlimit(resource, wanted).map_err(|error| format!("cannot limit {name}: {error}"))
    }

    /// The grader may be killed without a chance to clean up; its children then go with it.
    #[cfg(target_os = "linux")]
    fn die_with_parent() -> Result<(), String> {
        use rustix::process::{Signal, set_parent_process_death_signal};
        set_parent_process_death_signal(Some(Signal::KILL))
            .map_err(|error| format!("cannot tie the process to its parent: {error}"))
    }

    #[cfg(not(target_os = "linux"))]
    fn die_with_parent() -> Result<(), String> {
        Ok(())
    }

    pub(super) fn replace(program: &OsStr, arguments: impl Iterator<Item = OsString>) -> io::Error {
        Command::new(program).args(arguments).exec()
    }
}

#[cfg(not(unix))]
mod system {
    //! No limits and no `exec` here: the sandbox does not use the shim on such a system.

    use std::ffi::{OsStr, OsString};
    use std::io;

    pub(super) fn restrict(_: u64, _: u64, _: u64) -> Result<(), String> {
        Err("this system has no limits on processes".to_owned())
    }

    pub(super) fn replace(_: &OsStr, _: impl Iterator<Item = OsString>) -> io::Error {
        io::ErrorKind::Unsupported.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn limits_survive_the_command_line() {
        let limits = ProcessLimits {
            wall: Duration::from_secs(1),
            cpu_s: 2,
            memory_bytes: 256 << 20,
            file_bytes: 0,
            output_bytes: 1 << 20,
        };
        assert_eq!(ProcessLimits::from_argument(&limits.to_argument()), Some([2, 256 << 20, 0]));
    }

    #[rstest]
    #[case::nothing("")]
    #[case::too_few("cpu=1,memory=2")]
    #[case::too_many("cpu=1,memory=2,file=3,more=4")]
    #[case::no_number("cpu=1,memory=lots,file=3")]
    fn other_arguments_are_refused(#[case] text: &str) {
        assert_eq!(ProcessLimits::from_argument(OsStr::new(text)), None);
    }
}
