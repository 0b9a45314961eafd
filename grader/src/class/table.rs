//! CSV files that people and learning-management systems write: columns by their headers, errors with their lines.

use std::fs;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord, Trim};

use super::ClassError;

/// What to do about a file that is no table.
const ADVICE: &str = "save the table as CSV, in UTF-8; its first line has the names of the columns";

/// Rows of a CSV file under its headers.
pub(super) struct Table {
    path: PathBuf,
    /// As the file writes them.
    pub(super) headers: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One row.
pub(super) struct Row {
    /// The line it begins on, from 1.
    pub(super) line: u64,
    pub(super) values: Vec<String>,
}

impl Table {
    /// Reads `path`.
    pub(super) fn read(path: &Path) -> Result<Self, ClassError> {
        let text = fs::read(path).map_err(ClassError::unreadable(path))?;
        // Spreadsheets begin a file with a mark that would become part of the first header.
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
        let mut reader = ReaderBuilder::new().trim(Trim::All).delimiter(delimiter(text)).from_reader(text);
        let wrong = |error: csv::Error| {
            let line = error.position().map_or(1, csv::Position::line);
            let problem = match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("{len} values, and the first line has {expected_len} columns")
                }
                csv::ErrorKind::Utf8 { .. } => "it is not UTF-8".to_owned(),
                _ => error.to_string(),
            };
            ClassError::Csv { path: path.to_path_buf(), line, problem, advice: ADVICE.to_owned() }
        };
        let words = |record: &StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
        let headers = words(reader.headers().map_err(wrong)?);
        if headers.is_empty() {
            let (path, advice) = (path.to_path_buf(), ADVICE.to_owned());
            return Err(ClassError::Csv { path, line: 1, problem: "it is empty".to_owned(), advice });
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(wrong)?;
            let line = record.position().map_or(1, |position| line_of(text, position.byte()));
            rows.push(Row { line, values: words(&record) });
        }
        Ok(Self { path: path.to_path_buf(), headers, rows })
    }

    /// Which column has one of these headers; capitals, spaces and `_` do not count.
    pub(super) fn column(&self, names: &[&str]) -> Option<usize> {
        self.headers.iter().position(|header| names.contains(&plain(header).as_str()))
    }

    /// An error in the line `line`.
    pub(super) fn wrong(&self, line: u64, problem: String, advice: &str) -> ClassError {
        ClassError::Csv { path: self.path.clone(), line, problem, advice: advice.to_owned() }
    }
}

impl Row {
    /// The value of that column; empty when there is no such column.
    pub(super) fn value(&self, column: Option<usize>) -> &str {
        column.and_then(|column| self.values.get(column)).map_or("", String::as_str)
    }
}

/// What stands between the columns: spreadsheets write semicolons where a comma is the decimal point, and tabs as
/// "Unicode text".
fn delimiter(text: &[u8]) -> u8 {
    let headers = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    [b',', b';', b'\t'].into_iter().find(|delimiter| headers.contains(delimiter)).unwrap_or(b',')
}

/// The line (from 1) of the record at `byte`: the reader's own count stops before empty lines.
fn line_of(text: &[u8], byte: u64) -> u64 {
    let byte = usize::try_from(byte).unwrap_or(text.len()).min(text.len());
    let gap = text[byte..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    1 + text[..byte + gap].iter().filter(|byte| **byte == b'\n').count() as u64
}

/// A header without what spreadsheets do to it: `SIS User ID` is `sis user id`, as `sis_user_id` is.
pub(crate) fn plain(header: &str) -> String {
    header.trim().to_lowercase().replace(['_', '-'], " ")
}
