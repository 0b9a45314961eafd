//! The full-screen watch: the terminal, the keys, and what the model asks for.
//!
//! The terminal is given back whatever happens: at the end, after a panic, and at Ctrl-C or a signal from outside.

use std::env;
use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event as Input};

use crate::colour::Look;
use crate::course::Course;
use crate::interrupt;
use crate::layout::Layout;
use crate::skeleton::{self, Change};

use super::editor::{self, Editor};
use super::model::{Action, EditAt, Model};
use super::{Event, Session, view};

/// How often the thread of the keys looks whether it is to stand back.
const PAUSE_CHECK: Duration = Duration::from_millis(50);

/// Watches until the user leaves; `first` is the lab to begin with.
///
/// # Errors
/// When the terminal cannot be used.
pub fn run(layout: &Layout, course: &Course, look: Look, first: Option<&str>) -> io::Result<()> {
    let session = Session::start(layout, course);
    interrupt::before_end(ratatui::restore);
    let mut terminal = ratatui::try_init()?;
    let keys = Keys::listen(session.speaker());
    let mut model = Model::new(layout, course, look, first);
    let result = watch(&mut terminal, &session, &keys, &mut model);
    ratatui::restore();
    result
}

fn watch(
    terminal: &mut DefaultTerminal,
    session: &Session,
    keys: &Keys,
    model: &mut Model<'_>,
) -> io::Result<()> {
    let mut actions = vec![model.judge()];
    loop {
        for action in actions.drain(..) {
            match action {
                Action::Quit => return Ok(()),
                Action::Run(number, job) => session.ask(number, job),
                Action::Edit { lab, line } => edit(terminal, keys, model, &lab, line)?,
                Action::Reset(lab) => reset(model, &lab),
            }
        }
        let columns = terminal.draw(|frame| view::draw(frame, model))?.area.width;
        model.fit(columns);
        let Ok(event) = session.events.recv() else {
            return Ok(());
        };
        if matches!(event, Event::Stopped) {
            return Err(io::Error::other("a part of the grader stopped, or the terminal is gone"));
        }
        actions.extend(model.hear(event));
        // Everything that happened meanwhile is one picture.
        while let Ok(event) = session.events.try_recv() {
            actions.extend(model.hear(event));
        }
    }
}

fn edit(
    terminal: &mut DefaultTerminal,
    keys: &Keys,
    model: &mut Model<'_>,
    lab: &str,
    at: EditAt,
) -> io::Result<()> {
    let path = model.layout.lab_source(lab);
    let line = match at {
        EditAt::Line(line) => Some(line),
        EditAt::Step(step) => {
            fs::read_to_string(&path).ok().and_then(|source| editor::line_of_step(&source, step))
        }
        EditAt::Top => None,
    };
    let Some(editor) = Editor::choose(|name| env::var(name).ok(), &path, line) else {
        let file = model.layout.relative(&path).display().to_string();
        model.tell(format!("set EDITOR to your editor; the file is {file}"));
        return Ok(());
    };
    if !editor.needs_terminal {
        model.tell(editor.open().err().unwrap_or_else(|| format!("opened in {}", editor.program)));
        return Ok(());
    }
    keys.stand_back();
    ratatui::restore();
    let opened = editor.open();
    *terminal = ratatui::try_init()?;
    terminal.clear()?;
    keys.go_on();
    if let Err(words) = opened {
        model.tell(words);
    }
    Ok(())
}

fn reset(model: &mut Model<'_>, lab: &str) {
    let words = match skeleton::reset(model.layout, lab) {
        Ok(Change::KeptBackup(backup)) => {
            format!("your file is kept as {}", model.layout.relative(&backup).display())
        }
        Ok(Change::Same | Change::Written) => "it was the skeleton already".to_owned(),
        Err(error) => error.to_string(),
    };
    model.tell(words);
}

/// The thread that reads keys; while an editor has the terminal it stands back, or it would take half of what is typed.
struct Keys {
    paused: Arc<AtomicBool>,
    stood_back: Arc<AtomicBool>,
}

impl Keys {
    fn listen(speaker: Sender<Event>) -> Self {
        let keys = Self { paused: Arc::default(), stood_back: Arc::default() };
        let (paused, stood_back) = (Arc::clone(&keys.paused), Arc::clone(&keys.stood_back));
        thread::spawn(move || {
            loop {
                stood_back.store(paused.load(Ordering::SeqCst), Ordering::SeqCst);
                if paused.load(Ordering::SeqCst) {
                    thread::sleep(PAUSE_CHECK);
                    continue;
                }
                let heard = match event::poll(PAUSE_CHECK) {
                    Ok(true) => event::read(),
                    Ok(false) => continue,
                    Err(error) => Err(error),
                };
                let event = match heard {
                    Ok(Input::Key(key)) => Event::Key(key),
                    Ok(Input::Resize(..)) => Event::Resized,
                    Ok(_) => continue,
                    // The terminal is gone.
                    Err(_) => Event::Stopped,
                };
                let is_over = matches!(event, Event::Stopped);
                if speaker.send(event).is_err() || is_over {
                    return;
                }
            }
        });
        keys
    }

    /// Returns once no key is read any more.
    fn stand_back(&self) {
        self.paused.store(true, Ordering::SeqCst);
        while !self.stood_back.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn go_on(&self) {
        self.paused.store(false, Ordering::SeqCst);
    }
}
