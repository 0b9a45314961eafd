//! Known submissions: each says which criteria it loses and which it keeps, and leaves none out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::course::Lab;
use crate::diagnosis::Mistakes;
use crate::fault::Fault;
use crate::layout::Layout;

use super::{Findings, files_in, line_with, stem};

/// What is known about a submission, as `NAME.yaml` beside `NAME.rs` says it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// The mistake in a sentence; none for a right submission.
    #[serde(default)]
    pub mistake: Option<String>,
    /// A question that would lead its author to the mistake.
    #[serde(default)]
    pub question: Option<String>,
    /// The criteria that it gets less than full points for.
    pub loses: Vec<String>,
    /// The criteria that it gets full points for.
    pub keeps: Vec<String>,
}

/// The known submissions of a lab in the order of their names: each file with what is known of it.
///
/// # Errors
/// When what is known of one cannot be read; `grader lint` tells its line.
pub fn of(layout: &Layout, lab: &Lab) -> Result<Vec<(PathBuf, Known)>, Fault> {
    let read = |source: PathBuf| {
        let path = source.with_extension("yaml");
        let text = std::fs::read_to_string(&path).map_err(Fault::file(&path))?;
        let known = serde_yaml::from_str(&text).map_err(|error| Fault::KnownSubmission {
            path: layout.relative(&path).to_path_buf(),
            problem: error.to_string(),
        })?;
        Ok((source, known))
    };
    files_in(&layout.submissions_dir(&lab.lab), "rs").into_iter().map(read).collect()
}

pub(super) fn check(lab: &Lab, findings: &mut Findings<'_>) {
    check_signatures(lab, findings);
    let folder = findings.layout.submissions_dir(&lab.lab);
    for source in files_in(&folder, "rs") {
        if !source.with_extension("yaml").is_file() {
            let message = "nothing says what this submission loses: add a .yaml beside it";
            findings.problem(&source, None, message.to_owned());
        }
    }
    for path in files_in(&folder, "yaml") {
        if !path.with_extension("rs").is_file() {
            findings.problem(&path, None, "there is no .rs file beside it".to_owned());
        }
        check_known(lab, &path, findings);
    }
}

/// Every known mistake has a signature, and its question. What the signature should hold is for `grader mistakes --check`.
fn check_signatures(lab: &Lab, findings: &mut Findings<'_>) {
    let path = findings.layout.mistakes_yaml();
    let (Ok(mistakes), Ok(known)) = (Mistakes::load(findings.layout), of(findings.layout, lab)) else {
        // A file that does not parse is told of where it is read: by every run, and below.
        return;
    };
    let signed = mistakes.of(&lab.lab).iter().map(|each| (each.name.clone(), each.question.clone()));
    let signed: BTreeMap<String, String> = signed.collect();
    let wrong = known.into_iter().filter(|(_, known)| known.mistake.is_some());
    let asked: BTreeMap<String, String> =
        wrong.map(|(source, known)| (stem(&source), known.question.unwrap_or_default())).collect();
    let names: BTreeSet<&String> = signed.keys().chain(asked.keys()).collect();
    for name in names {
        let what = match (signed.get(name), asked.get(name)) {
            (None, _) => "is not in it",
            (_, None) => "is in it, and no known-wrong submission",
            (Some(one), Some(other)) if one != other => "has another question in it",
            _ => continue,
        };
        let lab = &lab.lab;
        let message = format!("{lab}/{name} {what}: run `grader mistakes --lab {lab}`");
        findings.problem(&path, None, message);
    }
}

fn check_known(lab: &Lab, path: &Path, findings: &mut Findings<'_>) {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => {
            findings.problem(path, None, format!("cannot read it: {error}"));
            return;
        }
    };
    let known: Known = match serde_yaml::from_str(&text) {
        Ok(known) => known,
        Err(error) => {
            let line = error.location().map(|location| location.line());
            findings.problem(path, line, error.to_string());
            return;
        }
    };
    if known.mistake.is_some() == known.loses.is_empty() {
        let message = "a submission with a mistake loses something, one without loses nothing";
        findings.problem(path, line_with(&text, "loses:"), message.to_owned());
    }
    if known.mistake.is_some() && known.question.is_none() {
        let message = "a mistake comes with a question that would lead to it";
        findings.problem(path, line_with(&text, "mistake:"), message.to_owned());
    }
    for name in known.loses.iter().chain(&known.keeps) {
        if lab.criterion(name).is_none() {
            let message = format!("{} has no criterion \"{name}\"", lab.lab);
            findings.problem(path, line_with(&text, name), message);
        }
    }
    for criterion in &lab.criteria {
        let name = &criterion.name;
        let told = match (known.loses.contains(name), known.keeps.contains(name)) {
            (true, true) => "is lost and kept",
            (false, false) => "is neither lost nor kept",
            _ => continue,
        };
        let message = format!("\"{name}\" {told}, expected one of the two");
        findings.problem(path, line_with(&text, name), message);
    }
}
