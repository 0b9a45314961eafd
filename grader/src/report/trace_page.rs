//! A trace as a page of its own: the run as a picture that plays, and below it line by line, with what was expected.
//!
//! Everything is in the page, so it opens from a disk and can be sent to somebody. What a student's code wrote stands in
//! it as text.

use player::{Run, escape, figure, html};

use crate::judge::playback::Played;

use super::words;

/// What a page shows of a scenario.
#[derive(Debug, Clone, Copy)]
pub struct TracePage<'a> {
    /// Lab and scenario.
    pub title: &'a str,
    /// The run, as one `vmtrace/1` document where it came to its end.
    pub yours: &'a Played,
    /// The reference's run as such a document, where there is one.
    pub expected: Option<&'a str>,
    /// The lines of the run, with the expected ones beside them where they are known.
    pub lines: &'a str,
}

impl TracePage<'_> {
    /// The whole page.
    #[must_use]
    pub fn html(&self) -> String {
        html(self.title, &format!("{}{}{}", self.ending(), self.picture(), self.text()))
    }

    fn ending(&self) -> String {
        match &self.yours.ending {
            None => String::new(),
            Some((verdict, message)) => {
                let words = format!("{}: {}", words::verdict(*verdict), words::harmless(message));
                format!("<p><strong>{}</strong></p>\n", escape(&words))
            }
        }
    }

    /// A run that was cut short has no document: then the lines say how far it came.
    fn picture(&self) -> String {
        let yours = self.yours.ending.is_none().then_some(("yours", self.yours.printed.as_str()));
        let expected = self.expected.map(|json| ("expected", json));
        let runs: Vec<Run<'_>> =
            yours.into_iter().chain(expected).map(|(name, json)| Run { name, json }).collect();
        if runs.is_empty() {
            return String::new();
        }
        figure(&runs).unwrap_or_else(|problem| format!("<p>{}</p>\n", escape(&problem.to_string())))
    }

    fn text(&self) -> String {
        let lines: Vec<String> = self.lines.lines().map(escape).collect();
        format!(
            "<h2>Line by line</h2>\n<pre tabindex=\"0\" aria-label=\"The trace as text\">{}</pre>\n",
            lines.join("\n")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Verdict;

    const RUN: &str =
        r#"{"schema":"vmtrace/1","view":"walk","title":"<b>t</b>","steps":[{"say":"power on"}]}"#;

    fn page(ending: Option<(Verdict, String)>, expected: Option<&str>) -> String {
        let yours = Played { printed: RUN.to_owned(), ending };
        TracePage { title: "tlb: a <i>", yours: &yours, expected, lines: "+ note: </pre><script>" }.html()
    }

    #[test]
    fn what_a_student_wrote_is_text() {
        let page = page(None, None);
        assert!(
            page.contains("<h1>tlb: a &lt;i&gt;</h1>") && page.contains("&lt;b&gt;t&lt;/b&gt;"),
            "{page}"
        );
        assert!(page.contains("+ note: &lt;/pre&gt;&lt;script&gt;</pre>"), "{page}");
        assert!(!page.contains("<strong>yours</strong>"), "one run needs no name");
    }

    #[test]
    fn the_expected_run_stands_beside_ones_own() {
        let page = page(None, Some(RUN));
        assert!(page.contains("data-run=\"yours\"") && page.contains("data-run=\"expected\""), "{page}");
    }

    #[test]
    fn a_run_that_was_cut_short_says_how_and_has_no_picture() {
        let page = page(Some((Verdict::NotStarted, "step 2".to_owned())), None);
        assert!(page.contains("<strong>not started: step 2</strong>"), "{page}");
        assert!(!page.contains("application/json\" data-run") && page.contains("Line by line"), "{page}");
    }
}
