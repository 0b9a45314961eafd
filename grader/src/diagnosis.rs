//! What a student's failures say of the mistake behind them: [`Mistakes`] holds what each known mistake looks like from
//! outside, and [`Mistakes::diagnose`] finds the one that looks like this.
//!
//! A mistake is known by its *signature*: which tests and visible scenarios fail, each with its first difference
//! ([`symptom`]). [`record`] writes down the signatures of the known-wrong submissions in `fixtures/mistakes.yaml`, so that
//! a hand-out, which has no submissions, can diagnose too. Hidden scenarios are never looked at.
//!
//! ```text
//! fixtures/submissions --record--> fixtures/mistakes.yaml --\
//!                                                            matching --> a question, or silence
//! what failed here ------------------------ symptom --------/
//! ```
//!
//! A wrong name sends a student astray, silence costs nothing: [`matching`] names a mistake only when it fits well and
//! no other fits nearly as well.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::layout::Layout;
use crate::verdict::{CaseResult, Diagnosis};

mod matching;
#[cfg(feature = "instructor")]
pub mod record;
mod symptom;

/// The first lines of the file, for whoever opens it.
const HEADING: &str = "\
# What each known mistake looks like from outside: the tests and visible scenarios that fail, each with its first
# difference. Written by `cargo grader mistakes` from fixtures/submissions; never by hand.
";

/// The known mistakes of a course.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistakes {
    /// One entry a lab, in the course's order.
    pub labs: Vec<LabMistakes>,
}

/// The known mistakes of one lab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabMistakes {
    /// Name of the lab.
    pub lab: String,
    /// The mistakes, in the order of their names.
    pub mistakes: Vec<Mistake>,
}

/// A known mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mistake {
    /// Its name: that of the known submission.
    pub name: String,
    /// A question that would lead its author to it.
    pub question: String,
    /// The tests and visible scenarios that fail, each with what is seen of the failure.
    pub signature: BTreeMap<String, String>,
}

impl Mistakes {
    /// Reads the course's file; a course without one knows no mistakes.
    ///
    /// # Errors
    /// When the file cannot be read or is not what [`Mistakes::render`] writes.
    pub fn load(layout: &Layout) -> Result<Self, Fault> {
        let path = layout.mistakes_yaml();
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text)
                .map_err(|error| Fault::Mistakes { path: shown(layout), words: error.to_string() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(Fault::file(&path)(error)),
        }
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// When it does not parse.
    pub fn parse(text: &str) -> Result<Self, serde_yaml::Error> {
        serde_yaml::from_str(text)
    }

    /// The text of the file: the same mistakes give the same bytes.
    #[must_use]
    pub fn render(&self) -> String {
        // Names, questions and symptoms are text; writing text to a string does not fail.
        HEADING.to_owned() + &serde_yaml::to_string(self).unwrap_or_default()
    }

    /// These mistakes, with those of some labs replaced; `labs` is the course's order, and no other lab is kept.
    #[cfg(feature = "instructor")]
    #[must_use]
    pub fn with(&self, replaced: Vec<LabMistakes>, labs: &[&str]) -> Self {
        let find = |name: &&str| {
            let new = replaced.iter().find(|each| each.lab == **name);
            new.or_else(|| self.labs.iter().find(|each| each.lab == **name)).cloned()
        };
        Self { labs: labs.iter().filter_map(find).collect() }
    }

    /// The known mistakes of `lab`.
    #[must_use]
    pub fn of(&self, lab: &str) -> &[Mistake] {
        let of_lab = self.labs.iter().find(|each| each.lab == lab);
        of_lab.map_or(&[], |each| &each.mistakes)
    }

    /// What is probably wrong with a `lab` whose items ended like this: most often one mistake or none, two where both
    /// can be told.
    #[must_use]
    pub fn diagnose(&self, lab: &str, cases: &[CaseResult]) -> Vec<Diagnosis> {
        let mistakes = self.of(lab);
        let found = matching::find(mistakes, &symptom::of(cases));
        let told = |found: matching::Found<'_>| Diagnosis {
            mistake: found.mistake.name.clone(),
            question: found.mistake.question.clone(),
            sure: found.sure,
        };
        found.into_iter().map(told).collect()
    }
}

fn shown(layout: &Layout) -> PathBuf {
    layout.relative(&layout.mistakes_yaml()).to_path_buf()
}

#[cfg(test)]
mod tests;
