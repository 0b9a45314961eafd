//! Finds and reads the traces that a user names.

use std::path::Path;

use memory_traces::{PageTrace, Reading, TraceError};
use thiserror::Error;

use crate::layout::Layout;

/// A trace that cannot be replayed.
#[derive(Debug, Error, miette::Diagnostic)]
pub enum TraceFault {
    /// It is not what it should be.
    #[error(transparent)]
    #[diagnostic(help(
        "formats: vmt1, valgrind's lackey, Dinero din, oracleGeneral, one number a line; plain, gzip or zstd"
    ))]
    Unreadable(#[from] TraceError),
    /// Nothing is there.
    #[error("there is no trace {name}")]
    #[diagnostic(help("name a file, or one of the captured traces: {known}"))]
    Missing {
        /// As the user named it.
        name: String,
        /// The captured traces.
        known: String,
    },
}

/// The trace in the file `name`, or the captured one of that name.
///
/// # Errors
/// When there is none, or it is broken: with the place.
pub fn read(layout: &Layout, name: &Path, reading: Reading) -> Result<PageTrace, TraceFault> {
    if name.exists() {
        return Ok(PageTrace::open(name, reading)?);
    }
    let folder = layout.traces_dir();
    let captured = folder.join(name).with_extension("vmt");
    let is_a_name = name.components().count() == 1 && name.extension().is_none();
    if is_a_name && captured.exists() {
        return Ok(PageTrace::open(&captured, reading)?);
    }
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let traces = files.filter(|path| path.extension().is_some_and(|ending| ending == "vmt"));
    let mut known: Vec<String> =
        traces.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    known.sort();
    Err(TraceFault::Missing { name: name.display().to_string(), known: known.join(", ") })
}
