//! What is written in a cell, in the ways that people and programs write it.

use raally_domain::date::Date;
use raally_domain::kinds::{EffortBody, Per};
use raally_domain::problem::Message;
use serde::{Deserialize, Serialize};

/// How the parts of a date such as 03/04/2026 follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DateOrder {
    /// Day, month, year.
    Dmy,
    /// Month, day, year.
    Mdy,
}

impl DateOrder {
    /// The one in which all of these dates exist; the day first where both will do.
    pub(crate) fn of<'a>(cells: impl Iterator<Item = &'a str>) -> DateOrder {
        let (mut days, mut months) = (false, false);
        for [first, second, _] in cells.filter_map(slashed) {
            days |= first > 12;
            months |= second > 12;
        }
        if months && !days {
            DateOrder::Mdy
        } else {
            DateOrder::Dmy
        }
    }
}

/// The numbers of a date whose order is not said by how it is written.
fn slashed(cell: &str) -> Option<[i16; 3]> {
    let day = cell.split([' ', 'T']).next()?;
    let separator = ['/', '-'].into_iter().find(|c| day.contains(*c))?;
    let mut parts = day.split(separator).map(str::parse::<i16>);
    let numbers = [
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    ];
    (parts.next().is_none() && numbers[0] <= 31).then_some(numbers)
}

/// The days between the spreadsheets' day 0 and 1970-01-01.
const SERIAL_EPOCH: i32 = 25_569;

/// A date: ISO 8601, with slashes, dots or hyphens, with a month's name, or a spreadsheet's number.
pub(crate) fn date(cell: &str, order: DateOrder) -> Result<Date, Message> {
    if let Some(iso) = cell.get(..10)
        && iso.is_char_boundary(10)
        && cell[10..].starts_with(['T', ' '])
        && let Ok(date) = iso.parse::<Date>()
    {
        return Ok(date);
    }
    if let Ok(serial) = cell.parse::<i32>()
        && (SERIAL_EPOCH..=80_000).contains(&serial)
    {
        return Date::from_days(serial - SERIAL_EPOCH).ok_or(Message::DateOutOfRange);
    }
    let words: Vec<&str> = cell
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !["de", "of", "th"].contains(w))
        .collect();
    let [a, b, c] = words[..] else {
        return Err(Message::NotADate);
    };
    let number = |text: &str| text.parse::<i16>().map_err(|_| Message::NotADate);
    let (year, month, day) = match (month(a), month(b)) {
        (Some(month), None) => (number(c)?, month, number(b)?),
        (None, Some(month)) => (number(c)?, month, number(a)?),
        (None, None) => {
            let (a, b, c) = (number(a)?, number(b)?, number(c)?);
            match order {
                _ if a > 31 => (a, b, c),
                _ if cell.contains('.') => (c, b, a),
                DateOrder::Dmy => (c, b, a),
                DateOrder::Mdy => (c, a, b),
            }
        }
        (Some(_), Some(_)) => return Err(Message::NotADate),
    };
    let year = if (0..100).contains(&year) {
        year + 2_000
    } else {
        year
    };
    let part = |n: i16| i8::try_from(n).map_err(|_| Message::NoSuchDay);
    Ok(Date::from_ymd(year, part(month)?, part(day)?)?)
}

/// The beginnings of the months' names in English, Spanish and Portuguese.
const MONTHS: [&[&str]; 12] = [
    &["jan", "ene"],
    &["feb", "fev"],
    &["mar"],
    &["apr", "abr"],
    &["may", "mai"],
    &["jun"],
    &["jul"],
    &["aug", "ago"],
    &["sep", "set"],
    &["oct", "out"],
    &["nov"],
    &["dec", "dic", "dez"],
];

fn month(word: &str) -> Option<i16> {
    let word = word.to_lowercase();
    let is = |names: &&[&str]| names.iter().any(|n| word.starts_with(n));
    let at = MONTHS.iter().position(is)?;
    i16::try_from(at + 1).ok()
}

/// A number with a point or a comma, and thousands in either way or in none. `1,200` is thousands,
/// `1.200` is what programs write for 1.2.
fn number(text: &str) -> Option<f64> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let decimal = match (text.rfind('.'), text.rfind(',')) {
        (Some(point), Some(comma)) if point < comma => ',',
        (None, Some(comma)) if text.len() - comma == 4 && !text.starts_with(['0', ',']) => '.',
        (None, Some(_)) => ',',
        _ => '.',
    };
    let plain: String = text
        .chars()
        .filter(|c| *c == decimal || !['.', ','].contains(c))
        .map(|c| if c == decimal { '.' } else { c })
        .collect();
    if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    plain.parse().ok()
}

/// Hours as minutes: `8`, `7,5`, `8h`, `7:30`, `1h30`, `90m`.
pub(crate) fn minutes(cell: &str) -> Result<u32, Message> {
    time(&cell.to_lowercase()).ok_or(Message::NotHours)
}

fn time(text: &str) -> Option<u32> {
    // Up to the minutes of twenty years.
    let whole = |minutes: f64| {
        let minutes = minutes.round();
        (0.0..=10_000_000.0)
            .contains(&minutes)
            .then_some(minutes as u32)
    };
    let text = text.trim();
    if let Some((hours, minutes)) = text.split_once(':') {
        let minutes = minutes.split(':').next()?;
        let (hours, minutes) = (hours.trim().parse::<u32>(), minutes.trim().parse::<u32>());
        return match (hours, minutes) {
            (Ok(hours), Ok(minutes)) if hours < 100_000 && minutes < 60 => {
                Some(hours * 60 + minutes)
            }
            _ => None,
        };
    }
    let end = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let (amount, unit) = text.split_at(end);
    let amount = number(amount)?;
    match unit.trim().trim_end_matches('.') {
        "" | "h" | "hr" | "hrs" | "hour" | "hours" | "hora" | "horas" => whole(amount * 60.0),
        "m" | "min" | "mins" | "minutes" | "minutos" => whole(amount),
        unit => {
            let rest = unit.strip_prefix('h')?.trim_end_matches('m');
            let minutes: u32 = rest.trim().parse().ok()?;
            (minutes < 60).then_some(())?;
            whole(amount * 60.0 + f64::from(minutes))
        }
    }
}

/// Ten-thousandths of capacity: `50%`, `50`, `0.5`.
pub(crate) fn share(cell: &str) -> Result<u32, Message> {
    let (text, percent) = match cell.trim().strip_suffix('%') {
        Some(text) => (text, true),
        None => (cell, false),
    };
    let amount = number(text).ok_or(Message::NotAnEffort)?;
    // What a spreadsheet shows as 50 % is 0.5 in its file.
    let percent = if percent || amount > 1.0 {
        amount
    } else {
        amount * 100.0
    };
    let share = (percent * 100.0).round();
    if (1.0..=1_000_000.0).contains(&share) {
        Ok(share as u32)
    } else {
        Err(Message::NotAnEffort)
    }
}

/// The minutes of a working day, where an effort is in days.
const DAY: u32 = 480;

/// An effort in words: `20h/w`, `4h/d`, `50%`, `40h total`, `3d total`.
pub(crate) fn effort(cell: &str) -> Result<EffortBody, Message> {
    let text = cell.trim().to_lowercase();
    if text.ends_with('%') {
        let share = share(&text)?;
        return Ok(EffortBody {
            per: Per::Capacity,
            minutes: None,
            share: Some(share),
        });
    }
    let said = |words: &[&'static str]| {
        let found = words.iter().find_map(|word| text.strip_suffix(word));
        found.map(|rest| rest.trim().trim_end_matches('/').trim().to_owned())
    };
    let (per, amount) = if let Some(rest) = said(&["total", "in total", "en total", "no total"]) {
        (Per::Total, rest)
    } else if let Some(rest) = said(&[
        "/w",
        "/wk",
        "/week",
        "/s",
        "/sem",
        "/semana",
        "per week",
        "a week",
        "por semana",
    ]) {
        (Per::Week, rest)
    } else if let Some(rest) = said(&[
        "/d", "/day", "/dia", "/día", "per day", "a day", "por dia", "por día",
    ]) {
        (Per::Day, rest)
    } else {
        return Err(Message::NotAnEffort);
    };
    let amount = amount
        .trim_end_matches(" in")
        .trim_end_matches(" en")
        .trim_end_matches(" no");
    let days = ["days", "day", "dias", "días", "d"].iter();
    let in_days = days.filter_map(|unit| amount.strip_suffix(unit)).next();
    let minutes = match in_days {
        Some(days) => number(days.trim()).map(|days| (days * f64::from(DAY)).round() as u32),
        None => time(amount),
    };
    Ok(EffortBody {
        per,
        minutes: Some(minutes.ok_or(Message::NotAnEffort)?),
        share: None,
    })
}

/// Yes or no, in the languages there are.
pub(crate) fn yes(cell: &str) -> Result<bool, Message> {
    match cell.trim().to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "x" | "si" | "sí" | "s" | "sim" | "verdadero"
        | "verdadeiro" => Ok(true),
        "no" | "n" | "false" | "0" | "nao" | "não" | "falso" => Ok(false),
        _ => Err(Message::NotYesOrNo),
    }
}

/// The words of a cell that lists some.
pub(crate) fn list(cell: &str) -> Vec<String> {
    let words = cell.split([',', ';', '\n', '|']).map(str::trim);
    words.filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// One of the values of a choice, by its name or by a word of the three languages.
pub(crate) fn one_of(
    cell: &str,
    words: &[(&'static str, &[&str])],
) -> Result<&'static str, Message> {
    let cell = cell.trim().to_lowercase();
    let is = |(name, others): &&(&'static str, &[&str])| {
        *name == cell || others.contains(&cell.as_str())
    };
    let found = words.iter().find(is).map(|(name, _)| *name);
    found.ok_or_else(|| Message::NotOneOf {
        words: words
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(", "),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn dates_are_read_however_they_are_written() {
        for text in [
            "2026-03-04",
            "2026-03-04T00:00:00Z",
            "2026-03-04 12:30",
            "2026/03/04",
            "2026.3.4",
            "04.03.2026",
            "4.3.26",
            "4/3/2026",
            "04-03-2026",
            "4 Mar 2026",
            "Mar 4, 2026",
            "4 de março de 2026",
            "4-mar-26",
            "46085",
        ] {
            assert_eq!(date(text, DateOrder::Dmy), Ok(day("2026-03-04")), "{text}");
        }
        assert_eq!(date("03/04/2026", DateOrder::Mdy), Ok(day("2026-03-04")));
        // Dots are never American.
        assert_eq!(date("03.04.2026", DateOrder::Mdy), Ok(day("2026-04-03")));
        for text in [
            "",
            "soon",
            "2026",
            "12",
            "31.02.2026",
            "4/3",
            "1/2/3/4",
            "Mar Apr 1",
            "日本",
        ] {
            assert!(date(text, DateOrder::Dmy).is_err(), "{text}");
        }
    }

    #[test]
    fn the_order_is_the_one_in_which_all_dates_exist() {
        let order = |cells: &[&str]| DateOrder::of(cells.iter().copied());
        assert_eq!(order(&["03/04/2026", "04/25/2026"]), DateOrder::Mdy);
        assert_eq!(order(&["03/04/2026", "25/04/2026"]), DateOrder::Dmy);
        assert_eq!(order(&["03/04/2026", "2026-04-25"]), DateOrder::Dmy);
    }

    #[test]
    fn hours_are_read_however_they_are_written() {
        for (text, expected) in [
            ("8", 480),
            ("7,5", 450),
            ("7.5 h", 450),
            ("8h", 480),
            ("7:30", 450),
            ("1h30", 90),
            ("1h30m", 90),
            ("90m", 90),
            ("0", 0),
            ("1.234,5", 74_070),
            ("1,234.5", 74_070),
            ("1,200", 72_000),
            ("0,125", 8),
            ("1.250", 75),
            ("37 horas", 2_220),
        ] {
            assert_eq!(minutes(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "h",
            "eight",
            "-8",
            "8x",
            "7:75",
            "1e9",
            "NaN",
            "99999999999",
        ] {
            assert_eq!(minutes(text), Err(Message::NotHours), "{text}");
        }
    }

    #[test]
    fn efforts_are_read_however_they_are_written() {
        let of = |text: &str| effort(text).map(|e| (e.per, e.minutes, e.share));
        assert_eq!(of("20h/w"), Ok((Per::Week, Some(1_200), None)));
        assert_eq!(of("20 h/sem"), Ok((Per::Week, Some(1_200), None)));
        assert_eq!(of("4h/d"), Ok((Per::Day, Some(240), None)));
        assert_eq!(of("50%"), Ok((Per::Capacity, None, Some(5_000))));
        assert_eq!(of("3d total"), Ok((Per::Total, Some(1_440), None)));
        assert_eq!(of("40h in total"), Ok((Per::Total, Some(2_400), None)));
        for text in ["", "20", "much", "%", "d total", "-5h/w"] {
            assert_eq!(effort(text), Err(Message::NotAnEffort), "{text}");
        }
        assert_eq!(share("0.5"), Ok(5_000));
        assert_eq!(share("50"), Ok(5_000));
        assert_eq!(share("1"), Ok(10_000));
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in ".{0,40}") {
            let _ = date(&text, DateOrder::Dmy);
            let _ = minutes(&text);
            let _ = effort(&text);
            let _ = share(&text);
            let _ = DateOrder::of(std::iter::once(text.as_str()));
        }

        #[test]
        fn a_date_is_read_back(days in 0..80_000i32) {
            let date_of = Date::from_days(days).unwrap();
            prop_assert_eq!(date(&date_of.to_string(), DateOrder::Mdy), Ok(date_of));
            let (y, m, d) = date_of.ymd();
            prop_assert_eq!(date(&format!("{d:02}.{m:02}.{y}"), DateOrder::Mdy), Ok(date_of));
            prop_assert_eq!(date(&format!("{m}/{d}/{y}"), DateOrder::Mdy), Ok(date_of));
        }
    }
}
