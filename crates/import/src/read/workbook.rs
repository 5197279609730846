//! Workbooks (ECMA-376, XLSX), cell by cell.

use std::io::{Cursor, Read};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};

use super::{ReadError, Rows, Sheet};

/// The most bytes that a workbook may become when it is unpacked.
const MAX_UNPACKED: u64 = 64 << 20;
/// The most parts and sheets of a workbook.
const MAX_PARTS: usize = 1_000;
const MAX_SHEETS: usize = 50;

pub(super) fn read(bytes: &[u8]) -> Result<Vec<Sheet>, ReadError> {
    unpacks(bytes)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| ReadError::NotATable)?;
    let names: Vec<String> = book.sheet_names().into_iter().take(MAX_SHEETS).collect();
    let mut sheets = Vec::with_capacity(names.len());
    for name in names {
        // A chart is a sheet without cells.
        let Ok(mut cells) = book.worksheet_cells_reader(&name) else {
            continue;
        };
        let mut rows = Rows::default();
        while let Some(cell) = cells.next_cell().map_err(|_| ReadError::NotATable)? {
            let (row, column) = cell.get_position();
            let (row, column) = (row as usize, column as usize);
            rows.put(row, column, &text(cell.get_value()))?;
        }
        let rows = rows.done();
        sheets.push(Sheet { name, rows });
    }
    Ok(sheets)
}

/// Unpacks every part once and keeps nothing: what its directory says of sizes may be wrong.
fn unpacks(bytes: &[u8]) -> Result<(), ReadError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| ReadError::NotATable)?;
    if archive.len() > MAX_PARTS {
        return Err(ReadError::TooLarge);
    }
    let mut left = MAX_UNPACKED;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(|_| ReadError::NotATable)?;
        let unpacked = std::io::copy(&mut part.take(left + 1), &mut std::io::sink());
        let unpacked = unpacked.map_err(|_| ReadError::NotATable)?;
        left = left.checked_sub(unpacked).ok_or(ReadError::TooLarge)?;
    }
    Ok(())
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(n) => n.to_string(),
        DataRef::Float(n) => n.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        DataRef::DateTime(at) => moment(at),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// A date, or the hours of what has none.
fn moment(at: &ExcelDateTime) -> String {
    if at.is_duration() || at.as_f64() < 1.0 {
        let minutes = (at.as_f64() * 1_440.0).round() as i64;
        return format!("{}:{:02}", minutes / 60, minutes % 60);
    }
    let (year, month, day, ..) = at.to_ymd_hms_milli();
    format!("{year:04}-{month:02}-{day:02}")
}
