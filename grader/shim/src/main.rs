//! The program that the grader starts in place of a submission, a compiler or a linker, and that becomes it.

use std::process::ExitCode;

fn main() -> ExitCode {
    shim::run()
}
