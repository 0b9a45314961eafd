//! Programs that do not end, write without end, or leave children behind.
#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::time::Duration;

use grader::harness::Harness;
use grader::layout::Layout;
use grader::process::{Ending, Job, Outcome, ProcessError, run};
use grader::progress::Silent;
use grader::sandbox::{OUT_OF_CPU_TIME, ProcessLimits, Role, Sandbox, Tier, Walls};
use rstest::rstest;

const LIMITS: ProcessLimits = ProcessLimits {
    wall: Duration::from_secs(20),
    cpu: Duration::from_secs(10),
    memory_bytes: 1 << 30,
    file_bytes: 0,
    output_bytes: 1 << 16,
};

fn shell(script: &str, input: &str, limits: ProcessLimits) -> Outcome {
    let job = Job {
        program: Path::new("/bin/sh"),
        arguments: vec!["-c".into(), script.into()],
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        folder: Path::new("/"),
        input: input.as_bytes(),
        limits,
        walls: Walls { role: Role::Linker, readable: Vec::new(), writable: Vec::new() },
    };
    run(&limited(), &job).unwrap()
}

/// The weakest tier that every Unix has; the others build on it.
fn limited() -> Sandbox {
    Sandbox::of_tier(shim(), Tier::Limits).unwrap()
}

/// What becomes the programs that are run.
fn shim() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    Harness::ready(&Layout::at(root).unwrap(), &Silent).unwrap().shim
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap().trim_end()
}

#[test]
fn input_output_and_exit_code_go_through() {
    let outcome = shell("read x; echo out $x; echo err >&2; exit 7", "in\n", LIMITS);
    assert_eq!(outcome.ending, Ending::Exited(7));
    assert_eq!((text(&outcome.stdout), text(&outcome.stderr)), ("out in", "err"));
}

#[test]
fn the_environment_is_cleared_and_the_limits_are_set() {
    let script = "echo ${HOME-no} ${CARGO_MANIFEST_DIR-no}; ulimit -c; ulimit -t; ulimit -v; ulimit -f";
    let outcome = shell(script, "", LIMITS);
    assert_eq!(text(&outcome.stdout).lines().collect::<Vec<_>>(), ["no no", "0", "10", "1048576", "0"]);
}

#[rstest]
#[case::sleeps("sleep 1000")]
#[case::child_holds_the_outputs("sleep 1000 & sleep 1000")]
fn the_clock_ends_it(#[case] script: &str) {
    let outcome = shell(script, "", ProcessLimits { wall: Duration::from_millis(200), ..LIMITS });
    assert_eq!(outcome.ending, Ending::TimedOut);
    assert!(outcome.duration < Duration::from_secs(10));
}

#[test]
fn the_processor_limit_is_a_signal_of_its_own() {
    let cpu = Duration::from_millis(150);
    let outcome = shell("while :; do :; done", "", ProcessLimits { cpu, ..LIMITS });
    assert_eq!(outcome.ending, Ending::Signalled(OUT_OF_CPU_TIME[0]));
    let used = outcome.cpu;
    assert!(used >= cpu && used < cpu * 2, "{used:?} of {cpu:?}");
}

#[test]
fn waiting_costs_no_processor_time() {
    let outcome =
        shell("sleep 0.3; echo done", "", ProcessLimits { cpu: Duration::from_millis(150), ..LIMITS });
    assert_eq!((outcome.ending, text(&outcome.stdout)), (Ending::Exited(0), "done"));
}

#[test]
fn a_flood_is_cut_and_ended() {
    let outcome = shell("while :; do echo flood; done", "", LIMITS);
    assert_eq!((outcome.ending, outcome.stdout.len()), (Ending::Flooded, LIMITS.output_bytes));
}

#[test]
fn children_end_with_their_parent() {
    let outcome = shell("sleep 1000 & echo $!", "", LIMITS);
    assert_eq!(outcome.ending, Ending::Exited(0));
    let id = text(&outcome.stdout);
    // Killed it is; to be gone it needs a moment of processor time, and a zombie until its new parent looks is gone too.
    let alive = || {
        let status = std::fs::read_to_string(format!("/proc/{id}/status"));
        status.is_ok_and(|status| !status.contains("State:\tZ"))
    };
    while alive() {
        std::thread::yield_now();
    }
}

#[test]
fn files_cannot_be_written() {
    let outcome = shell("echo x > /tmp/grader-test-of-file-limit; echo $?", "", LIMITS);
    assert_ne!(text(&outcome.stdout), "0");
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let job = Job {
        program: Path::new("/nowhere/probe"),
        arguments: Vec::new(),
        environment: Vec::new(),
        folder: Path::new("/"),
        input: &[],
        limits: LIMITS,
        walls: Walls::of_submission("/nowhere/probe".into()),
    };
    let error = run(&limited(), &job).unwrap_err();
    assert!(
        matches!(&error, ProcessError::Sandbox { problem, .. } if problem.contains("cannot start /nowhere/probe"))
    );
}
