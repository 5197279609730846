//! What a person's body may ask for, given who else there is and what stands.

use super::{EmploymentBody, Person, PersonBody};
use crate::date::Date;
use crate::decide::Reason;
use crate::employment::Employment;
use crate::event::Diff;
use crate::ids::{PersonId, PlacementId};
use crate::kinds::{EntityKind, Kind, Listed, Placement, Validator};
use crate::problem::Message;

/// The placement that a body asks for: of a new person from the beginning; of a change from
/// `effective_date` or today, or in place of the one of that date.
pub(super) fn place(
    body: &PersonBody,
    id: PersonId,
    before: Option<&Person>,
    d: &mut Validator<'_>,
) {
    let given = body.team_id.is_some() || body.manager_id.is_some();
    if !given && body.holiday_calendar_id.is_none() {
        if body.effective_date.is_some() {
            d.wrong("/effective_date", Message::EffectiveDateAlone);
        }
        return;
    }
    let from_the_beginning = before.is_none() || Placement::WRITES == 0;
    let date = match body.effective_date {
        Some(date) => date,
        None if from_the_beginning => Date::MIN,
        None => d.today(),
    };
    if Placement::WRITES == 0 && date != Date::MIN {
        d.refused = Some(Reason::Conflict(Message::NotWrittenYet {
            reason: "this release reads dated placements but does not write them yet: the next \
                     one does"
                .to_owned(),
        }));
        return;
    }
    let entry = d.plan.people().get(&id);
    let in_force = entry.and_then(|entry| entry.placement_record_on(date));
    let same_date = in_force.filter(|r| r.value.effective_date == date);
    let (placement_id, created_seq) = match same_date {
        Some(record) => (record.id, record.value.created_seq),
        None if date == Date::MIN => (PlacementId::from_the_beginning(id), 0),
        // It is the event after the person's own.
        None => (PlacementId(d.fresh.uuid()), d.seq + 1),
    };
    let now = in_force.map(|r| (*r.value).clone());
    let base = now.unwrap_or_else(|| Placement::nowhere(id, date, created_seq));
    let after = Placement {
        effective_date: date,
        created_seq,
        team_id: body.team_id.unwrap_or(base.team_id),
        manager_id: body.manager_id.unwrap_or(base.manager_id),
        holiday_calendar_id: body.holiday_calendar_id.unwrap_or(base.holiday_calendar_id),
        ..base.clone()
    };
    d.known_placement(&after);
    if after.says_the_same(&base) {
        return;
    }
    let clears = date == Date::MIN && after.says_the_same(&Placement::nowhere(id, date, 0));
    d.then.push(Placement::change(Diff {
        id: placement_id,
        before: same_date.map(|r| (*r.value).clone()),
        after: (!clears).then_some(after),
    }));
}

/// A user is at most one person of a plan, and a member of it.
pub(super) fn known_user(
    body: &PersonBody,
    id: PersonId,
    before: Option<&Person>,
    d: &mut Validator<'_>,
) {
    let Some(user) = body.user_id else { return };
    if before.is_some_and(|b| b.user_id == Some(user)) {
        return;
    }
    if !d.plan.members().contains_key(&user) {
        d.wrong("/user_id", Kind::Member);
    } else if d.plan.person_of(user).is_some_and(|other| other != id) {
        d.wrong("/user_id", Message::UserLinked);
    }
}

/// Nobody active has the address of somebody else who is, whatever its case.
pub(super) fn known_address(
    email: Option<&str>,
    body: &PersonBody,
    id: PersonId,
    before: Option<&Person>,
    d: &mut Validator<'_>,
) {
    let key = email.map(str::to_lowercase).filter(|_| !body.archived);
    let Some(key) = key else { return };
    if before.is_some_and(|b| b.name_key().as_ref() == Some(&key)) {
        return;
    }
    let other = d.plan.named::<Person>(&key).find(|other| *other != id);
    if let Some(entry) = other.and_then(|other| d.plan.people().get(&other)) {
        let person = entry.person.name().to_owned();
        d.wrong("/email", Message::PersonEmailTaken { person });
    }
}

/// The employment that a body asks for; of somebody who is archived by it, up to their last day.
pub(super) fn employment(
    asked: EmploymentBody,
    body: &PersonBody,
    before: Option<&Person>,
    d: &mut Validator<'_>,
) -> Employment {
    let employment = asked.build("/employment", d);
    let archives = body.archived && !before.is_some_and(|b| b.archived);
    let last_day = match body.last_day {
        Some(_) if !body.archived => {
            d.wrong("/last_day", Message::LastDayAlone);
            None
        }
        None if archives => Some(d.today()),
        given => given,
    };
    match last_day {
        Some(day) if employment.open_from().is_some() => employment.cut(day),
        _ => employment,
    }
}
