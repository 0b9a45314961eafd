//! `grader completions` and `grader man`: what a shell and `man` want to know, from clap's own description.

use std::path::Path;

use clap::CommandFactory;
use miette::{IntoDiagnostic, Result, WrapErr};

use super::{Ending, print};
use crate::cli::{Arguments, CompletionsArguments, ManArguments};

pub fn completions(arguments: &CompletionsArguments) -> Result<Ending> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "grader", &mut script);
    print::out(&String::from_utf8_lossy(&script))?;
    Ok(Ending::Passed)
}

pub fn man(arguments: &ManArguments) -> Result<Ending> {
    match &arguments.folder {
        Some(folder) => all_pages(folder)?,
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page).into_diagnostic()?;
            print::out(&String::from_utf8_lossy(&page))?;
        }
    }
    Ok(Ending::Passed)
}

fn all_pages(folder: &Path) -> Result<()> {
    let written =
        std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.into_diagnostic().wrap_err_with(|| format!("cannot write man pages to {}", folder.display()))
}
