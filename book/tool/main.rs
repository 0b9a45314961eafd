//! Builds the book: `cargo run -p book`, and shows it: `cargo run -p book -- serve`.
//!
//! The preprocessor ([`chapters::Labs`]) is the same code in both ways of building: here in-process, and as the command
//! `preprocess` for plain `mdbook build book`.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use mdbook_driver::MDBook;
use mdbook_preprocessor::Preprocessor;

mod course;
mod reference;
mod chapters;
mod task;
mod quiz;
mod plots;
mod links;
mod prose;
mod includes;
mod serve;

use crate::chapters::Labs;

const USAGE: &str = "usage: cargo run -p book -- [build | serve [PORT] | traces | trace LAB/SCENARIO]";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("book: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode> {
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::WARN)
        .with_writer(io::stderr)
        .without_time()
        .init();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] | ["build"] => {
            let index = build()?;
            println!("{}", index.join("index.html").display());
        }
        ["serve"] => serve::serve(&build()?, serve::PORT)?,
        ["serve", port] => {
            let port = port.parse().with_context(|| format!("`{port}` is no port"))?;
            serve::serve(&build()?, port)?;
        }
        ["traces"] => list_traces()?,
        ["trace", name] => println!("{}", trace(name)?),
        // What `mdbook build book` asks of the command in book.toml.
        ["preprocess", "supports", renderer] if !Labs.supports_renderer(renderer)? => {
            return Ok(ExitCode::FAILURE);
        }
        ["preprocess", "supports", _] => {}
        ["preprocess"] => {
            let (context, book) = mdbook_preprocessor::parse_input(io::stdin())?;
            serde_json::to_writer(io::stdout(), &Labs.run(&context, book)?)?;
        }
        other => bail!("unknown arguments {other:?}\n{USAGE}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the book and returns the folder of its pages.
fn build() -> Result<PathBuf> {
    let mut book = MDBook::load(folder())?;
    // The name is that of the command in book.toml, so this takes its place in the order.
    book.with_preprocessor(Labs);
    book.build()?;
    // With one renderer, mdBook puts its pages into the build folder itself.
    Ok(std::path::absolute(book.build_dir_for("html"))?)
}

/// A scenario's run as the document that the player reads.
fn trace(name: &str) -> Result<String> {
    let root = folder().parent().context("the book lies in the course")?;
    Ok(reference::record(root, &course::Course::load(root)?, name)?.json)
}

/// Every scenario that a chapter can play, with the size of its document.
fn list_traces() -> Result<()> {
    let root = folder().parent().context("the book lies in the course")?.to_owned();
    let course = course::Course::load(&root)?;
    for lab in reference::labs() {
        for scenario in course.scenarios(&root, lab)? {
            let recording = reference::record(&root, &course, &format!("{lab}/{scenario}"))?;
            println!("{lab}/{scenario}\t{} bytes", recording.json.len());
        }
    }
    Ok(())
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
