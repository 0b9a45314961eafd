//! Which editor opens a file at a line, and how it is told.

use std::path::Path;
use std::process::{Command, Stdio};

/// Editors with windows of their own: started and left alone. Their line goes behind the file, after a colon.
const WINDOWED: [&str; 6] = ["code", "code-insiders", "codium", "cursor", "zed", "subl"];
/// Editors in the terminal that take `+LINE` before the file.
const PLUS: [&str; 8] = ["vi", "vim", "nvim", "nano", "emacs", "micro", "kak", "joe"];

/// How to open a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Editor {
    /// The program.
    pub program: String,
    /// Its arguments, the file among them.
    pub arguments: Vec<String>,
    /// Whether it needs the terminal for itself.
    pub needs_terminal: bool,
}

impl Editor {
    /// The editor for `file`; `variable` reads the environment.
    ///
    /// Who watches inside the terminal of VS Code or Zed wants the file there; else `VISUAL` and `EDITOR` decide.
    #[must_use]
    pub fn choose(
        variable: impl Fn(&str) -> Option<String>,
        file: &Path,
        line: Option<usize>,
    ) -> Option<Self> {
        let set = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let inside = match (set("TERM_PROGRAM").as_deref(), set("ZED_TERM")) {
            (Some("vscode"), _) => Some("code".to_owned()),
            (_, Some(_)) => Some("zed".to_owned()),
            _ => None,
        };
        let command = inside.or_else(|| set("VISUAL")).or_else(|| set("EDITOR"))?;
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next()?;
        let name = Path::new(&program).file_stem()?.to_string_lossy().into_owned();
        let is_windowed = WINDOWED.contains(&name.as_str());
        // Nobody waits for the window to be closed.
        let mut arguments: Vec<String> =
            words.filter(|word| !(is_windowed && matches!(word.as_str(), "--wait" | "-w"))).collect();
        let file = file.display().to_string();
        match line {
            Some(line) if is_windowed => {
                if !matches!(name.as_str(), "zed" | "subl") {
                    arguments.push("--goto".to_owned());
                }
                arguments.push(format!("{file}:{line}"));
            }
            Some(line) if PLUS.contains(&name.as_str()) => arguments.extend([format!("+{line}"), file]),
            Some(line) if matches!(name.as_str(), "hx" | "helix") => arguments.push(format!("{file}:{line}")),
            _ => arguments.push(file),
        }
        Some(Self { program, arguments, needs_terminal: !is_windowed })
    }

    /// Opens the file; one that needs the terminal is waited for.
    ///
    /// # Errors
    /// In words, when it cannot be started.
    pub fn open(&self) -> Result<(), String> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        let started = if self.needs_terminal {
            command.status().map(drop)
        } else {
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            // It is waited for by nobody; the child's end is the system's business.
            command.spawn().map(drop)
        };
        started.map_err(|error| format!("cannot start {}: {error}; set EDITOR to your editor", self.program))
    }
}

/// The line of `source` to open for a step: where its first `todo!` stands.
#[must_use]
pub fn line_of_step(source: &str, step: u32) -> Option<usize> {
    let mark = format!("\"step {step}:");
    let has_todo = |line: &str| line.contains("todo!(") && line.contains(&mark);
    source.lines().position(has_todo).map(|index| index + 1)
}

/// The line of the lab's file that `words` name first, as in `labs/src/tlb.rs:41`.
#[must_use]
pub fn line_named(words: &str, lab: &str) -> Option<usize> {
    let (_, rest) = words.split_once(&format!("labs/src/{lab}.rs:"))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::vim(&[("EDITOR", "vim")], Some(41), Some("vim +41 labs/src/tlb.rs (terminal)"))]
    #[case::visual_first(&[("EDITOR", "vim"), ("VISUAL", "hx")], Some(41), Some("hx labs/src/tlb.rs:41 (terminal)"))]
    #[case::window(&[("EDITOR", "code --wait")], Some(41), Some("code --goto labs/src/tlb.rs:41"))]
    #[case::inside_vscode(&[("EDITOR", "vim"), ("TERM_PROGRAM", "vscode")], None, Some("code labs/src/tlb.rs"))]
    #[case::inside_zed(&[("ZED_TERM", "true")], Some(3), Some("zed labs/src/tlb.rs:3"))]
    #[case::unknown(&[("EDITOR", "/opt/ed -s")], Some(3), Some("/opt/ed -s labs/src/tlb.rs (terminal)"))]
    #[case::none(&[("EDITOR", " ")], Some(3), None)]
    fn the_environment_names_the_editor(
        #[case] environment: &[(&str, &str)],
        #[case] line: Option<usize>,
        #[case] expected: Option<&str>,
    ) {
        let variable = |name: &str| {
            environment.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        };
        let editor = Editor::choose(variable, Path::new("labs/src/tlb.rs"), line);
        let told = editor.map(|editor| {
            let terminal = if editor.needs_terminal { " (terminal)" } else { "" };
            format!("{} {}{terminal}", editor.program, editor.arguments.join(" "))
        });
        assert_eq!(told.as_deref(), expected);
    }

    #[test]
    fn the_line_is_that_of_the_error_or_of_the_todo() {
        assert_eq!(line_named("panicked at labs/src/tlb.rs:41: no", "tlb"), Some(41));
        assert_eq!(line_named("panicked at labs/src/mmu.rs:41: no", "tlb"), None);
        let source = "fn a() {}\nfn b() {\n    todo!(\"step 2: look up {page:?}\")\n}\n";
        assert_eq!((line_of_step(source, 2), line_of_step(source, 3)), (Some(3), None));
    }
}
