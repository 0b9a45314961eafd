//! The threshold of [`grader::similarity`], measured: right solutions that share few lines stay far below it, copies with
//! some things changed far above. `cargo test -p grader --test similarity -- --nocapture` prints the numbers.
#![cfg(feature = "instructor")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use grader::course::Course;
use grader::layout::Layout;
use grader::lint::submissions::Known;
use grader::similarity::{Given, Source, WORTH_A_LOOK, similar};

/// A submission of the repository.
struct Submission {
    name: String,
    text: String,
    is_right: bool,
}

fn layout() -> Layout {
    Layout::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The known submissions of a lab, and its solution.
fn submissions(layout: &Layout, lab: &str) -> Vec<Submission> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(layout.submissions_dir(lab)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "rs"));
    paths.sort();
    let mut submissions = vec![Submission {
        name: "the solution".to_owned(),
        text: read(&layout.solution_source(lab)),
        is_right: true,
    }];
    for path in paths {
        let known: Known = serde_yaml::from_str(&read(&path.with_extension("yaml"))).unwrap();
        submissions.push(Submission {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            text: read(&path),
            is_right: known.mistake.is_none(),
        });
    }
    submissions
}

/// The score of two submissions alone, 0 when they are no pair at all.
fn score(given: &Given, one: &Submission, other: &Submission) -> f64 {
    let sources = [("a", one), ("b", other)].map(|(student, of)| Source { student, text: &of.text });
    similar(given, &sources, 0.0).first().map_or(0.0, |pair| pair.score)
}

/// How much of the shorter file's own lines stands word for word in the other: a plainer measure, to know what to expect.
fn same_lines(skeleton: &str, one: &Submission, other: &Submission) -> f64 {
    let given: BTreeSet<&str> = skeleton.lines().map(str::trim).collect();
    let own = |submission: &'_ Submission| -> BTreeSet<String> {
        let lines = submission.text.lines().map(str::trim);
        lines.filter(|line| line.len() > 12 && !given.contains(line)).map(str::to_owned).collect()
    };
    let (one, other) = (own(one), own(other));
    one.intersection(&other).count() as f64 / one.len().min(other.len()) as f64
}

#[test]
fn independent_solutions_are_far_below_and_copies_far_above() {
    let layout = layout();
    let course = Course::load(&layout.course_yaml()).unwrap();
    for lab in course.lab_names() {
        let skeleton = read(&layout.lab_source(lab));
        let given = Given::new(&[&skeleton]);
        let submissions = submissions(&layout, lab);
        let right: Vec<_> = submissions.iter().filter(|submission| submission.is_right).collect();
        assert!(right.len() >= 3, "{lab} has two right alternatives");
        for (at, one) in right.iter().enumerate() {
            for other in &right[at + 1..] {
                let (score, lines) = (score(&given, one, other), same_lines(&skeleton, one, other));
                println!("{lab}: {score:.2} {} and {} (same lines: {lines:.2})", one.name, other.name);
                // Some alternatives are the solution with its core exchanged: those are alike, and said to be.
                let is_as_expected =
                    if lines < 0.3 { score < WORTH_A_LOOK / 2.0 } else { score > WORTH_A_LOOK };
                assert!(is_as_expected, "{lab}: {} and {}: {score:.2}, {lines:.2}", one.name, other.name);
            }
        }
        // Each known mistake was made in a copy of some right solution.
        let nearest =
            |wrong: &Submission| right.iter().map(|right| score(&given, wrong, right)).fold(0.0, f64::max);
        let wrong = submissions.iter().filter(|submission| !submission.is_right);
        let copies = wrong.map(|wrong| (nearest(wrong), wrong.name.as_str()));
        let (lowest, name) = copies.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
        println!("{lab}: {lowest:.2} is the lowest of the copies: {name}");
        assert!(lowest > 2.0 * WORTH_A_LOOK, "{lab}: {name} scores {lowest:.2}");
    }
}

/// A class of 300 full of copies: the most work there can be. Prints its time; under load that says little.
#[test]
fn a_class_of_300_is_compared_in_seconds() {
    let layout = layout();
    let course = Course::load(&layout.course_yaml()).unwrap();
    let start = Instant::now();
    for lab in course.lab_names() {
        let submissions = submissions(&layout, lab);
        let names: Vec<String> = (0..300).map(|number| format!("student {number:03}")).collect();
        let texts = submissions.iter().cycle();
        let sources: Vec<_> = names
            .iter()
            .zip(texts)
            .map(|(student, submission)| Source { student, text: &submission.text })
            .collect();
        let pairs = similar(&Given::new(&[&read(&layout.lab_source(lab))]), &sources, WORTH_A_LOOK);
        println!("{lab}: {} pairs", pairs.len());
        assert!(pairs.windows(2).all(|pair| pair[0].score >= pair[1].score), "the highest first");
    }
    println!("300 submissions of {} labs: {:.1?}", course.labs.len(), start.elapsed());
}
