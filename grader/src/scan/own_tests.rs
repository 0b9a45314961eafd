//! Modules of a student's own tests, of which the compiler sees nothing when the lab is judged.
//!
//! Only what stands for itself at the top of the file counts, `#[cfg(test)] mod tests { … }` word for word: inside a macro's
//! arguments the same tokens could be taken out of the module again.

use std::ops::Range;

use proc_macro2::Delimiter;

use super::tokens::{Kind, Token};

/// For each token, whether it stands in such a module.
pub(super) fn inside(tokens: &[Token]) -> Vec<bool> {
    let mut inside = vec![false; tokens.len()];
    let mut depth = 0_usize;
    let mut at = 0;
    while at < tokens.len() {
        if depth == 0
            && let Some(body) = body_of_tests(&tokens[at..])
        {
            inside[at + body.start..at + body.end].fill(true);
            // The bracket that closes it, whose own opening is behind us.
            at += body.end;
        }
        match tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Open(_)) => depth += 1,
            Some(Kind::Close(_)) => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    inside
}

/// Where the body lies, if `tokens` begin with a module of tests.
fn body_of_tests(tokens: &[Token]) -> Option<Range<usize>> {
    const HEAD: usize = 10;
    let [hash, bracket, cfg, paren, test, _, _, module, name, brace, ..] = tokens else { return None };
    let is_head = hash.is_sign('#')
        && bracket.opens(Delimiter::Bracket)
        && cfg.word() == Some("cfg")
        && paren.opens(Delimiter::Parenthesis)
        && test.word() == Some("test")
        && tokens[5].kind == Kind::Close(Delimiter::Parenthesis)
        && tokens[6].kind == Kind::Close(Delimiter::Bracket)
        && module.word() == Some("mod")
        && name.word().is_some()
        && brace.opens(Delimiter::Brace);
    if !is_head {
        return None;
    }
    let mut depth = 1_usize;
    let length = tokens[HEAD..].iter().position(|token| {
        match token.kind {
            Kind::Open(_) => depth += 1,
            Kind::Close(_) => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    Some(HEAD..HEAD + length)
}
