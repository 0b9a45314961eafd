//! What a figure promises: inert strings, one block of HTML, words for what it cannot play.

use player::{Run, SCRIPT, figure, html};

const EVIL: &str = r#"{"schema":"vmtrace/1","id":"x","view":"walk","title":"</script><script>alert(1)</script>",
  "source":{"by":"submission","lab":"l","case":"x","truncated":false},"config":{},
  "steps":[{"say":"<img src=x onerror=alert(1)>","ev":[{"k":"note","text":"</script>\n\n<b>"}],"state":{"entries":[],"frames_in_use":0}}],
  "summary":{"steps":1,"reads":0,"writes":0}}"#;

#[test]
fn strings_of_a_trace_stay_text() {
    let fragment = figure(&[Run { name: "\"><script>", json: EVIL }]).unwrap();
    assert_eq!(fragment.matches("<script").count(), 1, "{fragment}");
    assert_eq!(fragment.matches("</script").count(), 1, "{fragment}");
    assert!(!fragment.contains("<img"), "{fragment}");
}

#[test]
fn a_figure_is_one_block_of_markdown() {
    let fragment = figure(&[Run { name: "r", json: EVIL }]).unwrap();
    assert!(fragment.starts_with("<figure"), "{fragment}");
    assert!(!fragment.contains("\n\n"), "{fragment}");
}

#[test]
fn what_cannot_be_played_is_refused_in_words() {
    let refuse = |json| figure(&[Run { name: "r", json }]).unwrap_err().to_string();
    assert_eq!(refuse(r#"{"schema":"vmtrace/2"}"#), "not a vmtrace/1 trace: its schema is `vmtrace/2`");
    assert_eq!(refuse("{}"), "not a vmtrace/1 trace: it has no schema");
    assert_eq!(refuse(r#"{"schema":"vmtrace/1","steps":[]}"#), "not a vmtrace/1 trace: it has no steps");
    assert_eq!(figure(&[]).unwrap_err().to_string(), "not a vmtrace/1 trace: no run at all");
}

#[test]
fn a_page_of_its_own_asks_for_nothing() {
    let page = html("A report", &figure(&[Run { name: "r", json: EVIL }]).unwrap());
    for request in ["src=\"", "href=\"", "@import", "url("] {
        assert!(!page.contains(request), "the page has `{request}`");
    }
}

#[test]
fn script_and_style_are_small() {
    for (name, text) in [("style", player::CSS), ("script", SCRIPT)] {
        assert!(text.len() < 25_000, "the {name} has {} bytes, all of it together", text.len());
    }
    assert!(!SCRIPT.contains("innerHTML"), "text of a trace is never HTML");
    assert!(!SCRIPT.contains("</script"), "it would end the script in a report");
}
