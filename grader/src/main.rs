//! The program `grader`: reads the command line, does what it asks for, ends with the exit code that tells how it went.

use std::process::ExitCode;

use clap::Parser;

mod cli;
mod commands;
mod terminal;

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    terminal::prepare_errors();
    match commands::run(arguments) {
        Ok(ending) => ending.code(),
        Err(report) => {
            eprint!("{report:?}");
            commands::Ending::AtFault.code()
        }
    }
}
