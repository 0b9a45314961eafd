//! The tokens of a file, one after the other: brackets are tokens too, so that nothing is walked recursively.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree, extra, token_stream};

use super::Refusal;

/// Most tokens; the longest solved lab has 6,000.
const TOKENS: usize = 100_000;
/// Deepest nesting of brackets; the compiler's own parser is recursive.
const DEPTH: usize = 128;

/// One token, and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) line: usize,
    pub(crate) kind: Kind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word, without `r#` before it.
    Word(String),
    /// A sign.
    Sign(char),
    /// The `'` before a lifetime's name.
    Tick,
    /// A literal: nothing in it is code.
    Literal,
    /// An opening bracket.
    Open(Delimiter),
    /// A closing bracket.
    Close(Delimiter),
}

impl Token {
    pub(crate) fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        self.kind == Kind::Sign(sign)
    }

    pub(crate) fn opens(&self, delimiter: Delimiter) -> bool {
        self.kind == Kind::Open(delimiter)
    }
}

/// All tokens of `text`.
pub(crate) fn flat(text: &str) -> Result<Vec<Token>, Refusal> {
    let stream: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
        let line = error.span().start().line;
        let why = "a bracket, a quote or a character does not fit; `cargo check` shows it";
        Refusal { is_unreadable: true, ..Refusal::new(line, "not Rust", why) }
    })?;
    let tokens = walk(stream);
    // The lexer remembers every text for the sake of its line numbers; a class is many texts, and all lines are known now.
    extra::invalidate_current_thread_spans();
    tokens
}

fn walk(stream: TokenStream) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut open: Vec<(token_stream::IntoIter, Token)> = Vec::new();
    let mut level = stream.into_iter();
    loop {
        let Some(tree) = level.next() else {
            let Some((outer, close)) = open.pop() else { return Ok(tokens) };
            level = outer;
            tokens.push(close);
            continue;
        };
        let line = tree.span().start().line;
        if tokens.len() >= TOKENS {
            return Err(Refusal::new(line, "too many tokens", format!("a lab has at most {TOKENS}")));
        }
        let kind = match tree {
            TokenTree::Group(group) => {
                if open.len() == DEPTH {
                    let why = format!("at most {DEPTH} brackets stand inside one another");
                    return Err(Refusal::new(line, "nested too deeply", why));
                }
                let close = group.span_close().start().line;
                let delimiter = group.delimiter();
                open.push((level, Token { line: close, kind: Kind::Close(delimiter) }));
                level = group.stream().into_iter();
                Kind::Open(delimiter)
            }
            TokenTree::Ident(word) => Kind::Word(plain(&word.to_string()).to_owned()),
            TokenTree::Punct(sign) if sign.as_char() == '\'' && sign.spacing() == Spacing::Joint => {
                Kind::Tick
            }
            TokenTree::Punct(sign) => Kind::Sign(sign.as_char()),
            TokenTree::Literal(_) => Kind::Literal,
        };
        tokens.push(Token { line, kind });
    }
}

/// `r#word` means `word`.
fn plain(word: &str) -> &str {
    word.strip_prefix("r#").unwrap_or(word)
}
