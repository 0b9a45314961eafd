//! Namespaces of its own (namespaces(7)): no other process, no network, no user of the host, no file but the named ones.
//!
//! ```text
//! shim ── unshare ──> shim, in the new namespaces but for the one of pids, which begins with its first child
//!           └── fork ──> init (pid 1) ── root ── fork ──> the program to be (pid 2)
//!                          │  <───────── wait ────────────┘
//!   waits  <──── pipe ─────┘  how it ended
//! ```
//!
//! The shim then ends in the same way, by the same signal if it was one: whoever waits for it sees what the program did.

use std::fs;
use std::io::{self, PipeWriter, Read, Write};

use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use rustix::process::{Resource, Rlimit, Signal, getegid, geteuid, getpid, kill_process, setrlimit};

use crate::Walls;

use super::{SHIM_FAILED, die_with_parent, root};

/// The user inside: nobody, by number.
const NOBODY: u32 = 65534;

/// How the program ended, as two bytes.
const EXITED: u8 = b'e';
const SIGNALLED: u8 = b's';

/// Goes into new namespaces with `walls` around; returns only in the process that is to become the program.
///
/// # Errors
/// When the system denies namespaces, or a part of the new root.
pub(super) fn enter(walls: &Walls) -> Result<(), String> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let all = CloneFlags::CLONE_NEWUSER
        | CloneFlags::CLONE_NEWNS
        | CloneFlags::CLONE_NEWPID
        | CloneFlags::CLONE_NEWIPC
        | CloneFlags::CLONE_NEWUTS
        | CloneFlags::CLONE_NEWNET;
    unshare(all).map_err(|error| format!("namespaces are denied: {error}"))?;
    // In this order (user_namespaces(7)): who may not set groups outside gets a map only after giving it up.
    for (file, text) in [
        ("setgroups", "deny".to_owned()),
        ("uid_map", format!("{NOBODY} {user} 1")),
        ("gid_map", format!("{NOBODY} {group} 1")),
    ] {
        let path = format!("/proc/self/{file}");
        fs::write(&path, text).map_err(|error| format!("cannot write {path}: {error}"))?;
    }
    let (reader, writer) = io::pipe().map_err(|error| format!("cannot make a pipe: {error}"))?;
    if let Some(init) = split()? {
        drop(writer);
        end_alike(reader, init);
    }
    drop(reader);
    die_with_parent()?;
    root::build(walls)?;
    match split()? {
        Some(program) => be_init(program, writer),
        None => Ok(()),
    }
}

/// Two processes from one; the parent is told the child.
fn split() -> Result<Option<Pid>, String> {
    // SAFETY: a child of a process with several threads may call almost nothing before `exec` (fork(2)). The shim is called
    // first thing in `main` and starts no thread, so that its child may do whatever it could do itself.
    #[expect(unsafe_code, reason = "the one thing that needs a fork and not a new program; see above")]
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => Ok(Some(child)),
        Ok(ForkResult::Child) => Ok(None),
        Err(error) => Err(format!("cannot fork: {error}")),
    }
}

/// Waits until `program` has ended, buries whoever else ends meanwhile, tells how it was, and takes the rest with it.
fn be_init(program: Pid, mut writer: PipeWriter) -> ! {
    let told = loop {
        match waitpid(None, None) {
            Ok(WaitStatus::Exited(who, code)) if who == program => break [EXITED, code as u8],
            Ok(WaitStatus::Signaled(who, signal, _)) if who == program => break [SIGNALLED, signal as u8],
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(_) => break [EXITED, SHIM_FAILED as u8],
        }
    };
    // Nobody listens only if the shim is gone, and then this process is as good as gone too.
    let _ = writer.write_all(&told);
    std::process::exit(0)
}

/// Ends as the program in the namespaces ended.
fn end_alike(mut reader: impl Read, init: Pid) -> ! {
    let mut told = [0; 2];
    let heard = reader.read_exact(&mut told);
    // When this returns, nothing is left in the namespaces.
    let status = waitpid(init, None);
    match (heard, told, status) {
        (Ok(()), [SIGNALLED, signal], _) => end_by(i32::from(signal)),
        (Ok(()), [_, code], _) => std::process::exit(i32::from(code)),
        (Err(_), _, Ok(WaitStatus::Exited(_, code))) => std::process::exit(code),
        (Err(_), _, Ok(WaitStatus::Signaled(_, signal, _))) => end_by(signal as i32),
        (Err(_), _, _) => std::process::exit(SHIM_FAILED),
    }
}

fn end_by(signal: i32) -> ! {
    let no_core = Rlimit { current: Some(0), maximum: Some(0) };
    // The program's own core was none; a mirror of its end leaves none either.
    let _ = setrlimit(Resource::Core, no_core);
    if let Some(signal) = Signal::from_named_raw(signal) {
        // Rust's own handler for a stack overflow takes the first one and gives way to the second.
        for _ in 0..2 {
            let _ = kill_process(getpid(), signal);
        }
    }
    // A signal that does not end this process; shells number it so.
    std::process::exit(128 + signal)
}
