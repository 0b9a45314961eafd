//! Draws a watch: the lab and its points, what is going on, the criteria, what to mend first, the keys.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout as Split, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use crate::colour::{Look, Tone, pieces};
use crate::course::{Criterion, Lab};
use crate::outline;
use crate::report::words::{self, points};
use crate::report::{Context, Origin, table};
use crate::verdict::LabReport;

use super::model::{Model, Page, Running};

mod keys;

use keys::Keys;

/// Lines that a failure gets before the criteria are cut.
const FAILURE_LINES: u16 = 8;
/// One row of the screen in so many is the keys' when they need several.
const SCREEN_PER_KEYS: u16 = 5;

/// Draws `model` on the whole of `frame`.
pub(super) fn draw(frame: &mut Frame<'_>, model: &Model<'_>) {
    let keys = keys_of(&model.page)
        .rows(usize::from(frame.area().width), usize::from(frame.area().height / SCREEN_PER_KEYS).max(1));
    let [head, status, _, body, note, foot] = Split::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(0),
        Constraint::Length(1),
        Constraint::Length(u16::try_from(keys.len()).unwrap_or(1)),
    ])
    .areas(frame.area());
    let canvas = Canvas { look: model.look.fitting(frame.area().width) };
    canvas.head(frame, head, model);
    frame.render_widget(canvas.line(&status_line(model, &canvas.painted())), status);
    match &model.page {
        Page::Lab => canvas.lab(frame, body, model),
        Page::Text { title, text } => {
            let title = canvas.painted().paint(Tone::Strong, title);
            canvas.text(frame, body, &format!("{title}\n\n{text}"), model.scroll);
        }
        Page::List => {
            let lab = [model.lab().lab.clone()];
            let text = outline::render(model.course, &model.journal, &lab, &canvas.painted());
            canvas.text(frame, body, &text, model.scroll);
        }
        Page::Labs { chosen } => canvas.labs(frame, body, model, *chosen),
        Page::Reset => {
            let lab = &model.lab().lab;
            let question = format!(
                "Make labs/src/{lab}.rs the skeleton again?\n\nWhat is there now stays beside it as a numbered backup."
            );
            canvas.text(frame, body, &question, 0);
        }
    }
    if let Some(words) = &model.note {
        frame.render_widget(canvas.line(&canvas.painted().paint(Tone::Soft, words)), note);
    }
    let quiet = |row: &String| canvas.line(&canvas.painted().paint(Tone::Quiet, row));
    frame.render_widget(Paragraph::new(keys.iter().map(quiet).collect::<Vec<_>>()), foot);
}

fn keys_of(page: &Page) -> Keys {
    match page {
        Page::Lab => keys::OF_LAB,
        Page::Text { .. } | Page::List => keys::OF_TEXT,
        Page::Labs { .. } => keys::OF_LABS,
        Page::Reset => keys::OF_RESET,
    }
}

/// What is going on, or what came out.
fn status_line(model: &Model<'_>, look: &Look) -> String {
    if let Some(running) = &model.running {
        return look.paint(Tone::Soft, &going_on(running));
    }
    match model.known().lab() {
        None => String::new(),
        Some(graded) => {
            let tone = words::lab_tone(graded.verdict);
            let verdict = format!("{} {}", look.mark(tone), words::lab_verdict(graded.verdict));
            let took = format!("  {:.2} s", model.known().took.as_secs_f64());
            format!("{}{}", look.paint(tone, &verdict), look.paint(Tone::Quiet, &took))
        }
    }
}

fn going_on(running: &Running) -> String {
    if let Some(words) = &running.limit {
        return words.clone();
    }
    match (running.is_trace, running.compiles, running.judged) {
        (true, ..) => "playing the scenario".to_owned(),
        (_, true, 0) => "compiles, judging".to_owned(),
        (_, true, judged) => format!("compiles, judging: {judged} done"),
        // Before the compiler's answer: most often nothing, the first time the building of the harness.
        _ if running.doing.is_empty() => "judging".to_owned(),
        _ => running.doing.clone(),
    }
}

/// What can be shown, and how.
struct Canvas {
    look: Look,
}

impl Canvas {
    /// For texts that are painted first and then taken apart again.
    fn painted(&self) -> Look {
        Look { colour: true, ..self.look }
    }

    fn head(&self, frame: &mut Frame<'_>, area: Rect, model: &Model<'_>) {
        let lab = model.lab();
        let score = match model.known().lab() {
            Some(graded) => format!("{} of {} points", points(graded.score), points(graded.max_score)),
            None => format!("{} points", points(lab.max_score())),
        };
        let width = u16::try_from(score.chars().count()).unwrap_or(area.width);
        let parts = [Constraint::Min(0), Constraint::Length(1), Constraint::Length(width)];
        let [left, _, right] = Split::horizontal(parts).areas(area);
        let bold = |text: &str| self.line(&self.painted().paint(Tone::Strong, text));
        frame.render_widget(bold(&format!("{}: {}", lab.lab, lab.title)), left);
        frame.render_widget(bold(&score), right);
    }

    fn lab(&self, frame: &mut Frame<'_>, area: Rect, model: &Model<'_>) {
        let lab = model.lab();
        let report = model.known().report.as_ref();
        let Some((report, graded)) = report.and_then(|report| Some((report, report.labs.first()?))) else {
            // The first verdict is on its way: what it will be about is known already.
            let name = |each: &Criterion| self.line(&format!("   {}. {}", each.step, each.name));
            frame.render_widget(Paragraph::new(lab.criteria.iter().map(name).collect::<Vec<_>>()), area);
            return;
        };
        let rows = self.criteria(lab, graded);
        let context = Context { course: model.course, look: self.painted(), origin: Origin::OwnTree };
        let text = table::explanation(report, &context);
        let wanted = u16::try_from(rows_of(&self.lines(&text), area)).unwrap_or(u16::MAX);
        let room = area.height.saturating_sub(FAILURE_LINES.min(wanted)).max(area.height / 3);
        let shown = rows.len().min(usize::from(room));
        let height = u16::try_from(shown).unwrap_or(area.height);
        let [list, below] = Split::vertical([Constraint::Length(height), Constraint::Min(0)]).areas(area);
        // Where not all fit, those that have passed at the beginning can go.
        let full =
            |name: &str| graded.criteria.iter().any(|each| each.name == name && each.score >= each.max_score);
        let done = lab.criteria.iter().take_while(|each| full(&each.name)).count();
        let first = done.min(rows.len() - shown);
        frame.render_widget(Paragraph::new(rows[first..first + shown].to_vec()), list);
        self.text(frame, below, &text, model.scroll);
    }

    fn criteria(&self, lab: &Lab, graded: &LabReport) -> Vec<Line<'static>> {
        let look = self.painted();
        let row = |reached: &crate::verdict::CriterionReport| {
            let known = lab.criterion(&reached.name);
            let step = known.map_or(0, |known| known.step);
            let (tone, result) = words::criterion(&reached.name, &graded.cases);
            let score = format!("{}/{}", points(reached.score), points(reached.max_score));
            let left = self.look.width.saturating_sub(3 + 2 + 14 + 2 + 8);
            let name: String = format!("{step}. {}", reached.name).chars().take(left).collect();
            let mark = look.paint(tone, look.mark(tone));
            let result = look.paint(tone, &format!("{result:<14}"));
            self.line(&format!(" {mark} {name:<left$}  {result}  {score:>8}"))
        };
        graded.criteria.iter().map(row).collect()
    }

    fn labs(&self, frame: &mut Frame<'_>, area: Rect, model: &Model<'_>, chosen: usize) {
        let look = self.painted();
        let rows = model.course.labs.iter().zip(&model.labs).enumerate().map(|(index, (lab, known))| {
            let sign = if index == chosen { ">" } else { " " };
            let so_far =
                format!("{} of {}", model.journal.green_count(model.course, lab), lab.criteria.len());
            let state = known.lab().map_or("", |graded| words::lab_verdict(graded.verdict));
            let row = format!("{sign} {}. {:<18} {so_far:>8}  {state}", index + 1, lab.lab);
            self.line(&if index == chosen { look.paint(Tone::Strong, &row) } else { row })
        });
        let heading = format!("     {:<18} {:>8}  now", "lab", "passed");
        let heading = self.line(&look.paint(Tone::Quiet, &heading));
        let lines: Vec<Line<'_>> = [heading].into_iter().chain(rows).collect();
        frame.render_widget(Paragraph::new(lines), area);
    }

    /// A text that may be longer than the area; the last lines stay in sight however far it is scrolled.
    fn text(&self, frame: &mut Frame<'_>, area: Rect, text: &str, scroll: usize) {
        let lines = self.lines(text);
        let last = rows_of(&lines, area).saturating_sub(usize::from(area.height));
        let scroll = u16::try_from(scroll.min(last)).unwrap_or(u16::MAX);
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }).scroll((scroll, 0)), area);
    }

    fn lines(&self, painted: &str) -> Vec<Line<'static>> {
        painted.lines().map(|line| self.line(line)).collect()
    }

    /// A painted line as the terminal can show it.
    fn line(&self, painted: &str) -> Line<'static> {
        let span = |(tone, text): (Option<Tone>, &str)| {
            let text = self.look.shown(text);
            match tone.filter(|_| self.look.colour) {
                Some(tone) => Span::styled(text, style(tone)),
                None => Span::raw(text),
            }
        };
        Line::from(pieces(painted).into_iter().map(span).collect::<Vec<_>>())
    }
}

/// How many rows `lines` fill, folded to the columns of `area`.
fn rows_of(lines: &[Line<'_>], area: Rect) -> usize {
    let columns = usize::from(area.width.max(1));
    lines.iter().map(|line| line.width().div_ceil(columns).max(1)).sum()
}

fn style(tone: Tone) -> Style {
    match tone {
        Tone::Good => Style::new().fg(Color::Green),
        Tone::Bad => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
        Tone::Soft => Style::new().fg(Color::Yellow),
        Tone::Strong => Style::new().add_modifier(Modifier::BOLD),
        Tone::Quiet => Style::new().add_modifier(Modifier::DIM),
    }
}

#[cfg(test)]
mod tests;
