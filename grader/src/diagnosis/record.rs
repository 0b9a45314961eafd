//! Writes down what the known mistakes look like: each known-wrong submission of a lab is judged by what a student has,
//! and what fails is its signature ([`lab`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::course::Lab;
use crate::exam::Exam;
use crate::fault::Fault;
use crate::judge;
use crate::layout::Layout;
use crate::lint::submissions;
use crate::progress::Progress;
use crate::verdict::Kind;
use crate::workbench::{Workbench, in_parallel};

use super::symptom::{self, Seen};
use super::{LabMistakes, Mistake, Mistakes};

/// Hidden scenarios are generated from a seed, and are left out; so any seed will do.
const SEED: u64 = 0;

/// The known mistakes of `lab`, with what they look like.
///
/// # Errors
/// When the machine is at fault, or a known-wrong submission does not compile or fails nothing that a student has.
pub fn lab(bench: &Workbench<'_>, lab: &Lab, progress: &dyn Progress) -> Result<LabMistakes, Fault> {
    let exam = visible(bench.layout, lab)?;
    let mut wrong = submissions::of(bench.layout, lab)?;
    wrong.retain(|(_, known)| known.mistake.is_some());
    let mistakes = in_parallel(&wrong, |(source, known)| {
        let signature = signature(bench, &exam, source, progress)?;
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // `grader lint` wants a question of each mistake.
        let question = known.question.clone().unwrap_or_default();
        Ok(Mistake { name, question, signature })
    })?;
    Ok(LabMistakes { lab: lab.lab.clone(), mistakes })
}

/// What a student has of a lab's exam.
///
/// # Errors
/// When a file is missing, or a scenario does not fit the lab.
pub fn visible<'a>(layout: &Layout, lab: &'a Lab) -> Result<Exam<'a>, Fault> {
    let mut exam = Exam::read(layout, lab, SEED)?;
    exam.items.retain(|item| item.kind() != Kind::Hidden);
    Ok(exam)
}

fn signature(
    bench: &Workbench<'_>,
    exam: &Exam<'_>,
    source: &Path,
    progress: &dyn Progress,
) -> Result<BTreeMap<String, String>, Fault> {
    let wrong = |problem: String| Fault::KnownSubmission {
        path: bench.layout.relative(source).to_path_buf(),
        problem,
    };
    let text = fs::read(source).map_err(Fault::file(source))?;
    let judgement = judge::judge(bench, exam, &[], &text, progress)?;
    if !judgement.compiles {
        return Err(wrong(format!("it does not compile:\n{}", judgement.diagnostics)));
    }
    let failed = symptom::of(&judgement.items).into_iter().filter_map(|(item, seen)| match seen {
        Seen::Failed(symptom) => Some((item.to_owned(), symptom)),
        Seen::Passed | Seen::Nothing => None,
    });
    let signature: BTreeMap<String, String> = failed.collect();
    if signature.is_empty() {
        let problem = "no test and no visible scenario fails: a student would not learn of this mistake";
        return Err(wrong(problem.to_owned()));
    }
    Ok(signature)
}

/// What differs between two lists of mistakes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The lab.
    pub lab: String,
    /// The name of the mistake.
    pub mistake: String,
    /// What is new about it.
    pub what: String,
}

/// What differs in `wanted` from what is `written`, in the order of labs and names.
#[must_use]
pub fn changes(written: &Mistakes, wanted: &Mistakes) -> Vec<Change> {
    let mut changes = Vec::new();
    for (lab, name) in names(written, wanted) {
        let find = |mistakes: &'_ Mistakes| mistakes.of(&lab).iter().find(|each| each.name == name).cloned();
        let what = match (find(written), find(wanted)) {
            (None, Some(_)) => "is new".to_owned(),
            (Some(_), None) => "is gone".to_owned(),
            (Some(before), Some(after)) if before != after => difference(&before, &after),
            _ => continue,
        };
        changes.push(Change { lab, mistake: name, what });
    }
    changes
}

/// Lab and name of every mistake of either list, each once.
fn names(written: &Mistakes, wanted: &Mistakes) -> BTreeSet<(String, String)> {
    let labs = written.labs.iter().chain(&wanted.labs);
    labs.flat_map(|lab| lab.mistakes.iter().map(|each| (lab.lab.clone(), each.name.clone()))).collect()
}

fn difference(before: &Mistake, after: &Mistake) -> String {
    if before.signature == after.signature {
        return "asks another question".to_owned();
    }
    let items = before.signature.keys().chain(after.signature.keys());
    let changed = |item: &&String| before.signature.get(*item) != after.signature.get(*item);
    let first = items.filter(changed).min().map_or("", String::as_str);
    format!("looks different, first in {first}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lab(name: &str, mistakes: &[(&str, &str, &str)]) -> LabMistakes {
        let of = |&(name, question, symptom): &(&str, &str, &str)| Mistake {
            name: name.to_owned(),
            question: question.to_owned(),
            signature: BTreeMap::from([("a".to_owned(), symptom.to_owned())]),
        };
        LabMistakes { lab: name.to_owned(), mistakes: mistakes.iter().map(of).collect() }
    }

    #[test]
    fn a_list_of_some_labs_leaves_the_others() {
        let (old, new) = (lab("tlb", &[("old", "?", "x")]), lab("tlb", &[("new", "?", "x")]));
        let (other, gone) = (lab("mmu", &[("kept", "?", "x")]), lab("no_lab", &[("gone", "?", "x")]));
        let before = Mistakes { labs: vec![gone, old, other.clone()] };
        assert_eq!(before.with(vec![new.clone()], &["mmu", "tlb"]).labs, [other, new]);
    }

    #[test]
    fn every_change_is_told() {
        let before = Mistakes {
            labs: vec![lab(
                "tlb",
                &[("asks", "a?", "x"), ("gone", "?", "x"), ("looks", "?", "x"), ("same", "?", "x")],
            )],
        };
        let after = Mistakes {
            labs: vec![lab(
                "tlb",
                &[("asks", "b?", "x"), ("looks", "?", "y"), ("new", "?", "x"), ("same", "?", "x")],
            )],
        };
        let told = changes(&before, &after);
        let told: Vec<(&str, &str)> =
            told.iter().map(|change| (change.mistake.as_str(), change.what.as_str())).collect();
        let expected = [
            ("asks", "asks another question"),
            ("gone", "is gone"),
            ("looks", "looks different, first in a"),
            ("new", "is new"),
        ];
        assert_eq!(told, expected);
    }
}
