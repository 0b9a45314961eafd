//! A file as a sequence of symbols: its tokens without what is easily changed.
//!
//! Names that the student chose are all one symbol, and so are literals; names that were given (types, methods and fields
//! of the contract) and Rust's own words stay what they are, for they cannot be changed. Attributes, and with them documentation,
//! are left out, and so is `use`.

use std::collections::BTreeSet;

use proc_macro2::Delimiter;

use crate::scan::tokens::{self, Kind, Token};

/// One token, made comparable, and the line where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) hash: u64,
    pub(super) line: usize,
}

/// Words that mean the same in every file.
const WORDS: [&str; 35] = [
    "Err", "None", "Ok", "Some", "as", "break", "const", "continue", "else", "enum", "false", "fn", "for",
    "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self", "Self",
    "static", "struct", "trait", "true", "type", "where", "while", "unsafe",
];

/// The names in `text`; none when it is no Rust.
pub(super) fn names(text: &str) -> BTreeSet<String> {
    let tokens = tokens::flat(text).unwrap_or_default();
    tokens.iter().filter_map(Token::word).map(str::to_owned).collect()
}

/// The symbols of `text`, with `known` names kept; none when it is no Rust.
pub(super) fn symbols(text: &str, known: &BTreeSet<String>) -> Vec<Symbol> {
    let tokens = tokens::flat(text).unwrap_or_default();
    let mut symbols = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if let Some(end) = end_of_what_says_nothing(&tokens, at) {
            at = end;
            continue;
        }
        symbols.push(Symbol { hash: hash(&tokens, at, known), line: token.line });
        at += 1;
    }
    symbols
}

/// Behind an attribute or a `use` that begins at `at`.
fn end_of_what_says_nothing(tokens: &[Token], at: usize) -> Option<usize> {
    if tokens[at].word() == Some("use") {
        let length = tokens[at..].iter().position(|token| token.is_sign(';'))?;
        return Some(at + length + 1);
    }
    let bracket = match tokens.get(at + 1) {
        _ if !tokens[at].is_sign('#') => return None,
        Some(next) if next.is_sign('!') => at + 2,
        _ => at + 1,
    };
    if !tokens.get(bracket)?.opens(Delimiter::Bracket) {
        return None;
    }
    let mut depth = 0_usize;
    for (offset, token) in tokens[bracket..].iter().enumerate() {
        match token.kind {
            Kind::Open(Delimiter::Bracket) => depth += 1,
            Kind::Close(Delimiter::Bracket) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(bracket + offset + 1);
        }
    }
    None
}

fn hash(tokens: &[Token], at: usize, known: &BTreeSet<String>) -> u64 {
    match &tokens[at].kind {
        Kind::Word(word) if WORDS.contains(&word.as_str()) => fnv(word.as_bytes()),
        Kind::Word(word) if known.contains(word) && is_fixed(tokens, at, word) => fnv(word.as_bytes()),
        Kind::Word(_) => fnv(b"$name"),
        Kind::Sign(sign) => fnv(sign.encode_utf8(&mut [0; 4]).as_bytes()),
        Kind::Tick => fnv(b"$tick"),
        Kind::Literal => fnv(b"$literal"),
        Kind::Open(delimiter) => fnv(format!("open {delimiter:?}").as_bytes()),
        Kind::Close(delimiter) => fnv(format!("close {delimiter:?}").as_bytes()),
    }
}

/// Whether the name at `at` is one that the file cannot choose: a type, a variant, a function, a method or a field. A
/// parameter that was given can be called otherwise, as any variable can.
fn is_fixed(tokens: &[Token], at: usize, word: &str) -> bool {
    let sign_before = |back: usize, sign| at >= back && tokens[at - back].is_sign(sign);
    let is_called = tokens.get(at + 1).is_some_and(|next| next.opens(Delimiter::Parenthesis));
    word.starts_with(char::is_uppercase)
        || is_called
        || sign_before(1, '.')
        || (sign_before(1, ':') && sign_before(2, ':'))
}

/// FNV-1a: the same in every release and on every machine, which the standard library's hasher does not promise.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}
