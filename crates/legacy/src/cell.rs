//! Values of a file that holds what it should not: a number as text, a user id as a time.

use raally_domain::date::{Date, DateError};
use raally_domain::time::Timestamp;
use rusqlite::types::ValueRef;
use uuid::Uuid;

/// A cell as SQLite has it, whatever its column was declared to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Cell {
    #[default]
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob,
}

impl From<ValueRef<'_>> for Cell {
    fn from(value: ValueRef<'_>) -> Cell {
        match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(n) => Cell::Integer(n),
            ValueRef::Real(x) => Cell::Real(x),
            ValueRef::Text(bytes) => Cell::Text(String::from_utf8_lossy(bytes).into_owned()),
            ValueRef::Blob(_) => Cell::Blob,
        }
    }
}

impl Cell {
    /// The text, without outer blanks; numbers as they are written; `None` where nothing is left.
    pub(crate) fn text(&self) -> Option<String> {
        let text = match self {
            Cell::Null | Cell::Blob => return None,
            Cell::Integer(n) => n.to_string(),
            Cell::Real(x) => x.to_string(),
            Cell::Text(text) => text.trim().to_owned(),
        };
        (!text.is_empty()).then_some(text)
    }

    /// What stands in the cell, for a report; long texts are cut.
    pub(crate) fn shown(&self) -> String {
        match self {
            Cell::Null => "nothing".to_owned(),
            Cell::Blob => "binary data".to_owned(),
            Cell::Integer(n) => n.to_string(),
            Cell::Real(x) => x.to_string(),
            Cell::Text(text) => {
                let shown: String = text
                    .chars()
                    .take(40)
                    .map(|c| if c.is_control() { ' ' } else { c })
                    .collect();
                format!("\u{201c}{shown}\u{201d}")
            }
        }
    }

    pub(crate) fn uuid(&self) -> Option<Uuid> {
        match self {
            Cell::Text(text) => Uuid::parse_str(text.trim()).ok(),
            _ => None,
        }
    }

    /// Whether the cell says yes: a number other than 0, or `true`.
    pub(crate) fn truth(&self) -> bool {
        match self {
            Cell::Integer(n) => *n != 0,
            Cell::Real(x) => *x != 0.0,
            Cell::Text(text) => matches!(text.trim(), "1" | "true" | "TRUE" | "True"),
            Cell::Null | Cell::Blob => false,
        }
    }

    /// Whether a `deletedAt` marks its row as deleted: anything but nothing does.
    pub(crate) fn marks_deleted(&self) -> bool {
        match self {
            Cell::Null => false,
            Cell::Text(text) => !text.trim().is_empty(),
            _ => true,
        }
    }

    /// A civil date; a time of day behind it is left out. The error names what is wrong.
    pub(crate) fn date(&self) -> Result<Date, String> {
        let wrong = |reason: String| Err(format!("{}, {reason}", self.shown()));
        let Cell::Text(text) = self else {
            return wrong("which is no date".to_owned());
        };
        let text = text.trim();
        let (day, rest) = match text.char_indices().nth(10) {
            Some((at, _)) => text.split_at(at),
            None => (text, ""),
        };
        if !rest.is_empty() && moment(text).is_none() {
            return wrong("which is no date".to_owned());
        }
        match day.parse::<Date>() {
            Ok(date) => Ok(date),
            Err(DateError::Malformed | DateError::NoSuchDay) => {
                wrong("which is no date".to_owned())
            }
            Err(DateError::OutOfRange) => {
                wrong("which is not between 1970-01-01 and 2199-12-31".to_owned())
            }
        }
    }

    /// An instant, if that is what stands there.
    pub(crate) fn moment(&self) -> Option<Timestamp> {
        match self {
            Cell::Text(text) => moment(text.trim()),
            _ => None,
        }
    }

    /// The number times `factor`, rounded half away from zero, worked out in whole numbers.
    pub(crate) fn scaled(&self, factor: i128) -> Option<i64> {
        let text = match self {
            Cell::Integer(n) => n.to_string(),
            // The shortest text that reads back as the same number: 16.25 and not 16.2499….
            Cell::Real(x) if x.is_finite() => format!("{x}"),
            Cell::Text(text) => text.trim().to_owned(),
            _ => return None,
        };
        decimal(&text, factor)
    }
}

/// `2022-09-26 19:31:15.402 +00:00` as Sequelize writes it, or RFC 3339; without an offset UTC.
fn moment(text: &str) -> Option<Timestamp> {
    if text.len() < 16 || !text.is_ascii() {
        return None;
    }
    let (day, time) = text.split_at(10);
    let time = time.strip_prefix([' ', 'T'])?.trim();
    let (clock, offset) = match time.find(['Z', 'z', '+', '-', ' ']) {
        Some(at) => (&time[..at], time[at..].trim()),
        None => (time, "Z"),
    };
    let offset = if offset.is_empty() { "Z" } else { offset };
    let seconds = if clock.len() == 5 { ":00" } else { "" };
    format!("{day}T{clock}{seconds}{offset}").parse().ok()
}

/// A decimal number times `factor`, rounded half away from zero; `None` where it is no number
/// or too large.
fn decimal(text: &str, factor: i128) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
        return None;
    }
    // Digits beyond the twentieth cannot change a figure that is rounded to whole minutes or cents.
    let fraction = &fraction[..fraction.len().min(20)];
    let all: i128 = format!("0{whole}{fraction}").parse().ok()?;
    let scale = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let product = all.checked_mul(factor)?;
    let rounded = product.checked_mul(2)?.checked_add(scale)? / (scale * 2);
    i64::try_from(if negative { -rounded } else { rounded }).ok()
}

/// A name as Raally takes it: of one line, without control characters, at most 200 characters.
/// True where something had to be changed.
pub(crate) fn one_line(text: &str) -> (String, bool) {
    let clean: String = text.chars().filter(|c| !hides(*c)).collect();
    let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(200).collect();
    let cut = cut.trim_end().to_owned();
    let changed = cut != text.trim();
    (cut, changed)
}

/// A note: several lines are fine; at most 10,000 characters.
pub(crate) fn note(text: &str) -> (String, bool) {
    let allowed = |c: &char| !hides(*c) || matches!(c, '\n' | '\t' | '\r');
    let kept: String = text.chars().filter(allowed).take(10_000).collect();
    let changed = kept != text;
    (kept, changed)
}

/// Characters that are not seen, or that change how others are seen. Line ends become blanks.
fn hides(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(t: &str) -> Cell {
        Cell::Text(t.to_owned())
    }

    #[test]
    fn numbers_are_read_exactly_whatever_their_type() {
        for (cell, minutes) in [
            (Cell::Integer(40), Some(2400)),
            (Cell::Real(37.5), Some(2250)),
            (text("37.5"), Some(2250)),
            (text(" 7.7083333333 "), Some(462)),
            (text("0.008333"), Some(0)),
            (text("0.0083334"), Some(1)),
            (text("-1.5"), Some(-90)),
            (text(".5"), Some(30)),
            (text("abc"), None),
            (text("1e3"), None),
            (text(""), None),
            (text("."), None),
            (Cell::Real(f64::NAN), None),
            (Cell::Real(1e300), None),
            (Cell::Null, None),
            (Cell::Blob, None),
        ] {
            assert_eq!(cell.scaled(60), minutes, "{cell:?}");
        }
        assert_eq!(Cell::Real(16.25).scaled(100), Some(1625));
        assert_eq!(Cell::Real(0.1 + 0.2).scaled(100), Some(30));
        assert_eq!(text("16.255").scaled(100), Some(1626));
    }

    #[test]
    fn dates_are_read_with_or_without_a_time_of_day() {
        for good in [
            "2022-07-30",
            "2022-07-30 00:00:00.000 +00:00",
            "2022-07-30T12:00:00Z",
        ] {
            assert_eq!(text(good).date().unwrap().to_string(), "2022-07-30");
        }
        for bad in [
            "2022-02-30",
            "30.07.2022",
            "",
            "2022-07-30x",
            "cc3a537a-359f-4d2f",
        ] {
            assert!(text(bad).date().unwrap_err().contains("no date"), "{bad}");
        }
        assert!(
            text("1969-12-31")
                .date()
                .unwrap_err()
                .contains("1970-01-01")
        );
        assert!(Cell::Integer(5).date().is_err());
    }

    #[test]
    fn a_time_is_told_from_a_user_id() {
        let at = text("2022-09-26 19:31:15.402 +00:00").moment().unwrap();
        assert_eq!(at.to_string(), "2022-09-26T19:31:15.402000Z");
        let same = text("2022-09-26T21:31:15.402+02:00").moment().unwrap();
        assert_eq!(at, same);
        assert!(text("2022-09-26 19:31").moment().is_some());
        assert_eq!(text("cc3a537a-359f-4d2f-8d84-1be86cac3bd0").moment(), None);
        assert_eq!(text("2022-09-26").moment(), None);
    }

    #[test]
    fn names_are_made_fit() {
        assert_eq!(one_line("  Ana Díaz "), ("Ana Díaz".to_owned(), false));
        assert_eq!(one_line("Ana\n\u{202e}Díaz"), ("Ana Díaz".to_owned(), true));
        assert_eq!(one_line(&"x".repeat(300)).0.len(), 200);
        assert_eq!(note("a\nb\u{7}"), ("a\nb".to_owned(), true));
    }
}
