//! What a lab must not hold, said of its tokens.

use proc_macro2::Delimiter;

use super::tokens::{Kind, Token};
use super::{Findings, Refusal, own_tests, words};

/// Looks at all tokens in their order.
pub(super) fn check(tokens: &[Token]) -> Result<Findings, Refusal> {
    let attributes = Attributes::of(tokens);
    let in_own_tests = own_tests::inside(tokens);
    let mut findings = Findings::default();
    let mut in_use = false;
    for (at, token) in tokens.iter().enumerate().filter(|(at, _)| !in_own_tests[*at]) {
        match token.word() {
            Some(word) => {
                in_use |= word == "use";
                check_word(tokens, at, word, &attributes, in_use)?;
            }
            None => in_use &= !token.is_sign(';'),
        }
        if is_lifetime_trick(&tokens[at..]) {
            findings.lifetime_tricks.push(token.line);
        }
    }
    findings.lifetime_tricks.dedup();
    Ok(findings)
}

fn check_word(
    tokens: &[Token],
    at: usize,
    word: &str,
    attributes: &Attributes,
    in_use: bool,
) -> Result<(), Refusal> {
    let line = tokens[at].line;
    let refuse = |why: &str| Err(Refusal::new(line, format!("`{word}`"), why));
    if !word.is_ascii() {
        return refuse(
            "names are written in ASCII, so that none looks like another; comments and strings are free",
        );
    }
    if let Some(why) = words::refused_anywhere(word) {
        let hint = if may_be_a_variable(tokens, at) && !attributes.may_hold(at) { ANOTHER_NAME } else { "" };
        return refuse(&format!("{why}{hint}"));
    }
    if let Some(why) = words::refused_in_attributes(word)
        && attributes.may_hold(at)
    {
        return refuse(why);
    }
    if let Some(why) = words::refused_as_macro(word)
        && (in_use || is_called(&tokens[at + 1..]))
    {
        return refuse(why);
    }
    match word {
        "extern" if !is_extern_crate_alloc(&tokens[at + 1..]) => {
            refuse("a lab links nothing and exports nothing; `extern crate alloc` alone is fine")
        }
        "mod" if is_module_elsewhere(&tokens[at + 1..]) => {
            refuse("a lab is one file: write the module's body here, in `{ }`")
        }
        _ => Ok(()),
    }
}

/// What helps whoever only called something so.
const ANOTHER_NAME: &str = " (another name will do for a variable)";

/// Whether a refused word may be a name of the student's own: it calls no macro and leads to nothing.
fn may_be_a_variable(tokens: &[Token], at: usize) -> bool {
    let is = |token: Option<&Token>, sign| token.is_some_and(|token| token.is_sign(sign));
    let leads_on = is(tokens.get(at + 1), ':') && is(tokens.get(at + 2), ':');
    let is_crate = tokens[..at].last().is_some_and(|before| before.word() == Some("crate"));
    tokens[at].word() != Some("unsafe") && !leads_on && !is_crate && !is_called(&tokens[at + 1..])
}

/// `name!`, which is not `name !=`; and `name $x` in a macro's body, where the argument may be the `!`.
fn is_called(after: &[Token]) -> bool {
    let compares = after.get(1).is_some_and(|next| next.is_sign('='));
    after.first().is_some_and(|next| next.is_sign('$') || next.is_sign('!') && !compares)
}

fn is_extern_crate_alloc(after: &[Token]) -> bool {
    let word = |at: usize| after.get(at).and_then(Token::word);
    word(0) == Some("crate") && word(1) == Some("alloc")
}

/// `mod name;`
fn is_module_elsewhere(after: &[Token]) -> bool {
    let named = after.first().is_some_and(|name| name.word().is_some());
    named && after.get(1).is_some_and(|end| end.is_sign(';'))
}

/// `&'a &'b` and `&'a mut &'b`: what rust-lang/rust#25860 is built on. Honest code hardly ever spells both lifetimes.
fn is_lifetime_trick(tokens: &[Token]) -> bool {
    let mut rest = tokens.iter().filter(|token| token.word() != Some("mut"));
    let mut reference = || -> Option<bool> {
        let is_reference = rest.next()?.is_sign('&') && rest.next()?.kind == Kind::Tick;
        Some(is_reference && rest.next()?.word().is_some())
    };
    reference() == Some(true) && reference() == Some(true)
}

/// Where words are attributes, as far as that can be seen before macros are expanded.
///
/// A macro can make an attribute of its arguments: `#[$name = "…"] mod r;`, or `#` and `[…]` from two places. Whoever does
/// so may not use an attribute's word anywhere.
struct Attributes {
    inside: Vec<bool>,
    are_assembled: bool,
}

impl Attributes {
    fn of(tokens: &[Token]) -> Self {
        let mut inside = vec![false; tokens.len()];
        let mut are_assembled = false;
        // How many brackets are open inside the attribute.
        let mut depth = 0_usize;
        for (at, token) in tokens.iter().enumerate() {
            let begins = token.opens(Delimiter::Bracket) && follows_hash(&tokens[..at]);
            match token.kind {
                Kind::Open(_) if begins || depth > 0 => depth += 1,
                Kind::Close(_) => depth = depth.saturating_sub(1),
                Kind::Sign('#') => are_assembled |= !is_before_attribute(&tokens[at + 1..]),
                Kind::Sign('$') => are_assembled |= depth > 0,
                _ => {}
            }
            inside[at] = depth > 0;
        }
        Self { inside, are_assembled }
    }

    fn may_hold(&self, at: usize) -> bool {
        self.are_assembled || self.inside[at]
    }
}

fn follows_hash(before: &[Token]) -> bool {
    match before {
        [.., hash] if hash.is_sign('#') => true,
        [.., hash, not] => hash.is_sign('#') && not.is_sign('!'),
        _ => false,
    }
}

fn is_before_attribute(after: &[Token]) -> bool {
    let bracket = match after {
        [not, rest @ ..] if not.is_sign('!') => rest.first(),
        _ => after.first(),
    };
    bracket.is_some_and(|token| token.opens(Delimiter::Bracket))
}
