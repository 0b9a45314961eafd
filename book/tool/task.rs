//! The task box of a lab: file, types, steps with their functions, criteria with points, command.
//!
//! Everything in it is read: the criteria from course.yaml, the functions from the lab's source. So it cannot be stale.

use std::{collections::BTreeMap, fmt::Write, fs, path::Path};

use anyhow::{Context, Result, ensure};

use crate::course::Lab;

/// The box as Markdown, for a `page` of the book.
pub fn task_box(root: &Path, lab: &Lab, page: &str) -> Result<String> {
    let path = root.join(format!("solutions/src/{}.rs", lab.lab));
    let source = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let functions = functions(&source);
    ensure!(!functions.is_empty(), "{} has no function with a region of a step", path.display());
    let types = lab.types.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut out = format!(
        "<div class=\"vm-task\">\n\n**File:** `labs/src/{name}.rs`\\\n**Types:** {types}\\\n**Check:** `cargo grader --lab {name}`\n\n\
         | step | you write | which promises | points |\n|---|---|---|---|\n",
        name = lab.lab
    );
    let mut last = 0;
    for criterion in &lab.criteria {
        let (step, write) = match functions.get(&criterion.step) {
            Some(names) if criterion.step != last => (
                criterion.step.to_string(),
                names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "),
            ),
            Some(_) => (String::new(), String::new()),
            None => anyhow::bail!("no function of {} belongs to step {}", path.display(), criterion.step),
        };
        last = criterion.step;
        // A link inside the page must not name it, or the printed book would leave itself.
        let target = criterion.chapter.strip_prefix(page).unwrap_or(&criterion.chapter);
        // Writing to a string cannot fail.
        let _ = writeln!(out, "| {step} | {write} | [{}]({target}) | {} |", criterion.name, criterion.points);
    }
    let sum: f64 = lab.criteria.iter().map(|criterion| criterion.points).sum();
    let _ = writeln!(out, "| | | **together** | **{sum}** |\n\n</div>");
    Ok(out)
}

/// The functions whose bodies are regions of a step, in the order of the file; with their type where several types have one
/// of this name.
fn functions(source: &str) -> BTreeMap<u32, Vec<String>> {
    let mut found: Vec<(u32, String, String)> = Vec::new();
    let (mut name, mut owner, mut depth) = (None, String::new(), 0);
    for line in source.lines() {
        let code = line.trim();
        if let Some(rest) = code.strip_prefix("// begin solution (step ") {
            let step = rest.split(')').next().and_then(|number| number.parse().ok());
            // An item-level region has no function around it: helpers that a student may or may not write.
            if let (Some(step), Some(name)) = (step, name.take()) {
                found.push((step, owner.clone(), name));
            }
            depth += 1;
        } else if code.starts_with("// end solution") {
            depth -= 1;
        } else if depth == 0 {
            let signature = code.strip_prefix("pub ").unwrap_or(code).strip_prefix("fn ");
            if let Some(rest) = signature {
                name = rest.split(['(', '<']).next().map(str::to_owned);
            } else if line.starts_with("impl") {
                let head = code.trim_end_matches('{').trim_end();
                // `impl Policy for Fifo`, `impl<T> Lru<T>`: the last word names the type.
                owner = head
                    .rsplit(' ')
                    .next()
                    .and_then(|word| word.split('<').next())
                    .unwrap_or_default()
                    .to_owned();
            } else if code == "}" {
                name = None;
            }
        }
    }
    let mut steps: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for (step, owner, name) in &found {
        let is_common = found.iter().any(|(_, other, same)| same == name && other != owner);
        let shown = if is_common { format!("{owner}::{name}") } else { name.clone() };
        let names = steps.entry(*step).or_default();
        if !names.contains(&shown) {
            names.push(shown);
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_belongs_to_the_step_of_its_region() {
        let source = "impl X {\n    fn given() -> Self {\n        Self\n    }\n    pub fn first(\n        a: u64,\n    ) -> u64 {\n        \
            // begin solution (step 1): todo!()\n        fn inner() {}\n        // end solution\n    }\n    \
            // begin solution (step 2):\n    fn helper() {}\n    // end solution\n    fn second() {\n        \
            // begin solution (step 2): todo!()\n        // end solution\n    }\n}\n";
        let expected = BTreeMap::from([(1, vec!["first".to_owned()]), (2, vec!["second".to_owned()])]);
        assert_eq!(functions(source), expected);
    }

    #[test]
    fn a_name_that_two_types_have_is_told_with_its_type() {
        let method = |step| {
            format!(
                "    fn hit() {{\n        // begin solution (step {step}): todo!()\n        // end solution\n    }}\n"
            )
        };
        let source =
            format!("impl Policy for Fifo {{\n{}}}\nimpl<T> Lru<T> {{\n{}}}\n", method(1), method(2));
        let expected = BTreeMap::from([(1, vec!["Fifo::hit".to_owned()]), (2, vec!["Lru::hit".to_owned()])]);
        assert_eq!(functions(&source), expected);
    }
}
