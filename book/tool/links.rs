//! Checks links inside the book: the page must be there, and the heading.
//!
//! Main type: [`Page`], what a page offers and what it asks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use mdbook_markdown::{
    MarkdownOptions, new_cmark_parser,
    pulldown_cmark::{Event, Tag, TagEnd},
};

/// What links can reach in a page, and its own links.
#[derive(Debug, Default)]
pub struct Page {
    anchors: BTreeSet<String>,
    links: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    target: String,
    line: usize,
}

impl Page {
    /// Reads a page as mdBook does.
    pub fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading: Option<String> = None;
        for (event, range) in new_cmark_parser(text, &MarkdownOptions::default()).into_offset_iter() {
            let line = || text[..range.start].matches('\n').count() + 1;
            match event {
                Event::Start(Tag::Heading { id: Some(id), .. }) => {
                    page.anchors.insert(id.to_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => {
                    if let Some(words) = heading.take() {
                        page.add_heading(&words);
                    }
                }
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(Link { target: dest_url.to_string(), line: line() });
                }
                Event::Html(html) | Event::InlineHtml(html) => page.read_html(&html, line()),
                _ => {}
            }
        }
        page
    }

    /// Whether a link can end at `anchor`.
    pub fn has(&self, anchor: &str) -> bool {
        self.anchors.contains(anchor)
    }

    /// mdBook's names of headings: letters, digits, `_` and `-`, spaces as `-`; a repeated name gets a number.
    fn add_heading(&mut self, words: &str) {
        let keep = |sign: char| match sign {
            '_' | '-' => Some(sign),
            _ if sign.is_alphanumeric() => Some(sign),
            _ if sign.is_whitespace() => Some('-'),
            _ => None,
        };
        let name: String = words.trim().to_lowercase().chars().filter_map(keep).collect();
        let repeated = (1..).map(|number| format!("{name}-{number}"));
        let unused = std::iter::once(name.clone()).chain(repeated).find(|name| !self.anchors.contains(name));
        self.anchors.extend(unused);
    }

    fn read_html(&mut self, html: &str, line: usize) {
        for (attribute, is_link) in [("id=\"", false), ("href=\"", true), ("src=\"", true)] {
            for part in html.split(attribute).skip(1) {
                let value = part.split('"').next().unwrap_or_default().to_owned();
                if is_link {
                    self.links.push(Link { target: value, line });
                } else {
                    self.anchors.insert(value);
                }
            }
        }
    }
}

/// Every link that leads nowhere, with its file and line. Pages are named by their paths below `source`; what is put into
/// a page from another file is `page\0file`.
pub fn check(source: &Path, pages: &BTreeMap<String, Page>) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, page) in pages {
        let (here, file) = name.split_once('\0').map_or_else(
            || (name.as_str(), format!("book/src/{name}")),
            |(here, file)| (here, file.to_owned()),
        );
        for link in &page.links {
            if let Some(wrong) = wrong(source, pages, here, &link.target) {
                problems.push(format!("{file}:{}: {wrong}", link.line));
            }
        }
    }
    problems
}

fn wrong(source: &Path, pages: &BTreeMap<String, Page>, here: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = Path::new(here).parent().unwrap_or(Path::new(""));
    let page = if path.is_empty() { here.to_owned() } else { plain(&folder.join(path)) };
    match pages.get(&page) {
        Some(found) if !anchor.is_empty() && !found.has(anchor) => {
            Some(format!("the page {page} has no heading `#{anchor}`"))
        }
        Some(_) => None,
        None if page.ends_with(".md") => Some(format!("the book has no page {page} (is it in SUMMARY.md?)")),
        None if source.join(&page).is_file() => None,
        None => Some(format!("the book has no file {page}")),
    }
}

/// The path with `..` carried out.
fn plain(path: &Path) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in path.components() {
        match part.as_os_str().to_string_lossy().as_ref() {
            "." => {}
            ".." if parts.last().is_some_and(|last| last != "..") => drop(parts.pop()),
            part => parts.push(part.to_owned()),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        let pages = BTreeMap::from([
            ("a.md".to_owned(), Page::read(text)),
            ("b.md".to_owned(), Page::read("# One\n## `Two` words!\n## One\n")),
        ]);
        check(Path::new("/nowhere"), &pages)
    }

    #[test]
    fn headings_are_named_as_mdbook_names_them() {
        assert_eq!(
            problems("[x](b.md#one) [x](b.md#two-words) [x](b.md#one-1) [x](https://example.org/#no)"),
            [""; 0]
        );
    }

    #[test]
    fn links_that_lead_nowhere_are_reported_with_their_line() {
        assert_eq!(
            problems("# A\n\ntext [x](b.md#three)\n"),
            ["book/src/a.md:3: the page b.md has no heading `#three`"]
        );
        assert_eq!(problems("[x](#b)"), ["book/src/a.md:1: the page a.md has no heading `#b`"]);
        assert_eq!(problems("![x](c.svg)"), ["book/src/a.md:1: the book has no file c.svg"]);
        assert_eq!(
            problems("<a href=\"c.md\">x</a>"),
            ["book/src/a.md:1: the book has no page c.md (is it in SUMMARY.md?)"]
        );
    }
}
