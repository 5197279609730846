//! Files as rows of text, within bounds: whatever a file says of its own size is not believed.

mod separated;
mod workbook;

use serde::Serialize;

/// The most bytes of a file.
pub const MAX_FILE: usize = 4 << 20;
/// The most rows of a table.
pub const MAX_ROWS: usize = 20_000;
/// The most columns of a table.
pub const MAX_COLUMNS: usize = 100;
/// The most characters of a cell.
pub const MAX_CELL: usize = 10_000;
/// The most bytes of all cells together.
const MAX_TEXT: usize = 16 << 20;

/// A table of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportSheet))]
pub struct Sheet {
    /// What the workbook calls it; empty for a text file.
    pub name: String,
    /// Its cells as text, without empty rows and columns at the end.
    pub rows: Vec<Vec<String>>,
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It is neither text nor a workbook, or is damaged.
    #[error("this is no file of a spreadsheet: save it as CSV or XLSX")]
    NotATable,
    /// It is protected by a password, or of an old format.
    #[error(
        "this workbook is protected by a password or of an old format: save it as XLSX without one"
    )]
    OldOrLocked,
    /// There is nothing in it.
    #[error("there is nothing in this file")]
    Empty,
    /// It has more than is taken.
    #[error(
        "a table has at most {MAX_ROWS} rows, {MAX_COLUMNS} columns and {MAX_CELL} characters a cell"
    )]
    TooLarge,
}

/// The tables of a file: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 or Windows-1252, or
/// an XLSX workbook.
///
/// # Errors
/// Where it is neither, or larger than the bounds.
pub fn read(bytes: &[u8]) -> Result<Vec<Sheet>, ReadError> {
    let sheets = match bytes {
        [b'P', b'K', 3, 4, ..] => workbook::read(bytes)?,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(ReadError::OldOrLocked),
        _ => vec![separated::read(bytes)?],
    };
    if sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Err(ReadError::Empty);
    }
    Ok(sheets)
}

/// Rows as they come, held to the bounds.
#[derive(Default)]
struct Rows {
    rows: Vec<Vec<String>>,
    bytes: usize,
}

impl Rows {
    /// Puts a text into a cell, beyond those that are there.
    fn put(&mut self, row: usize, column: usize, text: &str) -> Result<(), ReadError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(());
        }
        self.bytes += text.len();
        if row >= MAX_ROWS
            || column >= MAX_COLUMNS
            || text.len() > 4 * MAX_CELL
            || self.bytes > MAX_TEXT
        {
            return Err(ReadError::TooLarge);
        }
        if text.chars().count() > MAX_CELL {
            return Err(ReadError::TooLarge);
        }
        if self.rows.len() <= row {
            self.rows.resize_with(row + 1, Vec::new);
        }
        let cells = &mut self.rows[row];
        if cells.len() <= column {
            cells.resize_with(column + 1, String::new);
        }
        text.clone_into(&mut cells[column]);
        Ok(())
    }

    /// All rows, equally wide.
    fn done(mut self) -> Vec<Vec<String>> {
        let width = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        for row in &mut self.rows {
            row.resize_with(width, String::new);
        }
        self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Vec<Vec<String>> {
        read(text).unwrap().remove(0).rows
    }

    #[test]
    fn text_comes_with_any_separator_and_in_any_encoding() {
        let expected = vec![vec!["Name", "Título"], vec!["José, de Sá", "a\nb"]];
        let comma = "Name,Título\n\"José, de Sá\",\"a\nb\"\n\n";
        let semicolon = "Name;Título\r\nJosé, de Sá;\"a\nb\"\r\n;\r\n";
        let tab = "Name\tTítulo\nJosé, de Sá\t\"a\nb\"";
        let latin = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        let utf16: Vec<u8> = [0xfeff_u16]
            .into_iter()
            .chain(comma.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let marked = ["\u{feff}", comma].concat().into_bytes();
        for bytes in [
            comma.as_bytes().to_vec(),
            semicolon.as_bytes().to_vec(),
            tab.as_bytes().to_vec(),
            latin(semicolon),
            utf16,
            marked,
        ] {
            assert_eq!(
                rows(&bytes),
                expected,
                "{}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let wide = vec!["x"; MAX_COLUMNS + 1].join(",");
        let long = "a\n".repeat(MAX_ROWS + 1);
        let heavy = "x".repeat(MAX_CELL + 1);
        for text in [wide, long, heavy] {
            assert_eq!(read(text.as_bytes()), Err(ReadError::TooLarge));
        }
        assert!(read("a\n".repeat(MAX_ROWS).as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_table_says_so() {
        assert_eq!(read(b""), Err(ReadError::Empty));
        assert_eq!(read(b" \n ,, \n"), Err(ReadError::Empty));
        assert_eq!(read(b"PK\x03\x04nonsense"), Err(ReadError::NotATable));
        assert_eq!(read(b"\xd0\xcf\x11\xe0old"), Err(ReadError::OldOrLocked));
        assert_eq!(
            read(b"\x89PNG\r\n\x1a\n\0\0\0\0"),
            Err(ReadError::NotATable)
        );
    }
}
