//! `grader handout`: the course without its solutions, or an autograder with them.

use std::path::Path;

use grader::course::Course;
use grader::grade;
use grader::handout::{self, Changed, What};
use grader::layout::Layout;
use miette::{Result, miette};

use super::{Ending, print};
use crate::cli::HandoutArguments;

pub fn run(layout: &Layout, arguments: &HandoutArguments) -> Result<Ending> {
    if !layout.has_solutions() {
        return Err(miette!(
            help = "run it in the course's own repository",
            "there is no solutions/src: this is a hand-out itself"
        ));
    }
    let course = super::course(layout)?;
    let ending = made(layout, &course, arguments)?;
    // Last, so that it is seen: the hand-out itself is right, what is left behind may be a mistake.
    for note in handout::left_behind::notes(layout, &course)? {
        eprintln!("note: {note}");
    }
    Ok(ending)
}

fn made(layout: &Layout, course: &Course, arguments: &HandoutArguments) -> Result<Ending> {
    match (&arguments.gradescope, &arguments.folder) {
        (Some(path), _) => gradescope(layout, course, arguments, path),
        (None, Some(folder)) if arguments.update => update(layout, course, folder),
        (None, Some(folder)) => {
            handout::write(layout, course, folder)?;
            eprintln!("{}: {} labs, without solutions", folder.display(), course.labs.len());
            eprintln!("try it as a student will: cd {} && cargo grader", folder.display());
            Ok(Ending::Passed)
        }
        (None, None) => Err(miette!(help = "grader handout ../labs-2026", "no folder is named")),
    }
}

/// Writes the autograder of an assignment on Gradescope.
fn gradescope(layout: &Layout, course: &Course, arguments: &HandoutArguments, path: &Path) -> Result<Ending> {
    course.choose(&arguments.lab)?;
    let seed = match arguments.seed {
        Some(seed) => seed,
        None => grade::seed_of_tree(layout)?,
    };
    let points = handout::gradescope::write(layout, course, &arguments.lab, seed, path)?;
    let path = path.display();
    eprintln!("{path}: an autograder for an assignment of {points} points, with the seed {seed}");
    eprintln!("it holds solutions and hidden scenarios: give it to Gradescope, not to students");
    Ok(Ending::Passed)
}

/// Updates a hand-out and lists what that changed; where a skeleton is to be merged with work, not everything is done.
fn update(layout: &Layout, course: &Course, folder: &Path) -> Result<Ending> {
    let changes = handout::update(layout, course, folder)?;
    let mut text = String::new();
    for Changed { path, what, backup } in &changes {
        let word = match what {
            What::New => "new",
            What::Replaced => "replaced",
            What::Removed => "removed",
            What::Kept => "kept",
        };
        text += &format!("{word:<9}{path}");
        text += &match (what, backup) {
            (What::Kept, _) => "; its skeleton changed, and there is work in it".to_owned(),
            (_, Some(backup)) => format!("; what was there is {backup}"),
            (_, None) => String::new(),
        };
        text.push('\n');
        if let (What::Kept, Some(before)) = (what, backup) {
            let now = path.replacen("labs/src/", "fixtures/skeletons/", 1);
            text += &format!("         to merge both: git merge-file {path} {before} {now}\n");
        }
    }
    print::out(&text)?;
    let kept = changes.iter().filter(|change| change.what == What::Kept).count();
    eprintln!("{}: {} files changed", folder.display(), changes.len() - kept);
    Ok(Ending::passed_if(kept == 0))
}
