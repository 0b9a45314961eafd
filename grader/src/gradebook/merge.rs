//! One gradebook of those that shards of a class wrote ([`merge`]).

use std::path::Path;

use rusqlite::TransactionBehavior;

use super::rows::{Entry, Meta, State, Student};
use super::write::{write_entry, write_meta, write_student};
use super::{Gradebook, GradebookError};

/// What a merge made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// Everybody in it.
    pub students: usize,
    /// How many of them handed in.
    pub submissions: usize,
}

/// Writes a new gradebook `output` of all `parts`: all shards of one run, or gradebooks of different students.
///
/// # Errors
/// When `output` exists; when the parts have other seeds, courses or labs, disagree on a student, are not graded to the end,
/// or are not all the shards that there are. Then nothing is written.
pub fn merge(output: &Path, parts: &[&Path]) -> Result<Merged, GradebookError> {
    if output.exists() {
        return Err(GradebookError::Unusable {
            path: output.to_path_buf(),
            problem: "it exists already, and a merge writes a new file".to_owned(),
        });
    }
    let opened: Vec<Gradebook> = parts.iter().map(|path| Gradebook::open(path)).collect::<Result<_, _>>()?;
    let metas: Vec<Meta> = opened.iter().map(Gradebook::meta).collect::<Result<_, _>>()?;
    check_metas(&opened, &metas)?;
    check_shards(&opened, &metas)?;
    let folder = match output.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let fault = |error: std::io::Error| GradebookError::io(output, &error);
    // Beside the output, so that it becomes the output by renaming, whole or not at all.
    let scratch = tempfile::Builder::new().prefix(".merge-").tempdir_in(folder).map_err(fault)?;
    let path = scratch.path().join("gradebook");
    // Who reads of an error knows nothing of the scratch folder.
    let of_output = |error: GradebookError| match error {
        GradebookError::Full { .. } => GradebookError::Full { path: output.to_path_buf() },
        error => error,
    };
    let mut merged = Gradebook::open_to_write(&path, "grader merge").map_err(of_output)?;
    let counts = merged.fill(&opened, &whole(&metas)).map_err(of_output)?;
    drop(merged);
    std::fs::hard_link(&path, output).or_else(|_| std::fs::rename(&path, output)).map_err(fault)?;
    Ok(counts)
}

/// What holds for all of the parts together.
fn whole(metas: &[Meta]) -> Meta {
    let mut meta = metas[0].clone();
    meta.shard = None;
    meta.created = metas.iter().map(|each| each.created).min().unwrap_or(meta.created);
    meta
}

fn check_metas(parts: &[Gradebook], metas: &[Meta]) -> Result<(), GradebookError> {
    for (part, meta) in parts.iter().zip(metas).skip(1) {
        let first = &metas[0];
        let apart = |problem: String, advice: &str| {
            Err(GradebookError::Apart {
                first: parts[0].path.clone(),
                second: part.path.clone(),
                problem,
                advice: advice.to_owned(),
            })
        };
        if meta.seed != first.seed {
            return apart(
                format!("their seeds are {} and {}, so their hidden scenarios differ", first.seed, meta.seed),
                "grade one of them again with the other's seed: grader class DIR --seed N",
            );
        }
        if meta.labs != first.labs {
            return apart(
                format!("they hold the labs {} and {}", first.labs.join(", "), meta.labs.join(", ")),
                "give every shard the same --lab",
            );
        }
        if meta.course != first.course {
            return apart(
                "they were graded by different states of the course".to_owned(),
                "bring both to the course as it is now: grader regrade GRADEBOOK --apply",
            );
        }
    }
    Ok(())
}

fn check_shards(parts: &[Gradebook], metas: &[Meta]) -> Result<(), GradebookError> {
    let Some(count) = metas.iter().find_map(|meta| meta.shard).map(|shard| shard.count) else {
        return Ok(());
    };
    let mut missing: Vec<u32> = (1..=count).collect();
    for (index, meta) in metas.iter().enumerate() {
        let apart = |other: usize, problem: String| {
            Err(GradebookError::Apart {
                first: parts[other].path.clone(),
                second: parts[index].path.clone(),
                problem,
                advice: "merge the shards of one run: each once, all with the same count".to_owned(),
            })
        };
        let shard = match meta.shard {
            Some(shard) if shard.count == count => shard,
            Some(shard) => return apart(0, format!("one belongs to {count} shards, the other is {shard}")),
            None => return apart(0, "one is a shard and the other holds a whole class".to_owned()),
        };
        let twice = metas[..index].iter().position(|other| other.shard == Some(shard));
        if let Some(other) = twice {
            return apart(other, format!("both are shard {shard}"));
        }
        missing.retain(|number| *number != shard.number);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = missing.iter().map(|number| format!("{number}/{count}")).collect();
    Err(GradebookError::Incomplete {
        problem: format!("the shards {} are not among what is to be merged", names.join(", ")),
        advice: "name all shards, so that nobody's submission is lost".to_owned(),
    })
}

impl Gradebook {
    fn fill(&mut self, parts: &[Self], meta: &Meta) -> Result<Merged, GradebookError> {
        let path = self.path.clone();
        let fault = |error: rusqlite::Error| GradebookError::of(&path, &error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fault)?;
        write_meta(&transaction, meta).map_err(fault)?;
        let mut counts = Merged { students: 0, submissions: 0 };
        for (index, part) in parts.iter().enumerate() {
            part.for_each(|student, entry| {
                let mut twins = parts[..index].iter().map(|other| other.twin(&student.id));
                if let Some(twin) = twins.find_map(Result::transpose).transpose()? {
                    if twin.student != student {
                        return Err(conflict(twin.part, part, "say different things of", &student));
                    }
                    if entry.is_none() || same(entry.as_ref(), twin.entry.as_ref()) {
                        return Ok(());
                    }
                    if twin.entry.is_some() {
                        return Err(conflict(twin.part, part, "hold different submissions of", &student));
                    }
                    counts.students -= 1;
                }
                write_student(&transaction, &student).map_err(fault)?;
                counts.students += 1;
                if let Some(entry) = entry {
                    if entry.state == State::Waiting {
                        return Err(unfinished(part));
                    }
                    let files = part.files(&student.id)?;
                    write_entry(&transaction, &entry, &files).map_err(fault)?;
                    counts.submissions += 1;
                }
                Ok(())
            })?;
        }
        transaction.commit().map_err(fault)?;
        Ok(counts)
    }

    /// What this gradebook knows of a student, if anything.
    fn twin(&self, id: &str) -> Result<Option<Twin<'_>>, GradebookError> {
        let Some(student) = self.student(id)? else { return Ok(None) };
        Ok(Some(Twin { part: self, student, entry: self.entry(id)? }))
    }
}

/// The same student in another part.
struct Twin<'a> {
    part: &'a Gradebook,
    student: Student,
    entry: Option<Entry>,
}

/// Whether both say the same of a submission, times apart.
fn same(one: Option<&Entry>, other: Option<&Entry>) -> bool {
    let timeless = |entry: &Entry| {
        let mut entry = entry.clone();
        for lab in &mut entry.labs {
            lab.judged_by.clear();
            lab.report.compile_ms = 0;
            lab.report.cases.iter_mut().for_each(|case| case.duration_ms = 0);
        }
        entry
    };
    one.map(timeless) == other.map(timeless)
}

fn conflict(first: &Gradebook, second: &Gradebook, what: &str, student: &Student) -> GradebookError {
    GradebookError::Apart {
        first: first.path.clone(),
        second: second.path.clone(),
        problem: format!("they {what} the student `{}`", student.id),
        advice: "run the shards again over the same folder, with the same roster".to_owned(),
    }
}

fn unfinished(part: &Gradebook) -> GradebookError {
    GradebookError::Incomplete {
        problem: format!("{} holds submissions that still wait for their grade", part.path.display()),
        advice: "run its `grader class` again until it says that all are graded".to_owned(),
    }
}
