//! The one place that knows colours, marks and lines: what a terminal shows, and what stays when it is none.
//!
//! A [`Look`] is decided once per output. Without a terminal everything is plain ASCII, so that a pasted or mailed
//! report reads as it was meant; meaning never hangs on colour alone.

use anstream::stream::RawStream;
use anstyle::{AnsiColor, Style};

/// How text is to look on one output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Someone watches: the output is a terminal.
    pub is_terminal: bool,
    /// Escape sequences for colour may be written.
    pub colour: bool,
    /// Characters beyond ASCII may be written.
    pub unicode: bool,
    /// Columns that a line should fit in.
    pub width: usize,
}

/// What a piece of text means; how that looks is decided here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It passed.
    Good,
    /// It failed.
    Bad,
    /// It is not there yet, or worth a look.
    Soft,
    /// A heading, or what to do.
    Strong,
    /// Detail that may be skipped.
    Quiet,
}

impl Look {
    /// ASCII without colour, 80 columns: for files, pipes and tests.
    pub const PLAIN: Self = Self { is_terminal: false, colour: false, unicode: false, width: 80 };

    /// What the standard output of this process can show.
    #[must_use]
    pub fn of_stdout() -> Self {
        Self::of(&std::io::stdout())
    }

    /// What the standard error of this process can show.
    #[must_use]
    pub fn of_stderr() -> Self {
        Self::of(&std::io::stderr())
    }

    fn of<S: RawStream>(stream: &S) -> Self {
        if !stream.is_terminal() {
            return Self::PLAIN;
        }
        let choice = anstream::AutoStream::choice(stream);
        Self {
            is_terminal: true,
            // NO_COLOR, CLICOLOR and TERM=dumb have their say in `choice`.
            colour: choice != anstream::ColorChoice::Never,
            unicode: speaks_utf8(),
            width: terminal_size::terminal_size()
                .map_or(80, |(width, _)| usize::from(width.0))
                .clamp(60, 100),
        }
    }

    /// The same on a screen of `columns`, which may change while a program runs.
    #[must_use]
    pub fn fitting(self, columns: u16) -> Self {
        Self { width: usize::from(columns).clamp(40, 100), ..self }
    }

    /// `text` in the given tone.
    #[must_use]
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if self.colour && !text.is_empty() {
            let style = tone.style();
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// Colour of a cell of a table, for tables that measure their text themselves.
    #[must_use]
    pub fn cell(&self, tone: Tone) -> Option<tabled::settings::Color> {
        let style = tone.style();
        self.colour.then(|| {
            tabled::settings::Color::new(style.render().to_string(), style.render_reset().to_string())
        })
    }

    /// A sign in front of what passed, failed or has not begun.
    #[must_use]
    pub fn mark(&self, tone: Tone) -> &'static str {
        match (tone, self.unicode) {
            (Tone::Good, true) => "✓",
            (Tone::Good, false) => "+",
            (Tone::Bad, true) => "✗",
            (Tone::Bad, false) => "x",
            (_, true) => "·",
            (_, false) => ".",
        }
    }

    /// A bar of `width` columns that is full when all `of` parts are done.
    #[must_use]
    pub fn progress(&self, done: usize, of: usize, width: usize) -> String {
        let full = (done * width).checked_div(of).unwrap_or(width).min(width);
        let (filled, empty) = if self.unicode { ("█", "░") } else { ("#", ".") };
        filled.repeat(full) + &empty.repeat(width - full)
    }

    /// The character of horizontal lines.
    #[must_use]
    pub fn rule(&self) -> char {
        if self.unicode { '─' } else { '-' }
    }

    /// The character between columns.
    #[must_use]
    pub fn bar(&self) -> char {
        if self.unicode { '│' } else { '|' }
    }
}

impl Look {
    /// `text` as this output can show it: ASCII where the locale has nothing else.
    #[must_use]
    pub fn shown(&self, text: &str) -> String {
        if self.unicode || text.is_ascii() {
            return text.to_owned();
        }
        let plain = |character: char| match character {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' => '-',
            '\u{d7}' => 'x',
            other if other.is_ascii() => other,
            _ => '?',
        };
        text.chars().map(plain).collect()
    }
}

/// Takes apart what [`Look::paint`] painted: each piece of text with its tone, for outputs that do not read escape sequences.
///
/// Text from outside has no escape sequences any more when it is painted, so every one of them is a tone's.
#[must_use]
pub fn pieces(painted: &str) -> Vec<(Option<Tone>, &str)> {
    const TONES: [Tone; 5] = [Tone::Good, Tone::Bad, Tone::Soft, Tone::Strong, Tone::Quiet];
    let starts = TONES.map(|tone| (tone, tone.style().render().to_string()));
    let mut found = Vec::new();
    let mut rest = painted;
    while let Some(at) = rest.find('\u{1b}') {
        let (plain, marked) = rest.split_at(at);
        found.push((None, plain));
        // The longest start that fits: one may be the beginning of another.
        let fitting = starts.iter().filter(|(_, start)| marked.starts_with(start.as_str()));
        let Some((tone, start)) = fitting.max_by_key(|(_, start)| start.len()) else {
            // The end of something that was painted over several lines.
            let reset = Tone::Strong.style().render_reset().to_string();
            rest = marked.strip_prefix(reset.as_str()).unwrap_or(&marked[1..]);
            continue;
        };
        let inner = &marked[start.len()..];
        let end = inner.find('\u{1b}').unwrap_or(inner.len());
        found.push((Some(*tone), &inner[..end]));
        let reset = tone.style().render_reset().to_string();
        rest = inner[end..].strip_prefix(reset.as_str()).unwrap_or(&inner[end..]);
    }
    found.push((None, rest));
    found.retain(|(_, text)| !text.is_empty());
    found
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Soft => AnsiColor::Yellow.on_default(),
            Self::Strong => Style::new().bold(),
            Self::Quiet => Style::new().dimmed(),
        }
    }
}

/// Whether the locale says that the terminal reads UTF-8; other systems than Unix are taken to.
fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty());
    match locale {
        Some(value) => {
            let value = value.to_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        }
        None => !cfg!(unix),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_plain() {
        assert_eq!(Look::PLAIN.paint(Tone::Bad, "wrong"), "wrong");
        assert!(Look::PLAIN.cell(Tone::Bad).is_none());
        assert!(Look::PLAIN.mark(Tone::Bad).is_ascii());
    }

    #[test]
    fn what_was_painted_can_be_taken_apart() {
        let look = Look { colour: true, ..Look::PLAIN };
        let tones = [Tone::Good, Tone::Bad, Tone::Soft, Tone::Strong, Tone::Quiet];
        let painted: String = tones.iter().map(|tone| format!("a {}", look.paint(*tone, "b"))).collect();
        let expected: Vec<_> = tones.iter().flat_map(|tone| [(None, "a "), (Some(*tone), "b")]).collect();
        assert_eq!(pieces(&painted), expected);
        assert_eq!(pieces("plain"), [(None, "plain")]);
        let lines = look.paint(Tone::Quiet, "one\ntwo");
        let found: Vec<_> = lines.lines().map(pieces).collect();
        assert_eq!(found, [vec![(Some(Tone::Quiet), "one")], vec![(None, "two")]]);
    }

    #[test]
    fn without_utf8_text_stays_legible() {
        assert_eq!(Look::PLAIN.shown("16\u{d7}4 \u{2013} \u{201c}page\u{201d} \u{3bc}"), "16x4 - \"page\" ?");
        let utf8 = Look { unicode: true, ..Look::PLAIN };
        assert_eq!(utf8.shown("16\u{d7}4"), "16\u{d7}4");
    }

    #[test]
    fn colour_ends_where_the_text_ends() {
        let look = Look { colour: true, ..Look::PLAIN };
        let painted = look.paint(Tone::Good, "passed");
        assert!(painted.starts_with("\u{1b}[") && painted.ends_with("\u{1b}[0m"), "{painted:?}");
    }
}
