//! Hears a program by one `poll` over its pipes and its end: no thread is woken for it but the one that waits.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::{Child, ChildStdin};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::{CHUNK_BYTES, Watch};

/// How often the process is looked at where nothing tells of its end.
const TICK: Duration = Duration::from_millis(5);

/// Gives `input` to `child` and tells `watch` what happens, until the program has ended and its outputs are read.
///
/// # Errors
/// When the system refuses to poll or to tell of the child.
pub(super) fn listen(child: &mut Child, input: &[u8], watch: &mut Watch) -> io::Result<()> {
    let mut pipes = Pipes::of(child, input)?;
    let mut buffer = vec![0; CHUNK_BYTES];
    while (watch.ended.is_none() || pipes.outputs.iter().any(Option::is_some)) && !watch.is_over() {
        let ready = pipes.wait(watch)?;
        if ready.input {
            pipes.write();
        }
        for stream in 0..2 {
            if ready.outputs[stream] {
                let bytes = pipes.read(stream, &mut buffer)?;
                watch.keep(stream, bytes, child);
            }
        }
        if watch.ended.is_none() && (ready.end || pipes.end.is_none()) && has_ended(child)? {
            watch.end(child);
        }
        watch.look_at_the_clock(child);
    }
    Ok(())
}

trait Output: Read + AsFd {}
impl<T: Read + AsFd> Output for T {}

/// The parent's ends of the pipes, and what tells of the child's end.
struct Pipes<'a> {
    input: Option<(ChildStdin, &'a [u8])>,
    outputs: [Option<Box<dyn Output>>; 2],
    /// Readable when the child has ended; nothing where the system has no such thing.
    end: Option<OwnedFd>,
}

/// What can be done without waiting.
#[derive(Default)]
struct Ready {
    input: bool,
    outputs: [bool; 2],
    end: bool,
}

impl<'a> Pipes<'a> {
    fn of(child: &mut Child, input: &'a [u8]) -> io::Result<Self> {
        let input = child.stdin.take().map(|pipe| (pipe, input));
        let stdout = child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Output>);
        let stderr = child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Output>);
        let pipes = Self { input, outputs: [stdout, stderr], end: end_of(child) };
        if let Some((pipe, _)) = &pipes.input {
            ioctl_fionbio(pipe, true)?;
        }
        for pipe in pipes.outputs.iter().flatten() {
            ioctl_fionbio(pipe, true)?;
        }
        Ok(pipes)
    }

    /// Waits for the next event, or until `watch` loses its patience.
    fn wait(&self, watch: &Watch) -> io::Result<Ready> {
        let mut fds = Vec::with_capacity(4);
        let input = add(&mut fds, self.input.as_ref().map(|(pipe, _)| pipe.as_fd()), PollFlags::OUT);
        let mut output = |stream: usize| {
            let pipe = self.outputs[stream].as_ref();
            add(&mut fds, pipe.map(|pipe| pipe.as_fd()), PollFlags::IN)
        };
        let outputs = [output(0), output(1)];
        let end = self.end.as_ref().filter(|_| watch.ended.is_none());
        let end = add(&mut fds, end.map(AsFd::as_fd), PollFlags::IN);
        let patience = if self.end.is_some() { watch.patience() } else { watch.patience().min(TICK) };
        let timeout = Timespec {
            tv_sec: i64::try_from(patience.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: patience.subsec_nanos().into(),
        };
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let ready = |place: Option<usize>| place.is_some_and(|place| !fds[place].revents().is_empty());
        Ok(Ready { input: ready(input), outputs: outputs.map(ready), end: ready(end) })
    }

    /// Writes what the pipe takes. A program may end without reading its input: that is seen by how it ends, not here.
    fn write(&mut self) {
        let Some((pipe, left)) = &mut self.input else { return };
        let again = match pipe.write(left) {
            Ok(count) => {
                *left = &left[count..];
                !left.is_empty()
            }
            Err(error) => matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted),
        };
        if !again {
            self.input = None;
        }
    }

    /// Reads what is there; an output that is closed is not asked again.
    fn read<'b>(&mut self, stream: usize, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
        let Some(pipe) = &mut self.outputs[stream] else { return Ok(&[]) };
        match pipe.read(buffer) {
            Ok(0) => self.outputs[stream] = None,
            Ok(count) => return Ok(&buffer[..count]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(error) => return Err(error),
        }
        Ok(&[])
    }
}

/// Puts what is there among `fds`, and returns its place.
fn add<'f>(fds: &mut Vec<PollFd<'f>>, fd: Option<BorrowedFd<'f>>, flags: PollFlags) -> Option<usize> {
    fds.push(PollFd::from_borrowed_fd(fd?, flags));
    Some(fds.len() - 1)
}

/// What becomes readable when the child has ended.
#[cfg(target_os = "linux")]
fn end_of(child: &Child) -> Option<OwnedFd> {
    use rustix::process::{PidfdFlags, pidfd_open};
    // Kernels before 5.3 do not have it: then the child is looked at now and then.
    pidfd_open(Pid::from_child(child), PidfdFlags::empty()).ok()
}

#[cfg(not(target_os = "linux"))]
fn end_of(_: &Child) -> Option<OwnedFd> {
    None
}

/// Whether the child has ended. It is not reaped: until then its process group cannot become another's.
fn has_ended(child: &Child) -> io::Result<bool> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    match waitid(WaitId::Pid(Pid::from_child(child)), options) {
        Ok(status) => Ok(status.is_some()),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
