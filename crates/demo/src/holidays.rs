//! Public holidays of the countries in which the demo company has offices.

use raally_domain::date::Date;
use raally_domain::kinds::{Holiday, HolidayCalendar};

/// How a holiday's date is found.
enum On {
    /// Month and day.
    Day(i8, i8),
    /// Days after Easter Sunday.
    Easter(i32),
    /// The n-th weekday (0 for Monday) of a month; -1 for the last.
    Nth(i32, usize, i8),
}
use On::{Day, Easter, Nth};

type Rule = (On, &'static str, bool);

pub(crate) struct Country {
    pub(crate) name: &'static str,
    rules: &'static [Rule],
}

pub(crate) const COUNTRIES: [Country; 6] = [
    Country {
        name: "Portugal",
        rules: &[
            (Day(1, 1), "Ano Novo", false),
            (Easter(-2), "Sexta-feira Santa", false),
            (Day(4, 25), "Dia da Liberdade", false),
            (Day(5, 1), "Dia do Trabalhador", false),
            (Easter(60), "Corpo de Deus", false),
            (Day(6, 10), "Dia de Portugal", false),
            (Day(8, 15), "Assunção de Nossa Senhora", false),
            (Day(10, 5), "Implantação da República", false),
            (Day(11, 1), "Todos os Santos", false),
            (Day(12, 1), "Restauração da Independência", false),
            (Day(12, 8), "Imaculada Conceição", false),
            (Day(12, 24), "Véspera de Natal", true),
            (Day(12, 25), "Natal", false),
        ],
    },
    Country {
        name: "Brazil",
        rules: &[
            (Day(1, 1), "Confraternização Universal", false),
            (Easter(-48), "Carnaval", false),
            (Easter(-47), "Carnaval", false),
            (Easter(-46), "Quarta-feira de Cinzas", true),
            (Easter(-2), "Paixão de Cristo", false),
            (Day(4, 21), "Tiradentes", false),
            (Day(5, 1), "Dia do Trabalho", false),
            (Easter(60), "Corpus Christi", false),
            (Day(9, 7), "Independência do Brasil", false),
            (Day(10, 12), "Nossa Senhora Aparecida", false),
            (Day(11, 2), "Finados", false),
            (Day(11, 15), "Proclamação da República", false),
            (Day(11, 20), "Dia da Consciência Negra", false),
            (Day(12, 25), "Natal", false),
        ],
    },
    Country {
        name: "Spain",
        rules: &[
            (Day(1, 1), "Año Nuevo", false),
            (Day(1, 6), "Epifanía del Señor", false),
            (Easter(-2), "Viernes Santo", false),
            (Day(5, 1), "Fiesta del Trabajo", false),
            (Day(8, 15), "Asunción de la Virgen", false),
            (Day(10, 12), "Fiesta Nacional", false),
            (Day(11, 1), "Todos los Santos", false),
            (Day(12, 6), "Día de la Constitución", false),
            (Day(12, 8), "Inmaculada Concepción", false),
            (Day(12, 25), "Navidad", false),
        ],
    },
    Country {
        name: "Germany",
        rules: &[
            (Day(1, 1), "Neujahr", false),
            (Easter(-2), "Karfreitag", false),
            (Easter(1), "Ostermontag", false),
            (Day(5, 1), "Tag der Arbeit", false),
            (Easter(39), "Christi Himmelfahrt", false),
            (Easter(50), "Pfingstmontag", false),
            (Day(10, 3), "Tag der Deutschen Einheit", false),
            (Day(12, 24), "Heiligabend", true),
            (Day(12, 25), "1. Weihnachtstag", false),
            (Day(12, 26), "2. Weihnachtstag", false),
            (Day(12, 31), "Silvester", true),
        ],
    },
    Country {
        name: "United States",
        rules: &[
            (Day(1, 1), "New Year's Day", false),
            (Nth(3, 0, 1), "Martin Luther King Jr. Day", false),
            (Nth(3, 0, 2), "Presidents' Day", false),
            (Nth(-1, 0, 5), "Memorial Day", false),
            (Day(6, 19), "Juneteenth", false),
            (Day(7, 4), "Independence Day", false),
            (Nth(1, 0, 9), "Labor Day", false),
            (Nth(4, 3, 11), "Thanksgiving", false),
            (Day(12, 24), "Christmas Eve", true),
            (Day(12, 25), "Christmas Day", false),
        ],
    },
    Country {
        name: "India",
        rules: &[
            (Day(1, 26), "Republic Day", false),
            (Easter(-2), "Good Friday", false),
            (Day(5, 1), "Labour Day", false),
            (Day(8, 15), "Independence Day", false),
            (Day(10, 2), "Gandhi Jayanti", false),
            (Day(12, 25), "Christmas", false),
        ],
    },
];

impl Country {
    /// The holidays of those years; where two fall on one day, the first named.
    pub(crate) fn calendar(&self, years: std::ops::RangeInclusive<i16>) -> HolidayCalendar {
        let mut holidays: Vec<Holiday> = Vec::new();
        for year in years {
            for (on, name, half) in self.rules {
                let Some(date) = on.date(year) else { continue };
                if holidays.iter().all(|h| h.date != date) {
                    holidays.push(Holiday {
                        date,
                        name: (*name).to_owned(),
                        half: *half,
                        works_as: None,
                    });
                }
            }
        }
        holidays.sort_by_key(|h| h.date);
        HolidayCalendar {
            name: self.name.to_owned(),
            holidays,
        }
    }
}

impl On {
    fn date(&self, year: i16) -> Option<Date> {
        match *self {
            Day(month, day) => Date::from_ymd(year, month, day).ok(),
            Easter(days) => Some(easter(year)?.plus(days)),
            Nth(n, weekday, month) => nth(n, weekday, year, month),
        }
    }
}

fn nth(n: i32, weekday: usize, year: i16, month: i8) -> Option<Date> {
    let to_weekday = |from: Date| {
        let days = (weekday + 7 - from.weekday()) % 7;
        from.plus(i32::try_from(days).unwrap_or(0))
    };
    if n > 0 {
        let first = to_weekday(Date::from_ymd(year, month, 1).ok()?);
        return Some(first.plus((n - 1) * 7));
    }
    let next_month = match month {
        12 => Date::from_ymd(year + 1, 1, 1),
        _ => Date::from_ymd(year, month + 1, 1),
    };
    Some(to_weekday(next_month.ok()?.plus(-7)))
}

/// Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: i16) -> Option<Date> {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let month = (h + l - 7 * m + 114) / 31;
    let day = (h + l - 7 * m + 114) % 31 + 1;
    Date::from_ymd(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_church_has_it() {
        for (year, date) in [
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2026, "2026-04-05"),
        ] {
            assert_eq!(easter(year).unwrap().to_string(), date);
        }
    }

    #[test]
    fn holidays_fall_on_the_days_they_are_celebrated() {
        let of = |country: usize, name: &str| {
            let calendar = COUNTRIES[country].calendar(2026..=2026);
            let found = calendar.holidays.iter().find(|h| h.name == name);
            found.unwrap().date.to_string()
        };
        assert_eq!(of(4, "Thanksgiving"), "2026-11-26");
        assert_eq!(of(4, "Memorial Day"), "2026-05-25");
        assert_eq!(of(4, "Labor Day"), "2026-09-07");
        assert_eq!(of(3, "Pfingstmontag"), "2026-05-25");
        assert_eq!(of(1, "Carnaval"), "2026-02-16");
        for country in &COUNTRIES {
            let calendar = country.calendar(2024..=2029);
            assert!(calendar.holidays.is_sorted_by(|a, b| a.date < b.date));
        }
    }
}
