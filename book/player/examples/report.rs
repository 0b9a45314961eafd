//! A page that plays files of `vmtrace/1`: `cargo run -p player --example report -- TITLE NAME=FILE... > report.html`
use std::{error::Error, fs};

use player::{Run, figure, html};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let title = arguments.next().ok_or("usage: report TITLE NAME=FILE...")?;
    let mut runs = Vec::new();
    for argument in arguments {
        let (name, file) = argument.split_once('=').ok_or("expected NAME=FILE")?;
        runs.push((name.to_owned(), fs::read_to_string(file)?));
    }
    let runs: Vec<Run<'_>> = runs.iter().map(|(name, json)| Run { name, json }).collect();
    print!("{}", html(&title, &figure(&runs)?));
    Ok(())
}
