//! Holds what a page shows against what a command printed.

/// How a page says that parts of an output depend on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Numbers {
    /// They do not: every sign is as on the page.
    Exact,
    /// `output=numbers`: any number stands for any other, and columns may be wider.
    OfTheMachine,
}

/// What differs, in words. On the page a line `...` stands for any lines, and `…` for any part of a line.
pub fn output(page: &str, printed: &str, numbers: Numbers) -> Result<(), String> {
    let (page, printed) = (lines(page, numbers), lines(printed, numbers));
    let mut at = 0;
    let mut may_skip = false;
    for line in &page {
        if line.trim() == "..." {
            may_skip = true;
            continue;
        }
        let found = if may_skip {
            printed[at..].iter().position(|other| alike(line, other)).map(|skipped| at + skipped)
        } else {
            printed.get(at).filter(|other| alike(line, other)).map(|_| at)
        };
        let Some(found) = found else {
            let seen = printed.get(at).map_or("nothing more", String::as_str);
            return Err(format!("the page says  {line}\n    and here is  {seen}"));
        };
        (at, may_skip) = (found + 1, false);
    }
    match printed.get(at) {
        Some(more) if !may_skip => Err(format!("the page ends, and here is  {more}")),
        _ => Ok(()),
    }
}

/// The first line of the page that the output does not have, or not in this order.
pub fn excerpt(page: &str, printed: &str) -> Result<(), String> {
    let printed = lines(printed, Numbers::Exact);
    let mut rest = printed.iter();
    for line in lines(page, Numbers::Exact).iter().filter(|line| !line.is_empty() && line.trim() != "...") {
        if !rest.any(|other| alike(line, other)) {
            return Err(format!("it does not say, or not here:  {line}"));
        }
    }
    Ok(())
}

fn lines(text: &str, numbers: Numbers) -> Vec<String> {
    let one = |line: &str| match numbers {
        Numbers::Exact => line.trim_end().to_owned(),
        Numbers::OfTheMachine => line.split_whitespace().map(without_numbers).collect::<Vec<_>>().join(" "),
    };
    text.trim_end().lines().map(one).collect()
}

/// The word with one sign for each number in it, and for its sign.
fn without_numbers(word: &str) -> String {
    let mut out = String::new();
    let mut signs = word.chars().peekable();
    while let Some(sign) = signs.next() {
        let begins =
            sign.is_ascii_digit() || "+-".contains(sign) && signs.peek().is_some_and(char::is_ascii_digit);
        if begins {
            while signs.next_if(|next| next.is_ascii_digit() || *next == '.').is_some() {}
            out.push('#');
        } else {
            out.push(sign);
        }
    }
    out
}

/// Whether a line is what the page says, `…` standing for anything.
fn alike(page: &str, printed: &str) -> bool {
    let mut parts = page.split('…');
    let Some(mut rest) = printed.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = "";
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        last = part;
        if parts.peek().is_some() {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
    }
    rest.ends_with(last)
}

#[test]
fn every_line_must_be_there_and_no_other() {
    assert_eq!(output("a\nb\n", "a\nb\n", Numbers::Exact), Ok(()));
    assert_eq!(output("a\n...\nc\n", "a\nb\nb\nc\n", Numbers::Exact), Ok(()));
    assert_eq!(output("a\n...", "a\nb\n", Numbers::Exact), Ok(()));
    assert!(output("a\n", "a\nb\n", Numbers::Exact).is_err());
    assert!(output("a\nb\n", "a\n", Numbers::Exact).is_err());
    assert!(output("a 1", "a 2", Numbers::Exact).is_err());
}

#[test]
fn numbers_of_the_machine_differ_and_words_do_not() {
    assert_eq!(output("RSS  +4 KiB 1.5 ns", "RSS +1024 KiB    31 ns", Numbers::OfTheMachine), Ok(()));
    assert!(output("RSS 4 KiB", "VSZ 4 KiB", Numbers::OfTheMachine).is_err());
    assert!(output("RSS 4 KiB", "RSS 4 MiB", Numbers::OfTheMachine).is_err());
    assert!(output("4 of", "of", Numbers::OfTheMachine).is_err());
}

#[test]
fn a_part_that_is_left_out_stands_for_anything() {
    assert!(alike("a … c", "a b b c") && alike("…", "") && alike("a…b…", "a1b2") && alike("a", "a"));
    assert!(!alike("a … c", "a b d") && !alike("a…", "b") && !alike("a…b…", "ac") && !alike("a", "ab"));
}

#[test]
fn an_excerpt_stands_in_the_output_in_its_order() {
    assert_eq!(excerpt("b\n...\nd\n", "a\nb\nc\nd\n"), Ok(()));
    assert!(excerpt("d\nb\n", "a\nb\nc\nd\n").is_err());
}
