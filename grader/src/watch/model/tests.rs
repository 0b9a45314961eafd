//! Events and keys in, actions and pages out; nothing is built, drawn or run.

use rstest::rstest;

use super::*;
use crate::verdict::{CaseResult, CriterionReport, Difference, LabVerdict, SCHEMA};

const COURSE: &str = "
title: Virtual memory labs
labs:
  - lab: page_table
    title: One table, one level
    chapter: page_table.md
    types: [LinearPageTable]
    criteria:
      - { name: Splits an address, step: 1, points: 40, cases: ['split::*'], hints: [which bits?, shift., mask.] }
      - { name: Maps and unmaps pages, step: 2, points: 60, scenarios: [two-pages], chapter: page_table.md#map }
  - lab: tlb
    title: The cache that makes it bearable
    chapter: tlb.md
    types: [SetAssociativeTlb]
    criteria:
      - { name: Hits and misses, step: 1, points: 100, scenarios: [hit] }
";

/// A course in a scratch folder.
pub(in crate::watch) struct Place {
    _root: tempfile::TempDir,
    pub(in crate::watch) layout: Layout,
    pub(in crate::watch) course: Course,
}

impl Place {
    pub(in crate::watch) fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        for folder in ["fixtures", "labs/src"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        std::fs::write(root.path().join("fixtures/course.yaml"), COURSE).unwrap();
        let layout = Layout::at(root.path()).unwrap();
        let course = Course::load(&layout.course_yaml()).unwrap();
        Self { _root: root, layout, course }
    }

    pub(in crate::watch) fn model(&self) -> Model<'_> {
        Model::new(&self.layout, &self.course, Look::PLAIN, None)
    }
}

fn item(name: &str, kind: Kind, criterion: &str, verdict: Verdict, message: &str) -> CaseResult {
    CaseResult {
        name: name.to_owned(),
        kind,
        criterion: criterion.to_owned(),
        verdict,
        duration_ms: 1,
        message: message.to_owned(),
        difference: None,
    }
}

/// The first criterion is green, the second one's scenario differs.
pub(in crate::watch) fn partly() -> Done {
    let mut wrong =
        item("two-pages", Kind::Scenario, "Maps and unmaps pages", Verdict::Wrong, "differs in step 2");
    wrong.difference = Some(Difference {
        title: "Two pages on one frame".to_owned(),
        steps: vec!["step 1: map page 0x3".to_owned(), "step 2: read at 0x3010".to_owned()],
        expected: "  result: PA:0x5010".to_owned(),
        actual: "  result: PA:0x3010".to_owned(),
    });
    let split = item("split::zero", Kind::Case, "Splits an address", Verdict::Passed, "");
    graded(LabVerdict::Partial, [40.0, 0.0], "", vec![split, wrong])
}

pub(in crate::watch) fn does_not_compile() -> Done {
    let words = "error[E0425]: cannot find value `bits`\n --> labs/src/page_table.rs:13:9\n";
    graded(LabVerdict::DoesNotCompile, [0.0, 0.0], words, Vec::new())
}

fn graded(verdict: LabVerdict, scores: [f64; 2], diagnostics: &str, cases: Vec<CaseResult>) -> Done {
    let criterion = |(name, score, max_score): (&str, f64, f64)| CriterionReport {
        name: name.to_owned(),
        score,
        max_score,
        chapter: "page_table.html".to_owned(),
    };
    let lab = LabReport {
        lab: "page_table".to_owned(),
        verdict,
        score: scores[0] + scores[1],
        max_score: 100.0,
        compile_ms: 0,
        diagnostics: diagnostics.to_owned(),
        criteria: vec![
            criterion(("Splits an address", scores[0], 40.0)),
            criterion(("Maps and unmaps pages", scores[1], 60.0)),
        ],
        cases,
        diagnosis: Vec::new(),
    };
    let report = Report {
        schema: SCHEMA,
        submission: "labs/src".to_owned(),
        score: lab.score,
        max_score: 100.0,
        sandbox: "limits".to_owned(),
        seed: 7,
        flags: Vec::new(),
        labs: vec![lab],
    };
    Done::Graded { report: Box::new(report), took: Duration::from_millis(340) }
}

pub(in crate::watch) fn press(model: &mut Model<'_>, code: KeyCode) -> Option<Action> {
    model.hear(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn number_of(action: &Action) -> u64 {
    match action {
        Action::Run(number, _) => *number,
        other => panic!("{other:?}"),
    }
}

#[test]
fn of_two_saves_only_the_newer_one_is_shown() {
    let place = Place::new();
    let mut model = place.model();
    let first = number_of(&model.judge());
    let second = number_of(&model.hear(Event::Saved("page_table".to_owned())).unwrap());
    assert_eq!(model.hear(Event::Done(first, does_not_compile())), None);
    assert!(model.running.is_some() && model.known().lab().is_none(), "the older run says nothing");
    model.hear(Event::Done(second, partly()));
    assert!(model.running.is_none());
    assert_eq!(model.known().lab().unwrap().verdict, LabVerdict::Partial);
}

#[test]
fn what_an_older_run_still_does_is_what_the_newer_one_waits_for() {
    let place = Place::new();
    let mut model = place.model();
    let first = number_of(&model.judge());
    let second = number_of(&model.hear(Event::Saved("page_table".to_owned())).unwrap());
    assert_eq!(
        model.hear(Event::Told(first, Told::Doing("building the course's own crates".to_owned()))),
        None
    );
    assert_eq!(model.hear(Event::Told(first, Told::Compiled)), None);
    let running = model.running.as_ref().unwrap();
    let told = (running.number, running.doing.as_str(), running.compiles);
    assert_eq!(told, (second, "building the course's own crates", false));
}

#[test]
fn a_save_of_another_lab_brings_it_to_the_screen() {
    let place = Place::new();
    let mut model = place.model();
    press(&mut model, KeyCode::Char('l'));
    let action = model.hear(Event::Saved("tlb".to_owned()));
    assert!(matches!(action, Some(Action::Run(_, Job::Grade(lab))) if lab == "tlb"));
    assert_eq!((model.lab().lab.as_str(), &model.page), ("tlb", &Page::Lab));
    assert_eq!(model.hear(Event::Saved("gone".to_owned())), None);
}

#[rstest]
#[case::loops(
    Verdict::TimedOut,
    "not done after 1 s",
    Some("timed out: scenario two-pages: not done after 1 s")
)]
#[case::hoards(Verdict::OutOfMemory, "256 MiB", Some("out of memory: scenario two-pages: 256 MiB"))]
#[case::wrong(Verdict::Wrong, "differs in step 2", None)]
fn the_first_limit_is_told_before_the_run_is_over(
    #[case] verdict: Verdict,
    #[case] message: &str,
    #[case] expected: Option<&str>,
) {
    let place = Place::new();
    let mut model = place.model();
    let number = number_of(&model.judge());
    for name in ["two-pages", "three-pages"] {
        let item = item(name, Kind::Scenario, "Maps and unmaps pages", verdict, message);
        model.hear(Event::Told(number, Told::Judged(item)));
    }
    let running = model.running.unwrap();
    assert_eq!((running.limit.as_deref(), running.judged), (expected, 2));
}

#[rstest]
#[case::quit(KeyCode::Char('q'), Some(Action::Quit))]
#[case::next_lab(KeyCode::Char('n'), Some(Action::Run(2, Job::Grade("tlb".to_owned()))))]
#[case::trace_of_what_failed(
    KeyCode::Char('t'),
    Some(Action::Run(2, Job::Trace { lab: "page_table".to_owned(), scenario: "two-pages".to_owned() }))
)]
#[case::edit_where_the_next_step_is(
    KeyCode::Char('e'),
    Some(Action::Edit { lab: "page_table".to_owned(), line: EditAt::Step(2) })
)]
#[case::reset_asks_first(KeyCode::Char('r'), None)]
fn a_key_asks_for_one_thing(#[case] key: KeyCode, #[case] expected: Option<Action>) {
    let place = Place::new();
    let mut model = place.model();
    let number = number_of(&model.judge());
    model.hear(Event::Done(number, partly()));
    assert_eq!(press(&mut model, key), expected);
}

#[test]
fn a_reset_happens_only_after_a_yes() {
    let place = Place::new();
    let mut model = place.model();
    press(&mut model, KeyCode::Char('r'));
    assert_eq!(press(&mut model, KeyCode::Enter), None);
    assert_eq!((model.note.as_deref(), &model.page), (Some("nothing was changed"), &Page::Lab));
    press(&mut model, KeyCode::Char('r'));
    assert_eq!(press(&mut model, KeyCode::Char('y')), Some(Action::Reset("page_table".to_owned())));
}

#[test]
fn the_line_of_the_compilers_error_is_opened() {
    let place = Place::new();
    let mut model = place.model();
    let number = number_of(&model.judge());
    model.hear(Event::Done(number, does_not_compile()));
    let at = Action::Edit { lab: "page_table".to_owned(), line: EditAt::Line(13) };
    assert_eq!(press(&mut model, KeyCode::Char('e')), Some(at));
}

#[test]
fn a_lab_is_chosen_from_the_page_of_all_labs() {
    let place = Place::new();
    let mut model = place.model();
    press(&mut model, KeyCode::Char('a'));
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Down);
    assert_eq!(model.page, Page::Labs { chosen: 1 });
    let action = press(&mut model, KeyCode::Enter);
    assert!(matches!(action, Some(Action::Run(_, Job::Grade(lab))) if lab == "tlb"));
    press(&mut model, KeyCode::Char('a'));
    let action = press(&mut model, KeyCode::Char('1'));
    assert!(matches!(action, Some(Action::Run(_, Job::Grade(lab))) if lab == "page_table"));
}

#[test]
fn hints_come_one_at_a_time() {
    let place = Place::new();
    let mut model = place.model();
    for expected in ["which bits?", "shift.", "mask."] {
        press(&mut model, KeyCode::Char('h'));
        let Page::Text { text, .. } = &model.page else { panic!("{:?}", model.page) };
        assert!(text.contains(expected), "{text}");
    }
    press(&mut model, KeyCode::Esc);
    assert_eq!(model.page, Page::Lab);
}

#[test]
fn ctrl_c_ends_everywhere() {
    let place = Place::new();
    let mut model = place.model();
    press(&mut model, KeyCode::Char('r'));
    let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(model.hear(Event::Key(ctrl_c)), Some(Action::Quit));
}
