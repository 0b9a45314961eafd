//! What is said where no lab's file was found: the names that would do, what lies there, and what to rename.

use std::path::Path;

use super::{IntakeError, summary};

/// How many of the files that lie there are named.
const SEEN_NAMED: usize = 3;

/// The error about `path`, of which the labs `wanted` were to be graded and where only `seen` lies.
pub(super) fn to_grade(path: &Path, wanted: &[&str], seen: &[String]) -> IntakeError {
    let (whose, expected) = match wanted {
        [lab] => (format!("the lab {lab}"), format!("{lab}.rs")),
        _ => ("a lab".to_owned(), any_of(wanted)),
    };
    let saw = match seen {
        [] => "nothing".to_owned(),
        _ => summary(seen, SEEN_NAMED).join(", "),
    };
    let advice = to_rename(wanted, seen).unwrap_or_default();
    let problem = format!("has no file of {whose}: expected {expected}, saw {saw}{advice}");
    IntakeError::NothingToGrade { path: path.to_path_buf(), problem }
}

fn any_of(labs: &[&str]) -> String {
    match labs {
        [] => "a file named after a lab".to_owned(),
        [lab] => format!("{lab}.rs"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|lab| format!("{lab}.rs")).collect();
            format!("{} or {last}.rs", first.join(", "))
        }
    }
}

/// Where exactly one Rust file lies there, it is likely the one, under another name.
fn to_rename(wanted: &[&str], seen: &[String]) -> Option<String> {
    let is_rust =
        |name: &&String| Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("rs"));
    let mut sources = seen.iter().filter(is_rust);
    let (source, None) = (sources.next()?, sources.next()) else { return None };
    let name = match wanted {
        [lab] => format!("{lab}.rs"),
        _ => "the name of its lab".to_owned(),
    };
    Some(format!("; rename {source} to {name}"))
}
