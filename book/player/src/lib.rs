//! The player: pictures of traces that can be stepped through, as a fragment of HTML.
//!
//! Main functions: [`figure`], which places runs in a page, and [`html`], which makes a page of its own of it; beside them
//! [`plot`], which draws curves. The book
//! and a student's report show the same fragment; `assets` holds the script and the style that both of them use.
//!
//! Without the script (and on paper) a figure is a table of its steps. With it, the same `vmtrace/1` documents, which lie
//! in the figure as JSON, are played.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod plot;

use std::{collections::HashMap, fmt::Write};

use serde_json::Value;

/// The style of figures, in a book and in a page of its own.
pub const CSS: &str = include_str!("../assets/player.css");

/// The script of the player. Its sources are the modules beside it; `npm run bundle` in `book/e2e` makes it of them, and the
/// browser tests fail where it is not what they give.
pub const SCRIPT: &str = include_str!("../assets/player.min.js");

/// The schema that [`figure`] and the player read.
pub const SCHEMA: &str = "vmtrace/1";

/// Single accesses of a step that are played, at the most.
const ACCESSES_PLAYED: usize = 12;

/// Lines of a step that are listed on paper, at the most: beside those that are compared.
const LINES_SHOWN: usize = 8;

/// One run of one scenario.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What its tab is called; shown only beside other runs.
    pub name: &'a str,
    /// A `vmtrace/1` document.
    pub json: &'a str,
}

/// Why a text cannot be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotATrace(String);

impl std::fmt::Display for NotATrace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a {SCHEMA} trace: {}", self.0)
    }
}

impl std::error::Error for NotATrace {}

/// A figure that plays `runs`, the first one shown. One block of HTML without empty lines, so Markdown leaves it alone.
///
/// # Errors
/// Where there is no run, or one is not a `vmtrace/1` document.
pub fn figure(runs: &[Run<'_>]) -> Result<String, NotATrace> {
    let documents = runs.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let first = documents.first().ok_or_else(|| NotATrace("no run at all".to_owned()))?;
    let mut out = String::new();
    let view = escape(text(first, "view"));
    // Writing to a string cannot fail.
    let _ = writeln!(out, "<figure class=\"vm\" data-view=\"{view}\">");
    let _ = writeln!(out, "<figcaption class=\"vm-cap\">{}</figcaption>", escape(text(first, "title")));
    out.push_str("<div class=\"vm-static\">\n");
    for (run, document) in runs.iter().zip(&documents) {
        if runs.len() > 1 {
            let _ = writeln!(out, "<p><strong>{}</strong></p>", escape(run.name));
        }
        out.push_str(&table(document));
    }
    out.push_str("</div>\n");
    for (run, document) in runs.iter().zip(documents) {
        // Written anew, so it is one line; `<` is escaped, so no text of a student can end the script.
        let json = pooled(shortened(document)).to_string().replace('<', "\\u003c");
        let name = escape(run.name);
        let _ = writeln!(out, "<script type=\"application/json\" data-run=\"{name}\">{json}</script>");
    }
    out.push_str("</figure>\n");
    Ok(out)
}

/// A page of its own around `body`, with everything in it: no request leaves it.
pub fn html(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\" class=\"vm-page\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>{title}</title>\n<style>\n{CSS}</style>\n</head>\n\
         <body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
    )
}

/// `text` as HTML that shows it, on one line.
pub fn escape(text: &str) -> String {
    text.replace(char::is_control, " ")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn read(run: &Run<'_>) -> Result<Value, NotATrace> {
    let document: Value = serde_json::from_str(run.json).map_err(|cause| NotATrace(cause.to_string()))?;
    match document["schema"].as_str() {
        Some(SCHEMA) => {}
        Some(other) => return Err(NotATrace(format!("its schema is `{other}`"))),
        None => return Err(NotATrace("it has no schema".to_owned())),
    }
    if document["steps"].as_array().is_none_or(Vec::is_empty) {
        return Err(NotATrace("it has no steps".to_owned()));
    }
    Ok(document)
}

/// The document with everything that states list kept once, in `pool`, and named by its number there: most of what stands
/// after a step stood there before it.
fn pooled(mut document: Value) -> Value {
    let mut pool: Vec<Value> = Vec::new();
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let steps = document["steps"].as_array_mut().into_iter().flatten();
    for list in steps.filter_map(|step| step["state"].as_object_mut()).flat_map(|state| state.values_mut()) {
        for item in list.as_array_mut().into_iter().flatten() {
            let number = *numbers.entry(item.to_string()).or_insert_with(|| {
                pool.push(item.clone());
                pool.len() - 1
            });
            *item = number.into();
        }
    }
    document["pool"] = pool.into();
    document
}

/// The events of each step as far as a picture needs them: of a walk not the address of an entry whose place is known,
/// and not hundreds of reads of one table. What was asked is in the facts already where it has changed; only one view draws
/// all of it.
fn shortened(mut document: Value) -> Value {
    let is_walk = document["view"] == "walk";
    let draws_answers = document["view"] == "replacement";
    for step in document["steps"].as_array_mut().into_iter().flatten() {
        if let Some(state) = step["state"].as_object_mut().filter(|_| !draws_answers) {
            state.remove("asked");
        }
        let Some(events) = step["ev"].as_array_mut() else { continue };
        let mut accesses = 0;
        events.retain_mut(|event| {
            if event["k"] != "read" && event["k"] != "write" {
                return true;
            }
            accesses += 1;
            if let Some(event) = event.as_object_mut().filter(|event| is_walk && event.contains_key("place"))
            {
                event.remove("at");
            }
            accesses <= ACCESSES_PLAYED
        });
        if accesses > ACCESSES_PLAYED {
            let text = format!("{} more accesses", accesses - ACCESSES_PLAYED);
            events.push(serde_json::json!({ "k": "cut", "text": text }));
        }
    }
    document
}

/// The run without its pictures: a table of steps, and below it everything that happened.
fn table(document: &Value) -> String {
    let mut out = String::from(
        "<div class=\"vm-scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Steps as a table\"><table>\n\
         <thead><tr><th>step</th><th>what</th><th>result</th><th>afterwards</th></tr></thead>\n<tbody>\n",
    );
    let mut list = String::from("<details><summary>Step by step</summary>\n<ol start=\"0\">\n");
    for (number, step) in document["steps"].as_array().into_iter().flatten().enumerate() {
        let say = escape(text(step, "say"));
        let lines: Vec<(bool, String)> =
            step["ev"].as_array().into_iter().flatten().filter_map(line).collect();
        let of = |kind: &str| {
            let events = step["ev"].as_array().into_iter().flatten();
            let found: Vec<String> =
                events.filter(|event| event["k"] == kind).map(|event| escape(text(event, "text"))).collect();
            found.join("<br>")
        };
        let _ = writeln!(
            out,
            "<tr><td>{number}</td><td>{say}</td><td>{}</td><td>{}</td></tr>",
            of("result"),
            of("fact")
        );
        let _ = write!(list, "<li>{say}");
        if let Some(ask) = step["ask"].as_str() {
            let _ = write!(list, " <em>{}</em>", escape(ask));
        }
        let shown: Vec<String> =
            lines.into_iter().filter(|(compared, _)| !compared).map(|(_, line)| escape(&line)).collect();
        for line in shown.iter().take(LINES_SHOWN) {
            let _ = write!(list, "<br>{line}");
        }
        if shown.len() > LINES_SHOWN {
            let _ = write!(list, "<br>and {} more", shown.len() - LINES_SHOWN);
        }
        list.push_str("</li>\n");
    }
    out + "</tbody>\n</table></div>\n" + &list + "</ol></details>\n"
}

/// One event as the text trace says it, and whether it is compared.
fn line(event: &Value) -> Option<(bool, String)> {
    let field = |name| text(event, name);
    let place = || {
        let place = field("place");
        if place.is_empty() { format!("PA:{}", field("at")) } else { place.to_owned() }
    };
    Some(match field("k") {
        "result" | "fact" => (true, field("text").to_owned()),
        "read" => (false, format!("read {} = {}", place(), field("value"))),
        "write" => (false, format!("write {} = {}, was {}", place(), field("value"), field("before"))),
        "zero" => (false, format!("zero frame {}", field("frame"))),
        "copy" => (false, format!("copy frame {} to frame {}", field("from"), field("to"))),
        "note" => (false, format!("note: {}", field("text"))),
        _ => {
            let words = field("text");
            if words.is_empty() {
                return None;
            }
            (false, words.to_owned())
        }
    })
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
