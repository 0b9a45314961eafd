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
    /// CPU time: a loop ends after the same work on a busy machine. [`OUT_OF_CPU_TIME`] is how the system ends it.
    pub cpu: Duration,
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
    cpu: Duration,
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
        let Self { cpu, memory_bytes, file_bytes, .. } = self;
        write!(f, "cpu_us={},memory={memory_bytes},file={file_bytes}", cpu.as_micros())
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
        let cpu = Duration::from_micros(next()?);
        let limits = Self { cpu, memory_bytes: next()?, file_bytes: next()? };
        numbers.next().is_none().then_some(limits)
    }

    /// Sets them on this process and its children.
    ///
    /// # Errors
    /// Which limit the system refuses.
    #[cfg(unix)]
    pub(crate) fn set(self) -> Result<(), String> {
        use rustix::process::Resource;
        limit_cpu_time(self.cpu)?;
        // What the timer does not reach, the processes that this one starts, the limit in whole seconds does. One second lies
        // between the soft limit (a signal that says what happened) and the hard one.
        let seconds = self.cpu.as_millis().div_ceil(1000) as u64;
        limit(Resource::Cpu, "CPU time", seconds, seconds + 1)?;
        limit(Resource::Fsize, "file size", self.file_bytes, self.file_bytes)?;
        limit(Resource::Core, "core dumps", 0, 0)?;
        limit(Resource::Nofile, "open files", OPEN_FILES, OPEN_FILES)?;
        limit(Resource::Stack, "stack", STACK_BYTES, STACK_BYTES)?;
        let memory = limit(Resource::As, "address space", self.memory_bytes, self.memory_bytes);
        // macOS knows this limit but refuses to set it.
        if cfg!(target_os = "macos") { Ok(()) } else { memory }
    }
}

/// The signals by which the system ends a process that is out of CPU time: the one of the timer, and that of the limit in
/// whole seconds (signal(7): SIGPROF, SIGXCPU).
#[cfg(unix)]
pub const OUT_OF_CPU_TIME: [i32; 2] = [libc::SIGPROF, libc::SIGXCPU];
/// Where there are no signals, none.
#[cfg(not(unix))]
pub const OUT_OF_CPU_TIME: [i32; 0] = [];

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

/// Starts the timer that ends this process after so much CPU time of its own and of the system's for it. It runs on in the
/// program that this process becomes (execve(2)).
#[cfg(unix)]
fn limit_cpu_time(cpu: Duration) -> Result<(), String> {
    let never = libc::timeval { tv_sec: 0, tv_usec: 0 };
    // Zero would stop the timer.
    let cpu = cpu.max(Duration::from_micros(1));
    let seconds = libc::time_t::try_from(cpu.as_secs()).unwrap_or(libc::time_t::MAX);
    let once = libc::timeval { tv_sec: seconds, tv_usec: cpu.subsec_micros() as libc::suseconds_t };
    let timer = libc::itimerval { it_interval: never, it_value: once };
    // SAFETY: the timer is a value of this function that outlives the call, and the old one is not asked for.
    #[expect(
        unsafe_code,
        reason = "no crate offers this call as safe code; limits below a second have no other"
    )]
    let code = unsafe { libc::setitimer(libc::ITIMER_PROF, &raw const timer, std::ptr::null_mut()) };
    let refused = || format!("cannot limit CPU time: {}", std::io::Error::last_os_error());
    (code == 0).then_some(()).ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[test]
    fn limits_survive_the_command_line() {
        let limits = ProcessLimits {
            wall: Duration::from_secs(1),
            cpu: Duration::from_millis(2500),
            memory_bytes: 256 << 20,
            file_bytes: 0,
            output_bytes: 1 << 20,
        };
        let own = OwnLimits { cpu: Duration::from_millis(2500), memory_bytes: 256 << 20, file_bytes: 0 };
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
