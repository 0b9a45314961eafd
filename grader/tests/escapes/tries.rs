//! A hostile program with the whole standard library, and with the system's own calls: one try a run, named by its first
//! argument. It ends with 0 when it got out, with 1 when it was held, with 2 when there is no such try.
//!
//! Arguments: the try, a file outside, a folder outside, the grader's process id.

use std::ffi::{c_char, c_int, c_long, c_void};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::thread;
use std::time::Duration;

// Numbers of system calls on x86-64, where these tests run; elsewhere the same tries would be other calls.
unsafe extern "C" {
    fn syscall(number: c_long, ...) -> c_long;
    fn kill(id: c_int, signal: c_int) -> c_int;
    fn fork() -> c_int;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
}

struct Place {
    file: PathBuf,
    folder: PathBuf,
    grader: c_int,
}

/// A system call that must not succeed.
macro_rules! call {
    ($number:expr $(, $argument:expr)*) => { unsafe { syscall($number $(, $argument as c_long)*) >= 0 } };
}

/// Whether the child or the new program ran.
fn forks(child: c_int) -> bool {
    if child == 0 {
        exit(0);
    }
    child > 0
}

fn opens(path: &[u8], flags: c_int) -> bool {
    unsafe { open(path.as_ptr().cast(), flags) >= 0 }
}

fn reads_any(folder: &str) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

fn path(path: &Path) -> Vec<u8> {
    let mut bytes = path.to_str().unwrap().as_bytes().to_vec();
    bytes.push(0);
    bytes
}

fn escapes(name: &str, place: &Place) -> Option<bool> {
    let groups = [files, own_files, host, processes, other_processes, talk, kernel, given, endless];
    groups.into_iter().find_map(|group| group(name, place))
}

/// Files of the host: what a stranger has no business with.
fn files(name: &str, place: &Place) -> Option<bool> {
    let file = &place.file;
    let new = place.folder.join("new");
    let raw_file = path(&place.file);
    let raw_new = path(&place.folder.join("new"));
    Some(match name {
        "read_outside" => fs::read(file).is_ok(),
        "write_outside" => {
            OpenOptions::new().write(true).open(file).is_ok_and(|mut file| file.write_all(b"x").is_ok())
        }
        "append_outside" => OpenOptions::new().append(true).open(file).is_ok(),
        "truncate_outside" => call!(76, raw_file.as_ptr(), 0),
        "make_outside" => fs::File::create(&new).is_ok(),
        "make_here" => fs::File::create("new").is_ok(),
        "make_in_shared_memory" => {
            let made = fs::File::create("/dev/shm/escape-of-a-lab").is_ok();
            let _ = fs::remove_file("/dev/shm/escape-of-a-lab");
            made
        }
        "make_a_folder" => fs::create_dir(&new).is_ok(),
        "remove_outside" => fs::remove_file(file).is_ok(),
        "rename_outside" => fs::rename(file, &new).is_ok(),
        "link_outside" => fs::hard_link(file, &new).is_ok(),
        "symbolic_link" => std::os::unix::fs::symlink("/etc/passwd", &new).is_ok(),
        "pipe_with_a_name" => call!(133, raw_new.as_ptr(), 0o010_644, 0),
        "rights_outside" => call!(90, raw_file.as_ptr(), 0o777),
        "owner_outside" => call!(92, raw_file.as_ptr(), 1, 1),
        "times_outside" => call!(280, -100, raw_file.as_ptr(), 0, 0),
        "attribute_outside" => call!(188, raw_file.as_ptr(), c"user.x".as_ptr(), c"x".as_ptr(), 1, 0),
        _ => return None,
    })
}

/// Files that it has, used otherwise than they are meant.
fn own_files(name: &str, place: &Place) -> Option<bool> {
    let raw_file = path(&place.file);
    let own = std::env::args_os().next().unwrap();
    Some(match name {
        "list_outside" => reads_any(place.folder.to_str().unwrap()),
        "list_the_root_of_home" => reads_any("/root") || reads_any("/home"),
        "read_passwords" => fs::read("/etc/passwd").is_ok(),
        "write_itself" => OpenOptions::new().write(true).open(&own).is_ok(),
        "remove_itself" => fs::remove_file(&own).is_ok(),
        "path_descriptor_and_reopen" => {
            let held = unsafe { open(raw_file.as_ptr().cast(), 0o10_000_000) };
            held >= 0 && fs::read(format!("/proc/self/fd/{held}")).is_ok()
        }
        "file_by_handle" => {
            call!(303, -100, raw_file.as_ptr(), [0_u64; 32].as_mut_ptr(), &mut 0_i32 as *mut i32, 0)
        }
        "watch_outside" => call!(253),
        "change_root" => call!(161, c"/".as_ptr()),
        "terminal" => opens(b"/dev/tty\0", 2),
        "kernel_log" => opens(b"/dev/kmsg\0", 0),
        _ => return None,
    })
}

/// The host through `/proc`.
fn host(name: &str, place: &Place) -> Option<bool> {
    let grader = place.grader;
    Some(match name {
        "own_memory" => OpenOptions::new().write(true).open("/proc/self/mem").is_ok(),
        "environment_of_the_grader" => fs::read(format!("/proc/{grader}/environ")).is_ok(),
        "list_processes" => reads_any("/proc"),
        "settings_of_the_kernel" => fs::read("/proc/sys/kernel/hostname").is_ok(),
        _ => return None,
    })
}

/// Processes of its own.
fn processes(name: &str, _: &Place) -> Option<bool> {
    let own = std::env::args_os().next().unwrap();
    Some(match name {
        "start_a_shell" => Command::new("/bin/sh").args(["-c", "exit 0"]).status().is_ok(),
        "become_a_shell" => {
            use std::os::unix::process::CommandExt;
            let _ = Command::new("/bin/sh").args(["-c", "exit 0"]).exec();
            false
        }
        "start_itself" => Command::new(&own).arg("nothing").status().is_ok(),
        "fork" => forks(unsafe { fork() }),
        "fork_by_number" => forks(unsafe { syscall(57) } as c_int),
        "clone_by_number" => forks(unsafe { syscall(56, 17_i64, 0_i64, 0_i64, 0_i64, 0_i64) } as c_int),
        "clone3" => {
            let arguments = [0_u64, 0, 0, 0, 17, 0, 0, 0];
            forks(unsafe { syscall(435, arguments.as_ptr(), 64_i64) } as c_int)
        }
        "program_in_memory" => {
            let file = unsafe { syscall(319, c"x".as_ptr(), 0_i64) };
            file >= 0
        }
        _ => return None,
    })
}

/// Processes of others, the grader first.
fn other_processes(name: &str, place: &Place) -> Option<bool> {
    let grader = place.grader;
    Some(match name {
        "signal_to_the_grader" => unsafe { kill(grader, 0) == 0 },
        "signal_to_everybody" => unsafe { kill(-1, 0) == 0 },
        "signal_to_a_thread_of_the_grader" => call!(234, grader, grader, 0),
        "signal_with_a_value" => call!(129, grader, 0, [0_u64; 16].as_ptr()),
        "descriptor_of_the_grader" => call!(434, grader, 0),
        "trace_the_grader" => call!(101, 16_906, grader, 0, 0),
        "be_traced" => call!(101, 0, 0, 0, 0),
        "memory_of_the_grader" => {
            let mut byte = 0_u8;
            let here = [(&raw mut byte) as usize, 1];
            let there = [0x40_0000_usize, 1];
            let done =
                unsafe { syscall(310, grader as c_long, here.as_ptr(), 1_i64, there.as_ptr(), 1_i64, 0_i64) };
            done >= 0 || std::io::Error::last_os_error().raw_os_error() == Some(14)
        }
        "limits_of_the_grader" => {
            let mut limits = [0_u64; 2];
            call!(302, grader, 7, 0, limits.as_mut_ptr())
        }
        "own_session" => call!(112),
        "own_group" => call!(109, 0, 0),
        "outlive_the_grader" => call!(157, 1, 0, 0, 0, 0),
        "more_files" => call!(302, 0, 7, [4096_u64, 4096].as_ptr(), 0),
        _ => return None,
    })
}

/// The network, and other ways to talk.
fn talk(name: &str, place: &Place) -> Option<bool> {
    let new = place.folder.join("new");
    Some(match name {
        "udp" => UdpSocket::bind("127.0.0.1:0").is_ok(),
        "listen" => TcpListener::bind("127.0.0.1:0").is_ok(),
        "connect" => match TcpStream::connect("127.0.0.1:9") {
            Ok(_) => true,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionRefused,
        },
        "unix_socket" => UnixListener::bind(&new).is_ok(),
        "pair_of_sockets" => UnixStream::pair().is_ok(),
        "raw_socket" => call!(41, 16, 3, 0),
        "shared_memory" => call!(29, 0, 4096, 0o1600),
        "message_queue" => call!(68, 0, 0o1600),
        "semaphores" => call!(64, 0, 1, 0o1600),
        "keys" => call!(250, 0, -3, 1),
        _ => return None,
    })
}

/// What the kernel offers beside.
fn kernel(name: &str, _: &Place) -> Option<bool> {
    Some(match name {
        "user_namespace" => call!(272, 0x1000_0000),
        "mount" => call!(165, c"x".as_ptr(), c"/".as_ptr(), c"tmpfs".as_ptr(), 0x1000 | 0x20, 0),
        "mount_by_new_calls" => call!(430, c"tmpfs".as_ptr(), 0),
        "be_root" => call!(117, 0, 0, 0),
        "capabilities" => call!(126, [0x2008_0522_u32, 0].as_ptr(), [!0_u32; 6].as_ptr()),
        "io_uring" => call!(425, 1, [0_u64; 15].as_mut_ptr()),
        "bpf" => call!(321, 0, [0_u64; 16].as_ptr(), 72),
        "performance_counters" => call!(298, [0_u64; 16].as_ptr(), 0, -1, -1, 0),
        "faults_in_user_space" => call!(323, 1),
        "filter_of_its_own" => call!(317, 2, 0, &0_u32 as *const u32),
        "name_of_the_host" => call!(170, c"pwn".as_ptr(), 3),
        "clock_of_the_host" => call!(227, 0, [0_u64; 2].as_ptr()),
        "module" => call!(175, 0, 0, 0),
        "other_personality" => call!(135, 0x004_0000),
        _ => return None,
    })
}

/// What it was given without asking.
fn given(name: &str, _: &Place) -> Option<bool> {
    Some(match name {
        "open_files" => (3..256).any(|file| unsafe { syscall(72, file as c_long, 1_i64) } >= 0),
        "environment" => std::env::vars_os().any(|(name, _)| name != "RUST_BACKTRACE"),
        _ => return None,
    })
}

/// What has no end.
fn endless(name: &str, _: &Place) -> Option<bool> {
    Some(match name {
        "loop" => loop {
            std::hint::spin_loop();
        },
        "sleep" => loop {
            thread::sleep(Duration::from_secs(3600));
        },
        "flood" => loop {
            let _ = std::io::stdout().write_all(&[b'A'; 1 << 16]);
        },
        "flood_of_errors" => loop {
            let _ = std::io::stderr().write_all(&[b'A'; 1 << 16]);
        },
        "memory" => {
            let mut all = Vec::new();
            loop {
                all.push(vec![1_u8; 1 << 24]);
            }
        }
        "threads" => {
            let sleep = || thread::sleep(Duration::from_secs(3600));
            while thread::Builder::new().spawn(sleep).is_ok() {}
            thread::sleep(Duration::from_secs(3600));
            true
        }
        "ignore_signals" => {
            const IGNORE: usize = 1;
            for signal in 1..32 {
                unsafe { signal_ignored(signal, IGNORE) };
            }
            loop {
                std::hint::spin_loop();
            }
        }
        _ => return None,
    })
}

unsafe extern "C" {
    #[link_name = "signal"]
    fn signal_ignored(signal: c_int, handler: usize) -> *mut c_void;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, file, folder, grader] = &arguments[..] else { exit(2) };
    let place = Place { file: file.into(), folder: folder.into(), grader: grader.parse().unwrap() };
    match escapes(name, &place) {
        Some(true) => exit(0),
        Some(false) => exit(1),
        None => exit(2),
    }
}
