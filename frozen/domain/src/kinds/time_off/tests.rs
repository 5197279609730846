#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

use uuid::Uuid;

use super::{Portion, TimeOff, TimeOffKind, TimeOffStatus, v1};
use crate::event::Diff;
use crate::ids::{PersonId, TimeOffId};
use crate::kinds::EntityKind;

const PERSON: &str = "00000000-0000-0000-0000-00000000000a";

fn off(portion: Portion, status: TimeOffStatus) -> TimeOff {
    TimeOff {
        person_id: PersonId(Uuid::from_u128(10)),
        from: "2026-12-28".parse().unwrap(),
        to: "2026-12-31".parse().unwrap(),
        portion,
        status,
        kind: TimeOffKind::Sick,
        reason: None,
    }
}

fn created(after: TimeOff) -> Diff<TimeOff> {
    Diff {
        id: TimeOffId(Uuid::from_u128(15)),
        before: None,
        after: Some(after),
    }
}

/// An entity as version 1 has it.
fn older(minutes: &str, status: &str, reason: &str) -> String {
    format!(
        r#"{{"person_id":"{PERSON}","from":"2026-12-28","to":"2026-12-31","minutes_per_day":{minutes},"status":"{status}","kind":"sick","reason":{reason}}}"#
    )
}

/// The data of an event with these sides.
fn data(before: &str, after: &str) -> String {
    let id = TimeOffId(Uuid::from_u128(15)).0;
    format!(r#"{{"id":"{id}","before":{before},"after":{after}}}"#)
}

fn reason() -> String {
    let reference = Uuid::from_u128(1);
    format!(
        r#"{{"ref":"{reference}","commitment":"{}"}}"#,
        "ab".repeat(32)
    )
}

#[test]
fn version_1_has_whole_days_and_minutes() {
    let read = |before: &str, after: &str| TimeOff::upcast(1, &data(before, after)).unwrap();
    let (day, minutes) = (
        older("null", "approved", "null"),
        older("240", "requested", "null"),
    );
    let by_day = off(Portion::Day, TimeOffStatus::Approved);
    let by_minutes = off(Portion::Minutes(240), TimeOffStatus::Requested);
    let upcast = read("null", &day);
    assert_eq!(upcast.diff, created(by_day.clone()));
    assert!(upcast.implied.is_empty());
    let changed = read(&minutes, &day).diff;
    assert_eq!(
        (changed.before, changed.after),
        (Some(by_minutes.clone()), Some(by_day))
    );
    let deleted = read(&minutes, "null").diff;
    assert_eq!((deleted.before, deleted.after), (Some(by_minutes), None));
    // Of a version that is not its own, nothing is guessed.
    assert!(TimeOff::upcast(2, &data("null", &day)).is_err());
}

#[test]
fn what_version_1_says_comes_back_byte_for_byte() {
    for reason in ["null".to_owned(), reason()] {
        let one = older("null", "requested", &reason);
        let other = older("1", "approved", &reason);
        let none = "null".to_owned();
        for (before, after) in [(&none, &one), (&one, &other), (&other, &none)] {
            let data = data(before, after);
            let diff = TimeOff::upcast(1, &data).unwrap().diff;
            assert_eq!(v1::write(&diff).unwrap().get(), data);
            if TimeOff::WRITES == 1 {
                assert_eq!(TimeOff::downcast(&diff, &[]).unwrap().get(), data);
            }
        }
    }
}

#[test]
fn what_version_1_has_no_words_for_is_not_written_in_it() {
    use Portion::{Day, FirstHalf, Minutes, SecondHalf};
    use TimeOffStatus::{Approved, Declined, Requested};
    let not_yet = |diff: &Diff<TimeOff>| TimeOff::not_yet(diff);
    let refusal = (TimeOff::WRITES == 1).then_some(v1::NOT_YET);
    for (portion, status) in [
        (FirstHalf, Approved),
        (SecondHalf, Requested),
        (Day, Declined),
        (Minutes(60), Declined),
    ] {
        let diff = created(off(portion, status));
        assert_eq!(not_yet(&diff), refusal, "{portion:?} {status:?}");
        assert!(v1::write(&diff).is_err());
        // What a newer release wrote cannot be taken away in version 1 either.
        let gone = Diff {
            before: diff.after,
            after: None,
            ..diff
        };
        assert_eq!(not_yet(&gone), refusal);
    }
    for (portion, status) in [(Day, Approved), (Minutes(60), Requested)] {
        assert_eq!(not_yet(&created(off(portion, status))), None);
    }
}

#[test]
fn version_2_names_the_portion() {
    let written = |portion| {
        let text = serde_json::to_string(&created(off(portion, TimeOffStatus::Declined))).unwrap();
        let read = TimeOff::upcast(2, &text).unwrap().diff;
        assert_eq!(read, created(off(portion, TimeOffStatus::Declined)));
        let bytes = postcard::to_stdvec(&read).unwrap();
        assert_eq!(postcard::from_bytes::<Diff<TimeOff>>(&bytes).unwrap(), read);
        text
    };
    let plain = |portion: &str, minutes: &str| {
        let from = older(minutes, "declined", "null");
        let members = format!(r#""portion":"{portion}","minutes_per_day""#);
        data("null", &from.replace(r#""minutes_per_day""#, &members))
    };
    assert_eq!(written(Portion::Day), plain("day", "null"));
    assert_eq!(written(Portion::FirstHalf), plain("first_half", "null"));
    assert_eq!(written(Portion::SecondHalf), plain("second_half", "null"));
    assert_eq!(written(Portion::Minutes(7)), plain("minutes", "7"));
    for (portion, minutes) in [("day", "60"), ("first_half", "60"), ("minutes", "null")] {
        assert!(TimeOff::upcast(2, &plain(portion, minutes)).is_err());
    }
}
