//! Hears a program where pipes cannot be polled: a thread for each pipe, one channel, and a look at the process now and
//! then.

use std::io::{self, Read, Write};
use std::process::Child;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::Duration;

use super::{CHUNK_BYTES, Watch};

/// How often the process is looked at: nothing tells of its end.
const TICK: Duration = Duration::from_millis(5);

enum Event {
    Bytes(usize, Vec<u8>),
    Closed,
}

/// Gives `input` to `child` and tells `watch` what happens, until the program has ended and its outputs are read.
pub(super) fn listen(child: &mut Child, input: &[u8], watch: &mut Watch) -> io::Result<()> {
    let events = threads(child, input.to_vec());
    let mut open = 2;
    while (watch.ended.is_none() || open > 0) && !watch.is_over() {
        match events.recv_timeout(watch.patience().min(TICK)) {
            Ok(Event::Bytes(stream, bytes)) => watch.keep(stream, &bytes, child),
            Ok(Event::Closed) => open -= 1,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => thread::sleep(TICK),
        }
        if watch.ended.is_none() && child.try_wait()?.is_some() {
            watch.end(child);
        }
        watch.look_at_the_clock(child);
    }
    Ok(())
}

fn threads(child: &mut Child, input: Vec<u8>) -> Receiver<Event> {
    let (sender, receiver) = mpsc::sync_channel(16);
    if let Some(mut pipe) = child.stdin.take() {
        // A program may end without reading its input: that is seen by how it ends, not here.
        thread::spawn(move || drop(pipe.write_all(&input)));
    }
    forward(child.stdout.take(), 0, &sender);
    forward(child.stderr.take(), 1, &sender);
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
