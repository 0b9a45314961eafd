//! System calls: none but the listed ones, by seccomp (seccomp(2)). All others fail with "not permitted".
//!
//! The lists are what rustc, its linker and a test binary of the standard library use; a submission's own code has the
//! shortest one. The names are those of libc, a few of which not every processor has.

use std::collections::BTreeMap;

use libc::{self as l, c_long};
use seccompiler::SeccompCmpArgLen::{Dword, Qword};
use seccompiler::SeccompCmpOp::{Eq, MaskedEq};
use seccompiler::{BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, apply_filter};

use crate::Role;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Memory, time, outputs, locks, its own end: what any program of the standard library does.
const COMPUTE: &[c_long] = &[
    l::SYS_brk,
    l::SYS_mmap,
    l::SYS_munmap,
    l::SYS_mremap,
    l::SYS_mprotect,
    l::SYS_madvise,
    l::SYS_read,
    l::SYS_write,
    l::SYS_readv,
    l::SYS_writev,
    l::SYS_pread64,
    l::SYS_lseek,
    l::SYS_close,
    l::SYS_fstat,
    l::SYS_newfstatat,
    l::SYS_statx,
    l::SYS_openat,
    l::SYS_faccessat,
    l::SYS_faccessat2,
    l::SYS_readlinkat,
    l::SYS_fcntl,
    l::SYS_ppoll,
    l::SYS_futex,
    l::SYS_sched_yield,
    l::SYS_sched_getaffinity,
    l::SYS_nanosleep,
    l::SYS_clock_nanosleep,
    l::SYS_clock_gettime,
    l::SYS_clock_getres,
    l::SYS_gettimeofday,
    l::SYS_getrandom,
    l::SYS_getpid,
    l::SYS_gettid,
    l::SYS_getuid,
    l::SYS_geteuid,
    l::SYS_getgid,
    l::SYS_getegid,
    l::SYS_getcwd,
    l::SYS_rt_sigaction,
    l::SYS_rt_sigprocmask,
    l::SYS_rt_sigreturn,
    l::SYS_sigaltstack,
    l::SYS_set_tid_address,
    l::SYS_set_robust_list,
    l::SYS_rseq,
    l::SYS_restart_syscall,
    l::SYS_execve,
    l::SYS_exit,
    l::SYS_exit_group,
];

/// The same by older names.
#[cfg(target_arch = "x86_64")]
const COMPUTE_OLD: &[c_long] =
    &[l::SYS_open, l::SYS_stat, l::SYS_lstat, l::SYS_access, l::SYS_readlink, l::SYS_poll, l::SYS_arch_prctl];
#[cfg(not(target_arch = "x86_64"))]
const COMPUTE_OLD: &[c_long] = &[];

/// Files in a folder of its own, and pipes to itself: what a compiler does beside.
const COMPILE: &[c_long] = &[
    l::SYS_pwrite64,
    l::SYS_pwritev,
    l::SYS_preadv,
    l::SYS_dup,
    l::SYS_dup3,
    l::SYS_pipe2,
    l::SYS_eventfd2,
    l::SYS_getdents64,
    l::SYS_chdir,
    l::SYS_mkdirat,
    l::SYS_unlinkat,
    l::SYS_renameat,
    l::SYS_renameat2,
    l::SYS_linkat,
    l::SYS_symlinkat,
    l::SYS_ftruncate,
    l::SYS_fallocate,
    l::SYS_flock,
    l::SYS_fsync,
    l::SYS_fdatasync,
    l::SYS_fchmod,
    l::SYS_fchmodat,
    l::SYS_umask,
    l::SYS_utimensat,
    l::SYS_copy_file_range,
    l::SYS_sendfile,
    l::SYS_ioctl,
    l::SYS_sysinfo,
    l::SYS_uname,
    l::SYS_getrusage,
    l::SYS_getppid,
    l::SYS_statfs,
    l::SYS_fstatfs,
    l::SYS_fadvise64,
    l::SYS_msync,
    l::SYS_epoll_create1,
    l::SYS_epoll_ctl,
    l::SYS_epoll_pwait,
    l::SYS_memfd_create,
];
#[cfg(target_arch = "x86_64")]
const COMPILE_OLD: &[c_long] = &[
    l::SYS_dup2,
    l::SYS_pipe,
    l::SYS_mkdir,
    l::SYS_rmdir,
    l::SYS_unlink,
    l::SYS_rename,
    l::SYS_link,
    l::SYS_symlink,
    l::SYS_chmod,
    l::SYS_getrlimit,
    l::SYS_epoll_wait,
    l::SYS_utime,
];
#[cfg(not(target_arch = "x86_64"))]
const COMPILE_OLD: &[c_long] = &[];

/// Starting and awaiting other programs. The standard library hands errors of the child over a socket pair.
const LINK: &[c_long] = &[
    l::SYS_clone,
    l::SYS_wait4,
    l::SYS_waitid,
    l::SYS_socketpair,
    l::SYS_recvfrom,
    l::SYS_recvmsg,
    l::SYS_sendto,
    l::SYS_sendmsg,
    l::SYS_pidfd_open,
    l::SYS_getpgid,
    l::SYS_getgroups,
    l::SYS_fchown,
    l::SYS_fchownat,
];
#[cfg(target_arch = "x86_64")]
const LINK_OLD: &[c_long] = &[l::SYS_fork, l::SYS_vfork, l::SYS_getpgrp, l::SYS_select, l::SYS_chown];
#[cfg(not(target_arch = "x86_64"))]
const LINK_OLD: &[c_long] = &[];

/// Leaves this process and its children the system calls of `role`.
///
/// # Errors
/// When there is no filter for this processor, or the kernel refuses it.
pub(super) fn close(role: Role) -> Result<(), String> {
    let install = || -> Result<(), seccompiler::Error> {
        // The outer filter comes first, because the inner one forbids to install more. glibc falls back from `clone3`,
        // whose flags no filter can see, to `clone` only where the kernel seems too old for it.
        let no_clone3 = Rules::from([(l::SYS_clone3, Vec::new())]);
        apply_filter(&program(no_clone3, SeccompAction::Allow, SeccompAction::Errno(l::ENOSYS as u32))?)?;
        let listed = rules(role)?;
        apply_filter(&program(listed, SeccompAction::Errno(l::EPERM as u32), SeccompAction::Allow)?)
    };
    install().map_err(|error| format!("cannot restrict system calls (seccomp): {error}"))
}

fn program(
    rules: Rules,
    otherwise: SeccompAction,
    listed: SeccompAction,
) -> Result<BpfProgram, seccompiler::Error> {
    let processor = std::env::consts::ARCH.try_into().map_err(seccompiler::Error::Backend)?;
    let filter =
        SeccompFilter::new(rules, otherwise, listed, processor).map_err(seccompiler::Error::Backend)?;
    filter.try_into().map_err(seccompiler::Error::Backend)
}

fn rules(role: Role) -> Result<Rules, seccompiler::Error> {
    let mut lists = vec![COMPUTE, COMPUTE_OLD];
    if role != Role::Submission {
        lists.extend([COMPILE, COMPILE_OLD]);
    }
    if role == Role::Linker {
        lists.extend([LINK, LINK_OLD]);
    }
    let calls = lists.into_iter().flatten().chain(&[l::SYS_clone3]);
    let mut rules: Rules = calls.map(|call| (*call, Vec::new())).collect();
    let mut only = |call: c_long,
                    argument: u8,
                    length,
                    operation,
                    value: u64|
     -> Result<(), seccompiler::BackendError> {
        let condition = SeccompCondition::new(argument, length, operation, value)?;
        rules.insert(call, vec![SeccompRule::new(vec![condition])?]);
        Ok(())
    };
    let mut conditions = || {
        if role != Role::Linker {
            // Threads, but no processes.
            let thread = l::CLONE_THREAD as u64;
            only(l::SYS_clone, 0, Qword, MaskedEq(thread), thread)?;
            // `abort` sends a signal to its own process; a signal to another one could end the grader.
            only(l::SYS_tgkill, 0, Dword, Eq, u64::from(std::process::id()))?;
        }
        // Threads tell their names to whoever debugs them; everything else that prctl does stays as it is.
        only(l::SYS_prctl, 0, Dword, Eq, l::PR_SET_NAME as u64)?;
        // Its own limits, to know the size of its stack.
        only(l::SYS_prlimit64, 0, Dword, Eq, 0)
    };
    conditions().map_err(seccompiler::Error::Backend)?;
    Ok(rules)
}
