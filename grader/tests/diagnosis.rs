//! How often the diagnosis is right: on mistakes of the known kinds that are written differently from the known
//! submissions, on two of them at once, and on mistakes that nobody has written down, where silence is right.
//!
//! `tests/diagnosis/<lab>.yaml` plants each in a right solution with another design. `cargo test -p grader --test
//! diagnosis -- --nocapture` prints what was said of each.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use grader::course::{Course, Lab};
use grader::diagnosis::{Mistakes, record};
use grader::exam::Exam;
use grader::grade::grade_on;
use grader::intake::{LabFile, Submission};
use grader::judge;
use grader::layout::Layout;
use grader::progress::Silent;
use grader::verdict::Diagnosis;
use grader::workbench::{Whose, Workbench, in_parallel};
use serde::Deserialize;

/// A mistake that is planted in a right solution.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plant {
    /// What is done, in a few words.
    name: String,
    /// The right solution: a known submission of the lab.
    base: String,
    /// The known mistake that it is; none for one that is not known.
    is: Vec<String>,
    /// What is replaced; each text stands in the base exactly once.
    change: Vec<Replaced>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replaced {
    from: String,
    to: String,
}

impl Plant {
    /// The plants of a lab.
    fn of(lab: &Lab) -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnosis");
        let text = fs::read_to_string(folder.join(format!("{}.yaml", lab.lab))).unwrap();
        serde_yaml::from_str(&text).unwrap()
    }

    /// Both mistakes in one file, where both were planted in the same one and do not touch the same lines.
    fn with(&self, other: &Self, right: &str) -> Option<Self> {
        let both = Self {
            name: format!("{} + {}", self.name, other.name),
            base: self.base.clone(),
            is: self.is.iter().chain(&other.is).cloned().collect(),
            change: self.change.iter().chain(&other.change).cloned().collect(),
        };
        (self.base == other.base && both.planted_in(right).is_ok()).then_some(both)
    }

    fn planted_in(&self, right: &str) -> Result<String, String> {
        let mut text = right.to_owned();
        for Replaced { from, to } in &self.change {
            let count = text.matches(from.as_str()).count();
            if count != 1 {
                return Err(format!("{} has this {count} times, expected once: {from}", self.base));
            }
            text = text.replace(from.as_str(), to);
        }
        Ok(text)
    }

    fn right(&self, layout: &Layout, lab: &Lab) -> String {
        fs::read_to_string(layout.submissions_dir(&lab.lab).join(format!("{}.rs", self.base))).unwrap()
    }
}

/// How many of one sort of submissions got which answer.
#[derive(Debug, Default)]
struct Tally {
    right: u32,
    silent: u32,
    wrong: u32,
    told: String,
}

impl Tally {
    /// `is` is what may be named; naming one of two is right, naming anything else is wrong.
    fn count(&mut self, lab: &Lab, plant: &Plant, found: &[Diagnosis]) {
        let names: Vec<&str> = found.iter().map(|each| each.mistake.as_str()).collect();
        let (count, word) = match names.as_slice() {
            [] => (&mut self.silent, "silent"),
            names if names.iter().all(|name| plant.is.iter().any(|is| is == name)) => {
                (&mut self.right, "right")
            }
            _ => (&mut self.wrong, "WRONG"),
        };
        *count += 1;
        let sure = found.first().map_or(0.0, |each| each.sure);
        writeln!(self.told, "{word:<7} {:<17} {:<45} {sure:.2} {names:?}", lab.lab, plant.name).unwrap();
    }

    fn all(&self) -> u32 {
        self.right + self.silent + self.wrong
    }
}

/// Diagnoses one text after the other on the real course, by what a student has.
struct Examiner<'a> {
    bench: &'a Workbench<'a>,
    mistakes: &'a Mistakes,
}

impl Examiner<'_> {
    fn diagnose(&self, exam: &Exam<'_>, plant: &Plant) -> Vec<Diagnosis> {
        let right = plant.right(self.bench.layout, exam.lab);
        let text = plant.planted_in(&right).unwrap_or_else(|problem| panic!("{}: {problem}", plant.name));
        let judgement = judge::judge(self.bench, exam, &[], text.as_bytes(), &Silent).unwrap();
        assert!(judgement.compiles, "{}: {}", plant.name, judgement.diagnostics);
        self.mistakes.diagnose(&exam.lab.lab, &judgement.items)
    }
}

fn bench(layout: &Layout) -> Workbench<'_> {
    Workbench::ready(layout, Whose::Own, &Silent).unwrap()
}

fn course() -> (Layout, Course) {
    let layout = Layout::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let course = Course::load(&layout.course_yaml()).unwrap();
    (layout, course)
}

/// What a planted mistake is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    /// One known mistake.
    Single,
    /// Two known mistakes in one file.
    Double,
    /// One that is not known.
    Unknown,
}

/// Everything that is diagnosed of one lab.
fn planted(layout: &Layout, lab: &Lab) -> Vec<(Sort, Plant)> {
    let (known, unknown): (Vec<Plant>, Vec<Plant>) =
        Plant::of(lab).into_iter().partition(|plant| !plant.is.is_empty());
    assert!(known.len() >= 3 && unknown.len() >= 2, "{}: too few planted mistakes", lab.lab);
    let neighbours = known.windows(2).step_by(2);
    let double: Vec<Plant> =
        neighbours.filter_map(|pair| pair[0].with(&pair[1], &pair[0].right(layout, lab))).collect();
    let sorts = [(Sort::Single, known), (Sort::Double, double), (Sort::Unknown, unknown)];
    sorts.into_iter().flat_map(|(sort, plants)| plants.into_iter().map(move |plant| (sort, plant))).collect()
}

#[test]
fn known_mistakes_are_named_and_others_are_not() {
    let (layout, course) = course();
    let (bench, mistakes) = (bench(&layout), Mistakes::load(&layout).unwrap());
    let examiner = Examiner { bench: &bench, mistakes: &mistakes };
    let of_lab = |lab| (record::visible(&layout, lab).unwrap(), planted(&layout, lab));
    let labs: Vec<(Exam<'_>, Vec<(Sort, Plant)>)> = course.labs.iter().map(of_lab).collect();
    fn with_exam<'a>(
        (exam, plants): &'a (Exam<'a>, Vec<(Sort, Plant)>),
    ) -> impl Iterator<Item = (&'a Exam<'a>, Sort, &'a Plant)> {
        plants.iter().map(move |(sort, plant)| (exam, *sort, plant))
    }
    let all: Vec<(&Exam<'_>, Sort, &Plant)> = labs.iter().flat_map(with_exam).collect();
    // While one runs its items, the next one is compiled.
    let found = in_parallel(&all, |(exam, _, plant)| Ok(examiner.diagnose(exam, plant))).unwrap();

    let tally = |wanted: Sort| {
        let mut tally = Tally::default();
        for ((exam, sort, plant), found) in all.iter().zip(&found) {
            if *sort == wanted {
                tally.count(exam.lab, plant, found);
            }
        }
        let Tally { right, silent, wrong, told } = &tally;
        println!("{told}{wanted:?}: {right} right, {silent} silent, {wrong} wrong of {}\n", tally.all());
        tally
    };
    let [single, double, unknown] = [Sort::Single, Sort::Double, Sort::Unknown].map(tally);
    assert!(single.right * 100 >= single.all() * 80, "{}", single.told);
    let wrong = single.wrong + double.wrong + unknown.wrong;
    assert!(wrong as usize * 100 <= all.len() * 5, "{}{}{}", single.told, double.told, unknown.told);
    assert!(double.all() >= 10 && double.right * 2 >= double.all(), "{}", double.told);
}

/// What `grade` reports is what was measured above: hidden scenarios change nothing.
#[test]
fn a_graded_lab_carries_its_diagnosis() {
    let (layout, course) = course();
    let (bench, mistakes) = (bench(&layout), Mistakes::load(&layout).unwrap());
    let lab = course.lab("replacement").unwrap();
    let plant = &Plant::of(lab)[0];
    let text = plant.planted_in(&plant.right(&layout, lab)).unwrap();
    let submission = Submission {
        name: "a file".to_owned(),
        files: BTreeMap::from([(lab.lab.clone(), LabFile::Source(text.into_bytes()))]),
        ignored: Vec::new(),
        root: None,
        is_single_file: true,
    };
    let report = grade_on(&bench, &course, &submission, &[], 1, &Silent).unwrap();
    let exam = record::visible(&layout, lab).unwrap();
    let expected = Examiner { bench: &bench, mistakes: &mistakes }.diagnose(&exam, plant);
    assert_eq!(report.labs[0].diagnosis, expected);
    assert_eq!(expected[0].mistake, plant.is[0]);
    assert!(expected[0].question.ends_with('?') && expected[0].sure > 0.5, "{expected:?}");
}
