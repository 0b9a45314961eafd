//! `grader` alone where nothing is begun: where to start, instead of a table full of "not started".

use grader::colour::{Look, Tone};
use grader::course::Course;
use grader::journal::Journal;
use grader::layout::Layout;
use grader::score::source_of;
use grader::skeleton;
use miette::Result;

use super::{Ending, print};

/// Whether no lab of the working tree differs from its skeleton and nothing was ever green.
///
/// Where there are neither solutions nor kept skeletons, nothing is begun as long as nothing was graded.
pub fn is_fitting(layout: &Layout, course: &Course) -> bool {
    let is_untouched = |lab: &str| skeleton::is_changed(layout, lab).is_ok_and(|changed| !changed);
    let has_skeleton = |lab: &&str| layout.has_solutions() || layout.kept_skeleton(lab).exists();
    let is_fresh = if course.lab_names().iter().all(has_skeleton) {
        course.lab_names().into_iter().all(is_untouched)
    } else {
        !layout.work_dir().exists()
    };
    is_fresh && Journal::load(layout).is_ok_and(|journal| journal.is_empty())
}

/// Says where to start.
pub fn run(course: &Course) -> Result<Ending> {
    print::out(&text(course, &Look::of_stdout()))?;
    // Nothing has passed yet, and who asks a program only for its exit code must hear that.
    Ok(Ending::NotEverything)
}

fn text(course: &Course, look: &Look) -> String {
    let Some(first) = course.labs.first() else {
        return String::new();
    };
    let (lab, chapter) = (&first.lab, source_of(&first.chapter));
    let rows = [
        ("read", "book/src/start.md".to_owned(), format!("then {chapter}")),
        ("edit", format!("labs/src/{lab}.rs"), "your first task is todo!(\"step 1: ...\")".to_owned()),
        ("watch", "cargo grader watch".to_owned(), "judges every save, says what is next".to_owned()),
        ("ask", "cargo grader hint".to_owned(), "a question first, nearly the way there last".to_owned()),
        ("see", "cargo grader list".to_owned(), "all labs, their points, your progress".to_owned()),
        ("check", "cargo grader doctor".to_owned(), "whether this machine has all it takes".to_owned()),
    ];
    let count = course.labs.len();
    let title = look.paint(Tone::Strong, &course.title);
    let mut text =
        format!("{title}\n\nNothing is begun yet: {count} labs in labs/src, the first one is {lab}.\n");
    for (verb, object, why) in rows {
        text += &format!("  {verb:<5}  {object:<22}  {}\n", look.paint(Tone::Quiet, &why));
    }
    text + "`cargo grader grade` grades all of them, as whoever grades you does.\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_ten_lines_of_eighty_columns() {
        let course = "title: Virtual memory labs\nlabs:\n  - { lab: multi_level_walk, title: T, chapter: multi_level_walk.md, \
                      types: [Tlb], criteria: [{ name: Looks up, step: 1, points: 100, cases: ['a'] }] }\n";
        let course = Course::parse("course.yaml", course.to_owned()).unwrap();
        let text = text(&course, &Look::PLAIN);
        assert!(text.lines().count() <= 10 && text.lines().all(|line| line.len() <= 80), "{text}");
    }
}
