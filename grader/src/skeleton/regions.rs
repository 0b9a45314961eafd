//! The marked regions of a solved file, and the skeleton that remains when they are replaced.
//!
//! ```text
//!     // begin solution (step 2): todo!("step 2: find the page of {va:?}")     what stands in the skeleton
//!     //| further line of the skeleton                                         (none, one or more of these)
//!     Page::new(va.as_u64() >> bits)                                           the solved lines
//!     // end solution
//! ```
//! Regions do not nest. With nothing after the colon, nothing stands there in the skeleton.

use std::path::{Path, PathBuf};

use thiserror::Error;

const BEGIN: &str = "// begin solution";
const END: &str = "// end solution";
const FURTHER: &str = "//|";

/// A solved file, cut at its markers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solved {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A line, with its number (from 1) in the solved file.
    Line(usize, String),
    Region(Region),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Region {
    step: u32,
    skeleton: Vec<String>,
    solved: Vec<String>,
}

/// A marker that does not belong where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}:{line}: {message}", path.display())]
pub struct MarkerError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What was seen, and what was expected.
    pub message: String,
}

impl Solved {
    /// Cuts `text` at its markers; `path` is for messages.
    ///
    /// # Errors
    /// When a marker is unbalanced, nested, or has no step.
    pub fn parse(path: &Path, text: &str) -> Result<Self, MarkerError> {
        let mut parts = Vec::new();
        let mut open: Option<(usize, Region)> = None;
        let at = |line: usize, message: String| MarkerError { path: path.to_path_buf(), line, message };
        for (number, line) in (1..).zip(text.lines()) {
            let words = line.trim();
            let indent = &line[..line.len() - line.trim_start().len()];
            if words.starts_with(BEGIN) {
                if let Some((begun, _)) = open {
                    let message =
                        format!("a region begins inside the one of line {begun}: regions do not nest");
                    return Err(at(number, message));
                }
                let region = begin(words, indent).map_err(|message| at(number, message))?;
                open = Some((number, region));
            } else if words.starts_with(END) {
                if words != END {
                    let message = format!("expected nothing after `{END}`, found `{words}`");
                    return Err(at(number, message));
                }
                let Some((_, region)) = open.take() else {
                    let message = format!("`{END}` without `{BEGIN}` before it");
                    return Err(at(number, message));
                };
                parts.push(Part::Region(region));
            } else if let Some(code) = words.strip_prefix(FURTHER) {
                match &mut open {
                    Some((_, region)) if region.solved.is_empty() => {
                        let code = code.strip_prefix(' ').unwrap_or(code);
                        region.skeleton.push(format!("{indent}{code}").trim_end().to_owned());
                    }
                    _ => {
                        let message = format!("`{FURTHER}` belongs directly below `{BEGIN} (step N): ...`");
                        return Err(at(number, message));
                    }
                }
            } else if let Some((_, region)) = &mut open {
                region.solved.push(line.to_owned());
            } else {
                parts.push(Part::Line(number, line.to_owned()));
            }
        }
        match open {
            Some((begun, _)) => Err(at(begun, format!("no `{END}` follows this region"))),
            None => Ok(Self { parts }),
        }
    }

    /// The highest step of any region; 0 when there is none.
    #[must_use]
    pub fn last_step(&self) -> u32 {
        let steps = self.parts.iter().map(|part| match part {
            Part::Line(..) => 0,
            Part::Region(region) => region.step,
        });
        steps.max().unwrap_or(0)
    }

    /// The lines outside of all regions, with their numbers (from 1) in the solved file.
    pub fn given(&self) -> impl Iterator<Item = (usize, &str)> {
        self.parts.iter().filter_map(|part| match part {
            Part::Line(number, line) => Some((*number, line.as_str())),
            Part::Region(_) => None,
        })
    }

    /// The file with the regions of the steps up to `step` solved and all others as the student finds them.
    #[must_use]
    pub fn solved_up_to(&self, step: u32) -> String {
        let mut lines = Lines::default();
        for part in &self.parts {
            match part {
                Part::Line(_, line) => lines.push(line),
                Part::Region(region) => {
                    let chosen = if region.step <= step { &region.solved } else { &region.skeleton };
                    lines.seam();
                    chosen.iter().for_each(|line| lines.push(line));
                    lines.seam();
                }
            }
        }
        lines.text
    }
}

fn begin(words: &str, indent: &str) -> Result<Region, String> {
    let wrong = || format!("expected `{BEGIN} (step N): what stands in the skeleton`, found `{words}`");
    let rest = words[BEGIN.len()..].strip_prefix(" (step ").ok_or_else(wrong)?;
    let (step, text) = rest.split_once("):").ok_or_else(wrong)?;
    let step: u32 = step.parse().map_err(|_| wrong())?;
    if step == 0 {
        return Err("steps are numbered from 1, found step 0".to_owned());
    }
    let text = text.trim();
    let skeleton = if text.is_empty() { Vec::new() } else { vec![format!("{indent}{text}")] };
    Ok(Region { step, skeleton, solved: Vec::new() })
}

/// Lines put together so that a cut leaves neither two blank lines nor one before a closing bracket, as rustfmt wants.
#[derive(Default)]
struct Lines {
    text: String,
    after_cut: bool,
}

impl Lines {
    /// Something was cut out between the last line and the next one.
    fn seam(&mut self) {
        self.after_cut = true;
    }

    fn push(&mut self, line: &str) {
        if std::mem::take(&mut self.after_cut) {
            let opens = self.text.is_empty() || self.text.ends_with("{\n");
            if line.is_empty() && (opens || self.text.ends_with("\n\n")) {
                // Still at the seam: the next line has to be looked at too.
                self.after_cut = true;
                return;
            }
            if line.trim_start().starts_with('}') && self.text.ends_with("\n\n") {
                self.text.pop();
            }
        }
        self.text.push_str(line);
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const SOLVED: &str = "\
//! A table.

// begin solution (step 2):

fn helper() {}

// end solution

struct Table {
    // begin solution (step 2): #[expect(dead_code, reason = \"remove when the lab is solved\")]
    // end solution
    root: u64,
}

impl Table {
    fn page(&self, va: u64) -> u64 {
        // begin solution (step 1): let _ = self;
        //| todo!(\"step 1: find the page of {va:?}\")
        //| // and
        va >> 12
        // end solution
    }

    // begin solution (step 2):
    fn frame(&self) -> u64 {
        self.root
    }
    // end solution
}
";

    fn solved() -> Solved {
        Solved::parse(Path::new("solutions/src/table.rs"), SOLVED).unwrap()
    }

    #[test]
    fn the_skeleton_has_what_the_markers_say() {
        insta::assert_snapshot!(solved().solved_up_to(0), @r#"
        //! A table.

        struct Table {
            #[expect(dead_code, reason = "remove when the lab is solved")]
            root: u64,
        }

        impl Table {
            fn page(&self, va: u64) -> u64 {
                let _ = self;
                todo!("step 1: find the page of {va:?}")
                // and
            }
        }
        "#);
    }

    #[test]
    fn steps_are_solved_one_after_the_other() {
        let first = solved().solved_up_to(1);
        assert!(first.contains("va >> 12") && !first.contains("self.root"), "{first}");
        insta::assert_snapshot!(solved().solved_up_to(2), @r"
        //! A table.

        fn helper() {}

        struct Table {
            root: u64,
        }

        impl Table {
            fn page(&self, va: u64) -> u64 {
                va >> 12
            }

            fn frame(&self) -> u64 {
                self.root
            }
        }
        ");
        assert_eq!(solved().last_step(), 2);
    }

    #[rstest]
    #[case::not_closed("a\n// begin solution (step 1): b\nc\n", 2, "no `// end solution` follows")]
    #[case::not_opened("a\n// end solution\n", 2, "without `// begin solution`")]
    #[case::nested(
        "// begin solution (step 1):\n// begin solution (step 2):\n// end solution\n",
        2,
        "inside the one of line 1"
    )]
    #[case::no_step(
        "// begin solution: todo!()\n// end solution\n",
        1,
        "expected `// begin solution (step N)"
    )]
    #[case::step_is_no_number("// begin solution (step x): a\n// end solution\n", 1, "expected")]
    #[case::step_0("// begin solution (step 0): a\n// end solution\n", 1, "numbered from 1")]
    #[case::words_after_the_end(
        "// begin solution (step 1):\n// end solution here\n",
        2,
        "expected nothing after"
    )]
    #[case::further_line_too_late(
        "// begin solution (step 1):\nsolved\n//| late\n// end solution\n",
        3,
        "belongs directly below"
    )]
    fn markers_that_do_not_belong_are_told_with_their_line(
        #[case] text: &str,
        #[case] line: usize,
        #[case] message: &str,
    ) {
        let error = Solved::parse(Path::new("table.rs"), text).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
}
