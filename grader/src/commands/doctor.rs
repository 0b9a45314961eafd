//! `grader doctor`: what is there, what is missing, and the command that brings it.

use grader::colour::{Look, Tone};
use grader::doctor;
use grader::layout::Layout;
use miette::Result;

use super::{Ending, print};

pub fn run(layout: &Layout) -> Result<Ending> {
    let look = Look::of_stdout();
    let checks = doctor::examine(layout);
    let mut text = String::new();
    for check in &checks {
        let (tone, words) = match &check.found {
            Ok(found) => (Tone::Good, found.as_str()),
            Err(trouble) => (Tone::Bad, trouble.seen.as_str()),
        };
        let mark = look.paint(tone, look.mark(tone));
        text += &format!("{mark} {:<10} {words}\n", check.name);
        if let Err(trouble) = &check.found {
            text += &format!("  {:<10} {}\n", "", look.paint(Tone::Strong, &format!("do: {}", trouble.fix)));
        }
    }
    print::out(&text)?;
    let healthy = checks.iter().all(|check| check.found.is_ok());
    Ok(if healthy { Ending::Passed } else { Ending::AtFault })
}
