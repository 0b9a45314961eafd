//! What is named and what is not: on made-up mistakes, and on the signatures of the real ones.

use std::collections::BTreeMap;
use std::path::Path;

use rstest::rstest;

use super::matching::find;
use super::symptom::Seen;
use super::*;
use crate::course::Course;
use crate::exam::{Exam, Item};
use crate::verdict::Kind;

fn mistake(name: &str, signature: &[(&str, &str)]) -> Mistake {
    let signature = signature.iter().map(|(item, symptom)| ((*item).to_owned(), (*symptom).to_owned()));
    Mistake { name: name.to_owned(), question: format!("why {name}?"), signature: signature.collect() }
}

/// Four mistakes: two that look alike in one item, two that look the same everywhere.
fn mistakes() -> Vec<Mistake> {
    vec![
        mistake("counts_twice", &[("a", "step 1: count 2"), ("b", "step 2: count 4"), ("c", "wrong: 1")]),
        mistake("forgets", &[("d", "step 4: not found"), ("e", "panicked: no frame"), ("f", "wrong: 0")]),
        mistake("twin", &[("c", "wrong: 2"), ("g", "step 1: count 3")]),
        mistake("twin_again", &[("c", "wrong: 2"), ("g", "step 1: count 3")]),
    ]
}

/// What is seen: `-` passes, `.` is not started, anything else is a symptom.
fn seen<'a>(items: &[(&'a str, &str)]) -> BTreeMap<&'a str, Seen> {
    let of = |symptom: &str| match symptom {
        "-" => Seen::Passed,
        "." => Seen::Nothing,
        symptom => Seen::Failed(symptom.to_owned()),
    };
    items.iter().map(|(item, symptom)| (*item, of(symptom))).collect()
}

const COUNTS: [(&str, &str); 3] = [("a", "step 1: count 2"), ("b", "step 2: count 4"), ("c", "wrong: 1")];
const FORGETS: [(&str, &str); 3] =
    [("d", "step 4: not found"), ("e", "panicked: no frame"), ("f", "wrong: 0")];

#[rstest]
#[case::exactly(&[COUNTS[0], COUNTS[1], COUNTS[2], ("d", "-")], &["counts_twice"])]
#[case::nothing_fails(&[("a", "-"), ("b", "-")], &[])]
#[case::later_steps_not_started(&[COUNTS[0], COUNTS[1], ("c", "."), ("d", ".")], &["counts_twice"])]
#[case::other_numbers_in_one_item(&[COUNTS[0], ("b", "step 2: count 5"), COUNTS[2]], &["counts_twice"])]
#[case::other_numbers_everywhere(&[("a", "step 1: count 7"), ("b", "step 2: count 5"), ("c", "wrong: 3")], &[])]
#[case::same_items_other_facts(&[("a", "step 9: gone"), ("b", "crashed"), ("c", "timed out")], &[])]
#[case::much_more_fails(&[COUNTS[0], ("x", "wrong: 1"), ("y", "wrong: 1"), ("z", "wrong: 1")], &[])]
#[case::twins_cannot_be_told_apart(&[("c", "wrong: 2"), ("g", "step 1: count 3")], &[])]
#[case::two_at_once(
    &[COUNTS[0], COUNTS[1], COUNTS[2], FORGETS[0], FORGETS[1], FORGETS[2]],
    &["counts_twice", "forgets"]
)]
#[case::one_and_one_of_the_twins(
    &[FORGETS[0], FORGETS[1], FORGETS[2], ("c", "wrong: 2"), ("g", "step 1: count 3")],
    &["forgets"]
)]
fn mistakes_are_named(#[case] items: &[(&str, &str)], #[case] expected: &[&str]) {
    let mistakes = mistakes();
    let found = find(&mistakes, &seen(items));
    let mut names: Vec<&str> = found.iter().map(|found| found.mistake.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, expected);
}

#[test]
fn an_exact_fit_is_surer_than_a_near_one() {
    let mistakes = mistakes();
    let sure = |items: &[(&str, &str)]| find(&mistakes, &seen(items))[0].sure;
    let exact = sure(&COUNTS);
    let near = sure(&[COUNTS[0], ("b", "step 2: count 5"), COUNTS[2]]);
    assert!(0.5 < near && near < exact && exact < 1.0, "near {near}, exact {exact}");
}

#[test]
fn a_list_survives_being_written() {
    let mistakes = Mistakes { labs: vec![LabMistakes { lab: "tlb".to_owned(), mistakes: mistakes() }] };
    let text = mistakes.render();
    assert_eq!(Mistakes::parse(&text).unwrap(), mistakes);
    assert_eq!(Mistakes::parse(&text).unwrap().render(), text);
}

fn real() -> (Layout, Course, Mistakes) {
    let layout = Layout::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let course = Course::load(&layout.course_yaml()).unwrap();
    let mistakes = Mistakes::load(&layout).unwrap();
    (layout, course, mistakes)
}

/// What a submission shows that has this mistake and has got as far as `is_started` says.
fn shown<'a>(
    exam: &'a Exam<'_>,
    mistake: &Mistake,
    is_started: impl Fn(&Item) -> bool,
) -> BTreeMap<&'a str, Seen> {
    let visible = exam.items.iter().filter(|item| item.kind() != Kind::Hidden);
    let of = |item: &'a Item| {
        let seen = match mistake.signature.get(&item.name) {
            _ if !is_started(item) => Seen::Nothing,
            Some(symptom) => Seen::Failed(symptom.clone()),
            None => Seen::Passed,
        };
        (item.name.as_str(), seen)
    };
    visible.map(of).collect()
}

fn names(found: &[super::matching::Found<'_>]) -> Vec<String> {
    found.iter().map(|found| found.mistake.name.clone()).collect()
}

/// What fails of items that exist is all that a signature may speak of, and every lab has signatures.
#[test]
fn signatures_speak_of_what_a_student_has() {
    let (layout, course, mistakes) = real();
    for lab in &course.labs {
        let exam = Exam::read(&layout, lab, 0).unwrap();
        let is_visible =
            |name: &String| exam.items.iter().any(|item| item.name == *name && item.kind() != Kind::Hidden);
        let of_lab = mistakes.of(&lab.lab);
        assert!(of_lab.len() >= 8, "{} has {} signatures", lab.lab, of_lab.len());
        for mistake in of_lab {
            let strange = mistake.signature.keys().find(|name| !is_visible(name));
            assert_eq!(strange, None, "{}/{}: no such visible item", lab.lab, mistake.name);
        }
    }
}

/// However far a student has come: the mistake itself is named, or none.
#[test]
fn a_known_mistake_is_never_taken_for_another() {
    let (layout, course, mistakes) = real();
    let (mut named, mut all) = (0, 0);
    for lab in &course.labs {
        let exam = Exam::read(&layout, lab, 0).unwrap();
        let of_lab = mistakes.of(&lab.lab);
        let step_of = |item: &Item| lab.criterion(&item.criterion).map_or(0, |criterion| criterion.step);
        let last = lab.criteria.iter().map(|criterion| criterion.step).max().unwrap_or(0);
        for (mistake, step) in of_lab.iter().flat_map(|mistake| (1..=last).map(move |step| (mistake, step))) {
            let shown = shown(&exam, mistake, |item| step_of(item) <= step);
            if !shown.values().any(|seen| matches!(seen, Seen::Failed(_))) {
                continue;
            }
            all += 1;
            let found = names(&find(of_lab, &shown));
            assert!(found.is_empty() || found == [mistake.name.clone()], "{}: {found:?}", mistake.name);
            named += usize::from(!found.is_empty());
        }
    }
    assert!(named * 100 >= all * 95, "{named} of {all} are named");
}

/// A mistake whose signature is not in the list must not be taken for one that is.
#[test]
fn an_unknown_mistake_is_not_named() {
    let (layout, course, mistakes) = real();
    let (mut wrong, mut all) = (Vec::new(), 0);
    for lab in &course.labs {
        let exam = Exam::read(&layout, lab, 0).unwrap();
        let of_lab = mistakes.of(&lab.lab);
        for (index, mistake) in of_lab.iter().enumerate() {
            let mut others = of_lab.to_vec();
            others.remove(index);
            all += 1;
            let found = names(&find(&others, &shown(&exam, mistake, |_| true)));
            if !found.is_empty() {
                wrong.push(format!("{}/{}: {found:?}", lab.lab, mistake.name));
            }
        }
    }
    assert!(wrong.len() * 100 <= all * 5, "{} of {all} got a name:\n{}", wrong.len(), wrong.join("\n"));
}
