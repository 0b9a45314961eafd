//! Hints: of three for each criterion, from a question to nearly the way there, the next one at each asking.

use crate::colour::{Look, Tone};
use crate::course::{Course, Criterion, Lab, closest};
use crate::fault::Fault;
use crate::journal::Journal;
use crate::layout::Layout;
use crate::report::words::folded;
use crate::score::source_of;

/// Which hints of a criterion to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// One more than before.
    Next,
    /// Those that were told before.
    Again,
}

/// The criterion of `lab` that `asked` means: its name, part of its name, or the number of its step.
///
/// Without a name it is the first that was never green.
///
/// # Errors
/// In words, when none or several are meant.
pub fn choose<'a>(
    course: &Course,
    journal: &Journal,
    lab: &'a Lab,
    asked: Option<&str>,
) -> Result<&'a Criterion, String> {
    let names = |criteria: &[&Criterion]| {
        criteria.iter().map(|each| format!("\"{}\"", each.name)).collect::<Vec<_>>().join(", ")
    };
    let all: Vec<&Criterion> = lab.criteria.iter().collect();
    let Some(asked) = asked else {
        let done =
            || format!("everything of {} was green once; say which criterion: {}", lab.lab, names(&all));
        return journal.first_open(course, lab).ok_or_else(done);
    };
    if let Some(exact) = lab.criterion(asked) {
        return Ok(exact);
    }
    let wanted = asked.to_lowercase();
    let is_meant = |criterion: &&Criterion| match asked.parse::<u32>() {
        Ok(step) => criterion.step == step,
        Err(_) => criterion.name.to_lowercase().contains(&wanted),
    };
    let meant: Vec<&Criterion> = lab.criteria.iter().filter(is_meant).collect();
    match meant[..] {
        [one] => Ok(one),
        [] => {
            let known: Vec<String> = lab.criteria.iter().map(|each| each.name.clone()).collect();
            let nearest = closest(asked, &known).map(|name| format!("did you mean \"{name}\"? "));
            let nearest = nearest.unwrap_or_default();
            Err(format!("{} has no criterion \"{asked}\"; {nearest}it has {}", lab.lab, names(&all)))
        }
        // Several criteria of one step: the first that is not done is the one being worked on.
        _ => match meant.iter().find(|each| journal.green_since(course, lab, each).is_none()) {
            Some(open) if asked.parse::<u32>().is_ok() => Ok(open),
            _ => Err(format!("\"{asked}\" may be any of {}", names(&meant))),
        },
    }
}

/// Tells hints on a criterion and remembers it.
///
/// # Errors
/// When it cannot be remembered.
pub fn tell(
    layout: &Layout,
    course: &Course,
    lab: &Lab,
    criterion: &Criterion,
    telling: Telling,
    look: &Look,
) -> Result<String, Fault> {
    let told = Journal::load(layout)?.hints_told(course, lab, criterion);
    let count = match telling {
        Telling::Next => (told + 1).min(criterion.hints.len()),
        Telling::Again => told.min(criterion.hints.len()),
    };
    Journal::update(layout, |journal| journal.tell_hints(lab, criterion, count))?;
    let is_new = told < count;
    Ok(render(lab, criterion, if is_new { count - 1..count } else { 0..count }, look))
}

/// The hints of `range` in words.
fn render(lab: &Lab, criterion: &Criterion, range: std::ops::Range<usize>, look: &Look) -> String {
    let of = criterion.hints.len();
    let title = format!("{}, step {}: {}", lab.lab, criterion.step, criterion.name);
    let mut text = format!("{}\n", look.paint(Tone::Strong, &title));
    let chapter = source_of(lab.chapter_of(criterion));
    let last = range.end;
    for index in range {
        let number = look.paint(Tone::Quiet, &format!("hint {} of {of}", index + 1));
        text += &format!("\n{number}\n{}\n", folded(&format!("  {}", criterion.hints[index]), look.width, 2));
    }
    let more = match last {
        0 if of == 0 => "there are no hints for it".to_owned(),
        0 => "none was told yet".to_owned(),
        _ if last < of => format!("{} more when you ask again", of - last),
        _ => "that was the last one".to_owned(),
    };
    text += &format!("\n{}\n", look.paint(Tone::Quiet, &format!("{more}; chapter: {chapter}")));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn course() -> Course {
        let criterion = |name: &str, step: u32| {
            format!(
                "      - {{ name: {name}, step: {step}, points: 25, cases: ['a'], hints: [which?, how?, so.] }}\n"
            )
        };
        let criteria: String = [
            ("Splits an address", 1),
            ("Packs an entry", 2),
            ("Checks the rights", 3),
            ("Marks an entry", 3),
        ]
        .map(|(name, step)| criterion(name, step))
        .concat();
        let text = format!(
            "title: T\nlabs:\n  - lab: page_table\n    title: T\n    chapter: page_table.md\n    types: [Entry]\n    criteria:\n{criteria}"
        );
        Course::parse("course.yaml", text).unwrap()
    }

    #[rstest]
    #[case::the_first_that_is_open(None, Ok("Splits an address"))]
    #[case::exact(Some("Packs an entry"), Ok("Packs an entry"))]
    #[case::a_part(Some("rights"), Ok("Checks the rights"))]
    #[case::a_step(Some("2"), Ok("Packs an entry"))]
    #[case::a_step_of_two(Some("3"), Ok("Checks the rights"))]
    #[case::too_little(Some("entry"), Err("\"entry\" may be any of \"Packs an entry\", \"Marks an entry\""))]
    #[case::misspelt(Some("Splits an adress"), Err("did you mean \"Splits an address\"?"))]
    #[case::no_such_step(Some("9"), Err("page_table has no criterion \"9\""))]
    fn a_criterion_is_named_in_several_ways(
        #[case] asked: Option<&str>,
        #[case] expected: Result<&str, &str>,
    ) {
        let course = course();
        let chosen = choose(&course, &Journal::default(), &course.labs[0], asked);
        match (chosen, expected) {
            (Ok(criterion), Ok(name)) => assert_eq!(criterion.name, name),
            (Err(words), Err(part)) => assert!(words.contains(part), "{words}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn each_asking_tells_one_more_and_the_last_tells_all() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("fixtures")).unwrap();
        std::fs::write(root.path().join("fixtures/course.yaml"), "").unwrap();
        let layout = Layout::at(root.path()).unwrap();
        let course = course();
        let lab = &course.labs[0];
        let tell = |telling| tell(&layout, &course, lab, &lab.criteria[0], telling, &Look::PLAIN).unwrap();
        assert!(tell(Telling::Again).contains("none was told yet"));
        let first = tell(Telling::Next);
        assert!(first.contains("hint 1 of 3\n  which?\n\n2 more when you ask again"), "{first}");
        assert!(tell(Telling::Next).contains("hint 2 of 3\n  how?"));
        assert!(tell(Telling::Again).contains("  which?"));
        assert!(tell(Telling::Next).contains("hint 3 of 3\n  so.\n\nthat was the last one"));
        let all = tell(Telling::Next);
        assert!(all.contains("which?") && all.contains("how?") && all.contains("so."), "{all}");
    }
}
