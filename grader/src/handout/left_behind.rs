//! What lies in the course's own `labs/src` and is not handed out ([`notes`]): skeletons are made from solutions.

use super::HandoutError;
use crate::course::Course;
use crate::layout::Layout;
use crate::skeleton::{self, edits::Edit};

/// For a person: each file of `labs/src` with a change of what students are given, and one line for all with work in them.
///
/// # Errors
/// When a skeleton cannot be made.
pub fn notes(layout: &Layout, course: &Course) -> Result<Vec<String>, HandoutError> {
    let (mut notes, mut work) = (Vec::new(), Vec::new());
    for lab in course.lab_names() {
        let shown = |path: &std::path::Path| layout.relative(path).display().to_string();
        let (file, source) = (shown(&layout.lab_source(lab)), shown(&layout.solution_source(lab)));
        match skeleton::edit(layout, lab)? {
            None => {}
            Some(Edit::Work) => work.push(file),
            Some(Edit::Given(missing)) => notes.push(format!(
                "{file} is not what is handed out: {}. Students receive what {source} makes: a change in {file} belongs there, then \
                 run grader skeleton and this command again",
                missing.told(&source)
            )),
        }
    }
    if !work.is_empty() {
        notes.push(format!("work in {} is not handed out: students receive the skeletons", work.join(", ")));
    }
    Ok(notes)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_change_of_what_is_given_is_named_and_work_only_mentioned() {
        let root = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| crate::files::write_whole(&root.path().join(path), text).unwrap();
        let lab = |name: &str| {
            format!(
                "  - {{ lab: {name}, title: T, chapter: c.md, types: [T], criteria: [{{ name: N, step: 1, points: 100, cases: \
                 ['a'] }}] }}\n"
            )
        };
        let text = format!("title: T\nlabs:\n{}{}{}", lab("tlb"), lab("mmu"), lab("mmap"));
        put("fixtures/course.yaml", &text);
        let course = Course::parse("course.yaml", text).unwrap();
        let layout = Layout::at(root.path()).unwrap();
        for name in course.lab_names() {
            let solution = "/// Given.\n// begin solution (step 1): todo!()\nsolved\n// end solution\n";
            put(&format!("solutions/src/{name}.rs"), solution);
            skeleton::write(&layout, name).unwrap();
        }
        assert_eq!(notes(&layout, &course).unwrap(), Vec::<String>::new());
        fs::write(layout.lab_source("tlb"), "/// Given, and mended.\ntodo!()\n").unwrap();
        fs::write(layout.lab_source("mmu"), "/// Given.\nmy_own()\n").unwrap();
        fs::write(layout.lab_source("mmap"), "/// Given.\nanother()\n").unwrap();
        let expected = [
            "labs/src/tlb.rs is not what is handed out: line 1 of solutions/src/tlb.rs, \"/// Given.\", is not in it. Students \
             receive what solutions/src/tlb.rs makes: a change in labs/src/tlb.rs belongs there, then run grader skeleton and this \
             command again",
            "work in labs/src/mmu.rs, labs/src/mmap.rs is not handed out: students receive the skeletons",
        ];
        assert_eq!(notes(&layout, &course).unwrap(), expected);
    }
}
