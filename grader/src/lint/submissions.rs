//! Known submissions: each says which criteria it loses and which it keeps, and leaves none out.

use std::path::Path;

use serde::Deserialize;

use crate::course::Lab;

use super::{Findings, files_in, line_with};

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

pub(super) fn check(lab: &Lab, findings: &mut Findings<'_>) {
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
