//! Checks `{{#include file:anchor}}`: mdBook puts an empty text where the anchor is gone, and only logs a missing file.

use std::{fs, path::Path};

/// Whether the line is an include.
pub fn is_include(line: &str) -> bool {
    line.trim_start().starts_with("{{#include ")
}

/// What is wrong with the includes of a line of a page in `folder`.
pub fn problems(folder: &Path, line: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in line.split("{{#include ").skip(1) {
        let Some((target, _)) = part.split_once("}}") else { continue };
        let (file, anchor) = target.trim().split_once(':').unwrap_or((target.trim(), ""));
        let Ok(text) = fs::read_to_string(folder.join(file)) else {
            found.push(format!("no file {file} to include"));
            continue;
        };
        let is_name = anchor.chars().next().is_some_and(char::is_alphabetic);
        if is_name && !text.lines().any(|line| line.trim_end().ends_with(&format!("ANCHOR: {anchor}"))) {
            found.push(format!("{file} has no `ANCHOR: {anchor}`"));
        } else if !is_name && !anchor.is_empty() {
            found.push(format!("{target}: include by an anchor, because numbers of lines change"));
        }
    }
    found
}
