//! What a watch looks like, on a terminal of memory.

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::KeyCode;

use super::*;
use crate::verdict::Diagnosis;
use crate::watch::model::Action;
use crate::watch::model::tests::{Place, does_not_compile, partly, press};
use crate::watch::{Done, Event, Told};

fn screen(model: &Model<'_>, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, model)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

fn judged<'a>(place: &'a Place, done: Done) -> Model<'a> {
    let mut model = place.model();
    let Action::Run(number, _) = model.judge() else { panic!("a run") };
    model.hear(Event::Done(number, done));
    model
}

#[test]
fn a_lab_that_is_partly_there() {
    let place = Place::new();
    let model = judged(&place, partly());
    insta::assert_snapshot!("partly", screen(&model, 80, 24));
}

#[test]
fn sixty_columns_are_enough() {
    let place = Place::new();
    let model = judged(&place, partly());
    insta::assert_snapshot!("partly_narrow", screen(&model, 60, 18));
}

#[test]
fn every_key_is_in_sight_in_a_narrow_pane() {
    let place = Place::new();
    let mut model = judged(&place, partly());
    insta::assert_snapshot!("partly_30_columns", screen(&model, 30, 20));
    insta::assert_snapshot!("partly_20_columns", screen(&model, 20, 16));
    assert!(screen(&model, 40, 9).ends_with("\n[n] [h] [l] [t] [e] [r] [a] [q]"), "a low pane shows letters");
    press(&mut model, KeyCode::Char('r'));
    insta::assert_snapshot!("reset_20_columns", screen(&model, 20, 16));
}

#[test]
fn criteria_give_way_to_no_more_than_what_stands_below() {
    let place = Place::new();
    let Done::Graded { mut report, took } = partly() else { panic!("a verdict") };
    let lab = &mut report.labs[0];
    lab.cases.iter_mut().for_each(|case| case.verdict = crate::verdict::Verdict::Passed);
    lab.criteria.iter_mut().for_each(|each| each.score = each.max_score);
    lab.verdict = crate::verdict::LabVerdict::Passed;
    let names: Vec<String> = lab.criteria.iter().map(|each| each.name.clone()).collect();
    // Beside the criteria: four rows of the frame, the keys, and the line that says that all has passed, with one above it.
    let height = 7 + u16::try_from(names.len()).unwrap();
    let shown = screen(&judged(&place, Done::Graded { report, took }), 80, height);
    assert!(names.iter().all(|name| shown.contains(name.as_str())), "{shown}");
}

#[test]
fn a_known_mistake_gets_its_question() {
    let place = Place::new();
    let Done::Graded { mut report, took } = partly() else { panic!("a verdict") };
    report.labs[0].diagnosis.push(Diagnosis {
        mistake: "frame_is_the_page".to_owned(),
        question: "Whose number is this?".to_owned(),
        sure: 0.8,
    });
    let shown = screen(&judged(&place, Done::Graded { report, took }), 80, 24);
    assert!(shown.contains("    likely the question: \"Whose number is this?\""), "{shown}");
}

#[test]
fn what_the_compiler_says_stands_first() {
    let place = Place::new();
    let model = judged(&place, does_not_compile());
    insta::assert_snapshot!("does_not_compile", screen(&model, 80, 16));
}

#[test]
fn while_judging_the_last_verdict_stays() {
    let place = Place::new();
    let mut model = judged(&place, partly());
    let Some(Action::Run(number, _)) = model.hear(Event::Saved("page_table".to_owned())) else {
        panic!("a run")
    };
    model.hear(Event::Told(number, Told::Compiled));
    let shown = screen(&model, 80, 24);
    assert!(shown.contains("\ncompiles, judging\n") && shown.contains("result: PA:0x5010"), "{shown}");
}

#[test]
fn all_labs_and_the_question_before_a_reset() {
    let place = Place::new();
    let mut model = judged(&place, partly());
    press(&mut model, KeyCode::Char('a'));
    insta::assert_snapshot!("labs", screen(&model, 60, 10));
    press(&mut model, KeyCode::Esc);
    press(&mut model, KeyCode::Char('r'));
    insta::assert_snapshot!("reset", screen(&model, 60, 10));
}

#[test]
fn the_list_keeps_to_the_columns_that_there_are() {
    let place = Place::new();
    let mut model = judged(&place, partly());
    press(&mut model, KeyCode::Char('l'));
    for columns in [100, 60] {
        let shown = screen(&model, columns, 24);
        // In one row, whatever of the name is folded: the scenarios' column fits beside the others.
        let row = shown.lines().find(|line| line.contains("  2. Maps"));
        assert!(row.is_some_and(|row| row.ends_with("  two-pages")), "{columns} columns:\n{shown}");
    }
}

#[test]
fn a_long_text_scrolls_to_its_end_and_no_further() {
    let place = Place::new();
    let mut model = place.model();
    let text = (1..=40).map(|line| format!("line {line}\n")).collect();
    model.page = Page::Text { title: "trace".to_owned(), text };
    assert!(screen(&model, 60, 12).contains("line 1\n"));
    model.scroll = 1000;
    let shown = screen(&model, 60, 12);
    assert!(shown.contains("line 40\n") && shown.contains("line 34\n"), "{shown}");
}

#[test]
fn any_size_can_be_drawn_and_nothing_is_coloured_without_colour() {
    let place = Place::new();
    let model = judged(&place, partly());
    for (width, height) in [(1, 1), (10, 3), (60, 5), (200, 60)] {
        screen(&model, width, height);
    }
    let mut terminal = Terminal::new(TestBackend::new(60, 20)).unwrap();
    terminal.draw(|frame| draw(frame, &model)).unwrap();
    let cells = terminal.backend().buffer().content();
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.modifier.is_empty()));
    assert!(cells.iter().all(|cell| cell.symbol().is_ascii()), "no locale, no other characters");
}
