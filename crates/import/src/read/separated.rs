//! Text with a separator (RFC 4180, and what else is called CSV).

use super::{ReadError, Rows, Sheet};

/// What stands between cells.
const SEPARATORS: [u8; 4] = *b",;\t|";
/// The lines that tell which it is.
const TELLING: usize = 20;

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, ReadError> {
    let text = decoded(bytes)?;
    let separator = SEPARATORS
        .into_iter()
        .max_by_key(|separator| (columns(&text, *separator), *separator == b','))
        .unwrap_or(b',');
    let mut rows = Rows::default();
    for (at, record) in records(&text, separator).enumerate() {
        let record = record.map_err(|_| ReadError::NotATable)?;
        for (column, cell) in record.iter().enumerate() {
            rows.put(at, column, unguarded(cell))?;
        }
    }
    Ok(Sheet {
        name: String::new(),
        rows: rows.done(),
    })
}

/// A cell without the apostrophe that keeps spreadsheets from running it, as our own exports have it.
fn unguarded(cell: &str) -> &str {
    let rest = cell.strip_prefix('\'');
    let guarded = rest.filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
    guarded.unwrap_or(cell)
}

/// UTF-8 or UTF-16 by their marks, UTF-8 where all of it is, else Windows-1252, which holds Latin-1.
fn decoded(bytes: &[u8]) -> Result<String, ReadError> {
    let text = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding.decode(bytes).0.into_owned(),
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => encoding_rs::WINDOWS_1252.decode(bytes).0.into_owned(),
        },
    };
    match text.contains('\0') {
        true => Err(ReadError::NotATable),
        false => Ok(text),
    }
}

fn records(text: &str, separator: u8) -> impl Iterator<Item = csv::Result<csv::StringRecord>> + '_ {
    let mut reader = csv::ReaderBuilder::new();
    reader
        .has_headers(false)
        .flexible(true)
        .delimiter(separator);
    reader.from_reader(text.as_bytes()).into_records()
}

/// In how many columns most of the first lines fall by that separator, and how many do.
fn columns(text: &str, separator: u8) -> (usize, usize) {
    let lines = records(text, separator).take(TELLING).flatten();
    let widths: Vec<usize> = lines.map(|l| l.len()).filter(|n| *n > 1).collect();
    let agreeing = |n: usize| widths.iter().filter(|w| **w == n).count();
    let best = widths.iter().map(|n| (agreeing(*n), *n));
    best.max().unwrap_or_default()
}
