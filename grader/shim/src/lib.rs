//! Another program's first breath: it puts walls around itself and then becomes that program.
//!
//! Rust offers the place between `fork` and `exec` only to `unsafe` code, so the grader starts this small program instead,
//! which becomes the one that is meant. Small, because it stands before every process of a submission: a program with the
//! whole grader in it starts a millisecond later.
//!
//! ```text
//! grader ── spawn ──> shim …                        sets limits, closes files and system calls
//!                       └── exec ──> PROGRAM ARGS…  inherits them all                            limits, container
//!
//! grader ── spawn ──> shim …                        leaves the user's namespaces
//!                       └── fork ──> init           pid 1: builds a root with the named files alone, waits
//!                                     └── fork ──>  sets limits, closes files and system calls
//!                                          └── exec ──> PROGRAM ARGS…                            full
//! ```
//!
//! In the tier *full* the program is not pid 1, because a pid 1 takes no signals from inside: its `abort` would look
//! like another fault. When init ends, the system ends everything in its pid namespace.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod namespaces;
#[cfg(target_os = "linux")]
mod root;
#[cfg(target_os = "linux")]
mod syscalls;
#[cfg(target_os = "linux")]
mod system_paths;
mod limits;
mod tier;
pub mod trial;
mod walls;

use limits::OwnLimits;
pub use limits::{OUT_OF_CPU_TIME, ProcessLimits};
pub use tier::Tier;
pub use walls::{Role, Walls};

/// Exit code of the shim when it could not do its work.
pub const SHIM_FAILED: i32 = 126;

/// What the shim is told to do.
#[derive(Debug)]
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "walls beyond limits are Linux's"))]
struct Order {
    tier: Tier,
    token: String,
    limits: OwnLimits,
    walls: Walls,
    program: OsString,
    arguments: Vec<OsString>,
}

/// The shim's command line up to the program.
#[must_use]
pub fn arguments(tier: Tier, token: &str, limits: &ProcessLimits, walls: &Walls) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        vec![tier.name().into(), token.into(), limits.to_argument(), walls.role.name().into()];
    for paths in [&walls.readable, &walls.writable] {
        arguments.push(paths.len().to_string().into());
        arguments.extend(paths.iter().map(OsString::from));
    }
    arguments
}

/// How the shim tells what went wrong: the token shows that it was the shim who spoke, and no program after it.
#[must_use]
pub fn complaint(token: &str, problem: &str) -> String {
    format!("grader {token}: {problem}")
}

/// Becomes the program that this process's command line names, or tries the walls out; returns only when that failed.
///
/// To be called first thing in `main`, before any thread is started.
#[must_use]
pub fn run() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1).peekable();
    if arguments.next_if(|first| first == trial::ARGUMENT).is_some() {
        return trial::run(arguments);
    }
    let Some(order) = Order::read(arguments) else {
        eprintln!("the shim is for the grader's own use: see `grader help`");
        return ExitCode::from(SHIM_FAILED as u8);
    };
    let token = order.token.clone();
    let problem = order.carry_out();
    eprintln!("{}", complaint(&token, &problem));
    ExitCode::from(SHIM_FAILED as u8)
}

impl Order {
    fn read(mut arguments: impl Iterator<Item = OsString>) -> Option<Self> {
        let mut text = || arguments.next()?.into_string().ok();
        let tier = Tier::from_name(&text()?)?;
        let token = text()?;
        let limits = OwnLimits::from_argument(&arguments.next()?)?;
        let role = Role::from_name(arguments.next()?.to_str()?)?;
        let mut paths = || -> Option<Vec<PathBuf>> {
            let count: usize = arguments.next()?.to_str()?.parse().ok()?;
            (0..count).map(|_| arguments.next().map(PathBuf::from)).collect()
        };
        let walls = Walls { role, readable: paths()?, writable: paths()? };
        let program = arguments.next()?;
        Some(Self { tier, token, limits, walls, program, arguments: arguments.collect() })
    }

    /// Returns only when something failed.
    fn carry_out(self) -> String {
        match self.enclose() {
            Ok(never) => match never {},
            Err(problem) => problem,
        }
    }

    #[cfg(target_os = "linux")]
    fn enclose(self) -> Result<std::convert::Infallible, String> {
        close_what_was_left_open()?;
        die_with_parent()?;
        if self.tier == Tier::Full {
            namespaces::enter(&self.walls)?;
            die_with_parent()?;
        }
        self.limits.set()?;
        if self.tier >= Tier::Container {
            // Before files are closed, because looking at them needs them; last the calls that did all this.
            drop_capabilities()?;
            files::close(&self.walls)?;
            syscalls::close(self.walls.role)?;
        }
        self.become_program()
    }

    #[cfg(all(unix, not(target_os = "linux")))]
    fn enclose(self) -> Result<std::convert::Infallible, String> {
        self.limits.set()?;
        self.become_program()
    }

    #[cfg(not(unix))]
    fn enclose(self) -> Result<std::convert::Infallible, String> {
        Err("this system has no limits on processes".to_owned())
    }

    #[cfg(unix)]
    fn become_program(self) -> Result<std::convert::Infallible, String> {
        use std::os::unix::process::CommandExt;
        let error = std::process::Command::new(&self.program).args(&self.arguments).exec();
        Err(format!("cannot start {}: {error}", self.program.to_string_lossy()))
    }
}

/// The grader may have been given files that it knows nothing of (make and cargo hand theirs to everybody), and hands
/// them on. None of them is the program's.
#[cfg(target_os = "linux")]
fn close_what_was_left_open() -> Result<(), String> {
    use std::os::fd::RawFd;
    const FIRST_AFTER_STDERR: RawFd = 3;
    let entries =
        std::fs::read_dir("/proc/self/fd").map_err(|error| format!("cannot list open files: {error}"))?;
    let numbers: Vec<RawFd> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for number in numbers.into_iter().filter(|number| *number >= FIRST_AFTER_STDERR) {
        // The list itself was one of them, and is closed already.
        let _ = nix::unistd::close(number);
    }
    Ok(())
}

/// The grader may be killed without a chance to clean up; its children then go with it.
#[cfg(target_os = "linux")]
fn die_with_parent() -> Result<(), String> {
    use rustix::process::{Signal, set_parent_process_death_signal};
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| format!("cannot tie the process to its parent: {error}"))
}

/// Root keeps its name and loses its powers: a grader in a container is root as a rule, and seldom needs to be.
#[cfg(target_os = "linux")]
fn drop_capabilities() -> Result<(), String> {
    use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities, set_no_new_privs};
    let none = CapabilitySet::empty();
    // No program that is executed from here on gives any of them back (capabilities(7), PR_SET_NO_NEW_PRIVS).
    set_no_new_privs(true)
        .and_then(|()| {
            set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
        })
        .map_err(|error| format!("cannot give up capabilities: {error}"))
}
