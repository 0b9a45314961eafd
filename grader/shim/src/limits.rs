//! What one process may use, and how it limits itself.
//!
//! A limit on a process must be set by that process itself, between `fork` and `exec`: see [`crate`].

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::time::Duration;

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

/// The part of [`ProcessLimits`] that a process sets on itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(unix), expect(dead_code, reason = "there are no limits on processes there"))]
pub(crate) struct OwnLimits {
    cpu_s: u64,
    memory_bytes: u64,
    file_bytes: u64,
}

impl ProcessLimits {
    /// The argument that carries the limits to the shim.
    #[must_use]
    pub fn to_argument(self) -> OsString {
        self.to_string().into()
    }
}

impl fmt::Display for ProcessLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu_s, memory_bytes, file_bytes, .. } = self;
        write!(f, "cpu={cpu_s},memory={memory_bytes},file={file_bytes}")
    }
}

impl OwnLimits {
    /// What [`ProcessLimits::to_argument`] wrote.
    pub(crate) fn from_argument(text: &OsStr) -> Option<Self> {
        let mut numbers = text.to_str()?.split(',').map(|part| {
            let (_, number) = part.split_once('=')?;
            number.parse().ok()
        });
        let mut next = || numbers.next()?;
        let limits = Self { cpu_s: next()?, memory_bytes: next()?, file_bytes: next()? };
        numbers.next().is_none().then_some(limits)
    }

    /// Sets them on this process and its children.
    ///
    /// # Errors
    /// Which limit the system refuses.
    #[cfg(unix)]
    pub(crate) fn set(self) -> Result<(), String> {
        use rustix::process::Resource;
        // One second between the soft limit (a signal that says what happened) and the hard one.
        limit(Resource::Cpu, "CPU time", self.cpu_s, self.cpu_s + 1)?;
        limit(Resource::Fsize, "file size", self.file_bytes, self.file_bytes)?;
        limit(Resource::Core, "core dumps", 0, 0)?;
        limit(Resource::Nofile, "open files", OPEN_FILES, OPEN_FILES)?;
        limit(Resource::Stack, "stack", STACK_BYTES, STACK_BYTES)?;
        let memory = limit(Resource::As, "address space", self.memory_bytes, self.memory_bytes);
        // macOS knows this limit but refuses to set it.
        if cfg!(target_os = "macos") { Ok(()) } else { memory }
    }
}

/// Stack of the main thread: the same on every machine, so that a recursion overflows at the same depth.
#[cfg(unix)]
const STACK_BYTES: u64 = 8 << 20;
/// Open files: enough for a compiler and its linker.
#[cfg(unix)]
const OPEN_FILES: u64 = 256;

#[cfg(unix)]
fn limit(resource: rustix::process::Resource, name: &str, soft: u64, hard: u64) -> Result<(), String> {
    use rustix::process::{Rlimit, setrlimit};
    let wanted = Rlimit { current: Some(soft), maximum: Some(hard) };
    setrlimit(resource, wanted).map_err(|error| format!("cannot limit {name}: {error}"))
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
        let own = OwnLimits { cpu_s: 2, memory_bytes: 256 << 20, file_bytes: 0 };
        assert_eq!(OwnLimits::from_argument(&limits.to_argument()), Some(own));
    }

    #[rstest]
    #[case::nothing("")]
    #[case::too_few("cpu=1,memory=2")]
    #[case::too_many("cpu=1,memory=2,file=3,more=4")]
    #[case::no_number("cpu=1,memory=lots,file=3")]
    fn other_arguments_are_refused(#[case] text: &str) {
        assert_eq!(OwnLimits::from_argument(OsStr::new(text)), None);
    }
}
