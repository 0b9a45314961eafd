//! Hostile programs behind the walls of each tier: what would happen if scan and compiler let everything through.
//!
//! `escapes/tries.rs` is one program with many tries. In *full* and *container* each is held; in *limits*, the control,
//! those that do no harm get through, which proves that it is the walls that hold them. Run as root and as an ordinary
//! user, the outcome is the same.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use grader::harness::Harness;
use grader::layout::Layout;
use grader::process::{Ending, Job, Outcome, run};
use grader::progress::Silent;
use grader::sandbox::{OUT_OF_CPU_TIME, ProcessLimits, Sandbox, Tier, Walls};
use rstest::rstest;
use tempfile::TempDir;

const LIMITS: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(10),
    cpu: Duration::from_secs(5),
    memory_bytes: 256 << 20,
    file_bytes: 0,
    output_bytes: 1 << 20,
};
const OUT: Ending = Ending::Exited(0);
const HELD: Ending = Ending::Exited(1);

/// Tries that get out where only limits hold, and do no harm there: the controls.
const GET_OUT_OF_LIMITS: &[&str] = &[
    "read_outside",
    "make_outside",
    "make_here",
    "make_a_folder",
    "symbolic_link",
    "pipe_with_a_name",
    "rights_outside",
    "list_outside",
    "read_passwords",
    "append_outside",
    "truncate_outside",
    "rename_outside",
    "link_outside",
    "remove_outside",
    "times_outside",
    "watch_outside",
    "path_descriptor_and_reopen",
    "list_processes",
    "settings_of_the_kernel",
    "environment_of_the_grader",
    "own_memory",
    "start_a_shell",
    "become_a_shell",
    "start_itself",
    "fork",
    "fork_by_number",
    "clone_by_number",
    "clone3",
    "program_in_memory",
    "signal_to_the_grader",
    "signal_to_a_thread_of_the_grader",
    "descriptor_of_the_grader",
    "limits_of_the_grader",
    "outlive_the_grader",
    "udp",
    "listen",
    "connect",
    "unix_socket",
    "pair_of_sockets",
    "raw_socket",
    "user_namespace",
];

/// Tries that are held by the walls, and are no control: they would do harm, or need what not every machine has.
const HELD_ALSO: &[&str] = &[
    "write_outside",
    "make_in_shared_memory",
    "owner_outside",
    "attribute_outside",
    "list_the_root_of_home",
    "write_itself",
    "remove_itself",
    "file_by_handle",
    "change_root",
    "terminal",
    "kernel_log",
    "signal_to_everybody",
    "signal_with_a_value",
    "trace_the_grader",
    "be_traced",
    "memory_of_the_grader",
    "own_session",
    "own_group",
    "more_files",
    "shared_memory",
    "message_queue",
    "semaphores",
    "keys",
    "mount",
    "mount_by_new_calls",
    "be_root",
    "capabilities",
    "io_uring",
    "bpf",
    "performance_counters",
    "faults_in_user_space",
    "filter_of_its_own",
    "name_of_the_host",
    "clock_of_the_host",
    "module",
    "other_personality",
    "open_files",
    "environment",
];

/// A folder that is forbidden, one to start in, and the program.
struct Range {
    home: TempDir,
    program: PathBuf,
}

impl Range {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let program = home.path().join("tries");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/escapes/tries.rs");
        let built = Command::new("rustc")
            .args(["--edition=2024", "-O", "-o"])
            .arg(&program)
            .arg(source)
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        fs::create_dir(home.path().join("run")).unwrap();
        Self { home, program }
    }

    /// Makes the forbidden folder anew: a try of the control may have changed it.
    fn outside(&self) -> PathBuf {
        let folder = self.home.path().join("outside");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("secret"), "secret").unwrap();
        fs::set_permissions(folder.join("secret"), fs::Permissions::from_mode(0o644)).unwrap();
        folder
    }

    fn attempt(&self, sandbox: &Sandbox, name: &str, limits: ProcessLimits) -> Outcome {
        let outside = self.outside();
        let own = std::process::id().to_string();
        let job = Job {
            program: &self.program,
            arguments: vec![name.into(), outside.join("secret").into(), outside.clone().into(), own.into()],
            environment: vec![("RUST_BACKTRACE".into(), "0".into())],
            folder: &self.home.path().join("run"),
            input: &[],
            limits,
            walls: Walls::of_submission(self.program.clone()),
        };
        run(sandbox, &job).unwrap()
    }

    /// What a try changed on the host, or left running.
    fn traces(&self) -> Vec<String> {
        let outside = self.home.path().join("outside");
        let names = |folder: &Path| -> Vec<String> {
            let entries = fs::read_dir(folder).unwrap();
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
        };
        let mut traces = Vec::new();
        if names(&outside) != ["secret"] || fs::read(outside.join("secret")).unwrap() != b"secret" {
            traces.push("the folder outside is not what it was".to_owned());
        }
        if !names(&self.home.path().join("run")).is_empty() {
            traces.push("there is a new file where it was started".to_owned());
        }
        let program = self.program.to_str().unwrap();
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let alive = processes.filter(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).starts_with(program)
        });
        traces.extend(alive.map(|entry| format!("process {} is left", entry.path().display())));
        traces
    }
}

fn sandbox(tier: Tier) -> Sandbox {
    Sandbox::of_tier(shim(), tier).unwrap()
}

/// What becomes the programs that are run.
fn shim() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Harness::ready(&Layout::at(root).unwrap(), &Silent).unwrap().shim
}

#[rstest]
#[case::full(Tier::Full)]
#[case::container(Tier::Container)]
fn nothing_gets_out(#[case] tier: Tier) {
    let range = Range::new();
    let sandbox = sandbox(tier);
    let mut wrong = Vec::new();
    for name in GET_OUT_OF_LIMITS.iter().chain(HELD_ALSO) {
        let outcome = range.attempt(&sandbox, name, LIMITS);
        // Its own signal mask is all that a process in namespaces of its own may reach.
        if outcome.ending != HELD {
            wrong.push(format!("{name}: {:?} {}", outcome.ending, outcome.stderr_text()));
        }
        wrong.extend(range.traces().iter().map(|trace| format!("{name}: {trace}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn control_without_the_walls_the_same_tries_get_out() {
    let range = Range::new();
    let sandbox = sandbox(Tier::Limits);
    let held = |name: &&&str| range.attempt(&sandbox, name, LIMITS).ending != OUT;
    let held: Vec<_> = GET_OUT_OF_LIMITS.iter().filter(held).collect();
    assert!(held.is_empty(), "these prove nothing, because nothing holds them back: {held:?}");
}

#[rstest]
#[case::endless("loop", Ending::TimedOut)]
#[case::asleep("sleep", Ending::TimedOut)]
#[case::deaf("ignore_signals", Ending::TimedOut)]
#[case::flood("flood", Ending::Flooded)]
#[case::flood_of_errors("flood_of_errors", Ending::Flooded)]
#[case::memory("memory", Ending::Signalled(6))]
fn what_has_no_end_is_ended(
    #[case] name: &str,
    #[case] ending: Ending,
    #[values(Tier::Full, Tier::Container)] tier: Tier,
) {
    let range = Range::new();
    let limits =
        ProcessLimits { wall: Duration::from_millis(if name == "memory" { 10_000 } else { 500 }), ..LIMITS };
    let outcome = range.attempt(&sandbox(tier), name, limits);
    assert_eq!(outcome.ending, ending, "{}", outcome.stderr_text());
    assert!(outcome.duration < Duration::from_secs(15));
    assert_eq!(range.traces(), Vec::<String>::new());
}

#[rstest]
fn threads_without_end_are_ended(#[values(Tier::Full, Tier::Container)] tier: Tier) {
    let range = Range::new();
    let outcome =
        range.attempt(&sandbox(tier), "threads", ProcessLimits { wall: Duration::from_secs(2), ..LIMITS });
    // Either the address space ends first, which ends the program, or the clock.
    assert_ne!(outcome.ending, OUT);
    assert_eq!(range.traces(), Vec::<String>::new());
}

#[rstest]
fn a_time_limit_on_the_processor_is_told_through_the_walls(
    #[values(Tier::Full, Tier::Container)] tier: Tier,
) {
    let range = Range::new();
    let outcome =
        range.attempt(&sandbox(tier), "loop", ProcessLimits { cpu: Duration::from_millis(200), ..LIMITS });
    assert_eq!(outcome.ending, Ending::Signalled(OUT_OF_CPU_TIME[0]));
}

/// What is denied in this thread is denied to the programs that it starts.
fn denied(call: libc::c_long, probe: impl FnOnce() -> Sandbox + Send) -> Sandbox {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let rules = [(call, Vec::new())].into_iter().collect();
            let refuse = SeccompAction::Errno(libc::EPERM as u32);
            let processor = std::env::consts::ARCH.try_into().unwrap();
            let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, processor).unwrap();
            apply_filter(&BpfProgram::try_from(filter).unwrap()).unwrap();
            probe()
        });
        thread.join().unwrap()
    })
}

#[rstest]
#[case::namespaces(libc::SYS_unshare, Tier::Container, "namespaces are denied")]
#[case::mounts(libc::SYS_mount, Tier::Container, "cannot detach the mounts")]
#[case::landlock(libc::SYS_landlock_create_ruleset, Tier::Limits, "landlock")]
#[case::filters(libc::SYS_seccomp, Tier::Limits, "cannot restrict system calls (seccomp)")]
fn where_a_wall_is_denied_the_tier_is_weaker_and_says_so(
    #[case] call: libc::c_long,
    #[case] tier: Tier,
    #[case] reason: &str,
) {
    let shim = shim();
    let sandbox = denied(call, || Sandbox::probe(shim).unwrap());
    assert_eq!(sandbox.tier(), tier);
    assert!(sandbox.reasons().iter().any(|words| words.contains(reason)), "{:?}", sandbox.reasons());
    assert_eq!(sandbox.for_strangers().is_ok(), tier >= Tier::Container);
}

#[test]
fn a_wall_that_fails_later_ends_the_run_and_nothing_runs_without_it() {
    let range = Range::new();
    let outside = range.outside();
    let job = Job {
        program: &range.program,
        arguments: vec!["make_outside".into(), outside.join("secret").into(), outside.into(), "1".into()],
        environment: Vec::new(),
        folder: &range.home.path().join("run"),
        input: &[],
        limits: LIMITS,
        walls: Walls { readable: vec!["/nowhere".into()], ..Walls::of_submission(range.program.clone()) },
    };
    let error = run(&sandbox(Tier::Full), &job).unwrap_err().to_string();
    assert!(error.contains("cannot take /nowhere into the sandbox"), "{error}");
    assert_eq!(range.traces(), Vec::<String>::new());
}
