//! A log with every type of event.

use raally_domain::event::{Actor, Change, Diff, StepKind};
use raally_domain::ids::{HistoryId, PersonalRef, UserId};
use raally_domain::kinds::{History, Kind, Role};
use raally_domain::personal::Personal;
use raally_domain::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Tenant;

/// A tenant in which every kind of entity was created, changed and deleted.
#[must_use]
pub fn eventful() -> Tenant {
    let mut t = Tenant::new();
    let holidays = json!([
        {"date": "2026-12-25", "name": "Natal"},
        {"date": "2026-12-24", "name": "Véspera", "half": true},
        {"date": "2026-12-19", "name": "Ponte", "works_as": "thursday"},
    ]);
    let calendar = create(
        &mut t,
        Kind::HolidayCalendar,
        json!({"name": "Portugal", "holidays": holidays}),
    );
    let settings = json!({
        "holiday_calendar_id": calendar, "tolerance_minutes": 30,
        "default_week": [
            {"effective_date": "1970-01-01", "weekly_minutes": 2400},
            {"effective_date": "2026-12-07", "cycle": [[480, 480, 480, 480, 360, 0, 0], [480, 480, 480, 480, 420, 0, 0]]},
        ],
    });
    update(&mut t, Kind::Settings, Uuid::nil(), settings);
    let user = Uuid::from_u128(0xcafe);
    t.join(UserId(user), Role::Member);
    let team = create(&mut t, Kind::Team, json!({"name": "Web"}));
    let skill = create(&mut t, Kind::Skill, json!({"name": "React"}));
    let ana = create(
        &mut t,
        Kind::Person,
        json!({
            "full_name": "Ana Souza", "email": "ana@acme.test", "user_id": user, "team_id": team,
            "employment": {"from": "2020-01-01", "to": null}, "skills": [{"skill": "react", "level": 4}],
            "tags": ["core"], "notes": "Prefers mornings", "holiday_calendar_id": calendar,
        }),
    );
    let ben = create(
        &mut t,
        Kind::Person,
        json!({"full_name": "Ben", "manager_id": ana}),
    );
    let title = create(
        &mut t,
        Kind::JobTitle,
        json!({"person_id": ana, "title": "Designer", "effective_date": "2020-01-01"}),
    );
    let weekly = create(
        &mut t,
        Kind::Availability,
        json!({"person_id": ana, "effective_date": "2020-01-01", "weekly_minutes": 2400}),
    );
    let pay = create(
        &mut t,
        Kind::Compensation,
        json!({
            "person_id": ana, "effective_date": "2020-01-01", "type": "hourly",
            "amount": {"amount": 4200, "currency": "EUR"}, "paid_time_off_days": 22, "other_benefits": "Bicycle",
        }),
    );
    let apollo = create(
        &mut t,
        Kind::Project,
        json!({
            "name": "Apollo", "code": "APO", "client": "NASA", "type": "managed-project", "owner_id": ana,
            "budget": {"minutes": 60000, "money": {"amount": 100, "currency": "EUR"}},
            "phases": [{"name": "Launch", "from": "2026-01-01", "to": "2026-03-31"}],
            "milestones": [{"name": "Landing", "date": "2026-07-20"}], "tags": ["space"], "notes": "Go",
        }),
    );
    let wanted = create(
        &mut t,
        Kind::Placeholder,
        json!({"title": "Developer", "team_id": team}),
    );
    let efforts = [
        json!({"per": "week", "minutes": 1200}),
        json!({"per": "day", "minutes": 240}),
        json!({"per": "capacity", "share": 5000}),
        json!({"per": "total", "minutes": 4800}),
    ];
    let mut bookings = Vec::new();
    for effort in efforts {
        bookings.push(create(
            &mut t,
            Kind::Assignment,
            json!({
                "person_id": ana, "project_id": apollo, "start": "2026-11-23", "end": "2026-12-31",
                "effort": effort, "notes": "Kick-off", "role": "developer", "billable": false,
                "location": "Lisbon",
            }),
        ));
    }
    bookings.push(create(&mut t, Kind::Assignment, json!({
        "placeholder_id": wanted, "project_id": apollo, "start": "2026-11-23", "status": "tentative",
        "effort": {"per": "day", "minutes": 240}, "weekdays": ["tue", "thu"], "include_non_working": true,
    })));
    let off = create(
        &mut t,
        Kind::TimeOff,
        json!({
            "person_id": ana, "from": "2026-12-28", "to": "2026-12-31", "minutes_per_day": 240, "reason": "Family",
        }),
    );
    for (resource, id, patch) in [
        (Kind::HolidayCalendar, calendar, json!({"name": "Brasil"})),
        (Kind::Member, user, json!({"role": "viewer"})),
        (Kind::Team, team, json!({"name": "Apps"})),
        (Kind::Skill, skill, json!({"name": "TypeScript"})),
        (
            Kind::Person,
            ana,
            json!({"full_name": "Ana Silva", "archived": true}),
        ),
        (Kind::JobTitle, title, json!({"title": "Lead"})),
        (
            Kind::Availability,
            weekly,
            json!({"cycle": [[480, 480, 480, 480, 480, 0, 0], [480, 480, 480, 480, 0, 0, 0]]}),
        ),
        (Kind::Compensation, pay, json!({"type": "salaried"})),
        (
            Kind::Project,
            apollo,
            json!({"status": "tentative", "from": "2026-01-05", "to": "2027-06-30"}),
        ),
        (Kind::Placeholder, wanted, json!({"title": "Engineer"})),
        (Kind::Assignment, bookings[0], json!({"person_id": ben})),
        (Kind::TimeOff, off, json!({"status": "requested"})),
    ] {
        update(&mut t, resource, id, patch);
    }
    let history = Change::from(Diff {
        id: HistoryId(Uuid::from_u128(0x415)),
        before: None,
        after: Some(History {
            entity: "person".to_owned(),
            entity_id: ana.to_string(),
            action: "create".to_owned(),
            actor_email: Some(Personal::new(
                "old@acme.test".to_owned(),
                PersonalRef(Uuid::from_u128(1)),
                [1; 16],
            )),
            at: Timestamp::from_micros(1_600_000_000_000_000),
            values: Personal::new("{}".to_owned(), PersonalRef(Uuid::from_u128(2)), [2; 16]),
        }),
    });
    t.append(
        &Actor::System("import".to_owned()),
        StepKind::Import,
        vec![history.clone()],
    );
    for id in bookings {
        t.delete(Kind::Assignment, id).unwrap();
    }
    if Kind::Placement.versions().1 > 0 {
        let moved = create(
            &mut t,
            Kind::Placement,
            json!({"person_id": ben, "effective_date": "2026-12-01", "team_id": team}),
        );
        update(&mut t, Kind::Placement, moved, json!({"manager_id": ana}));
        t.delete(Kind::Placement, moved).unwrap();
    }
    for (resource, id) in [
        (Kind::TimeOff, off),
        (Kind::Placeholder, wanted),
        (Kind::Project, apollo),
        (Kind::Compensation, pay),
        (Kind::Availability, weekly),
        (Kind::JobTitle, title),
        (Kind::Person, ben),
        (Kind::Person, ana),
        (Kind::Skill, skill),
        (Kind::Team, team),
        (Kind::Member, user),
    ] {
        t.delete(resource, id).unwrap();
    }
    update(
        &mut t,
        Kind::Settings,
        Uuid::nil(),
        json!({"holiday_calendar_id": null}),
    );
    t.delete(Kind::HolidayCalendar, calendar).unwrap();
    t.append(
        &Actor::System("import".to_owned()),
        StepKind::Import,
        vec![history.inverse()],
    );
    if Kind::Client.versions().1 == 0 {
        return t;
    }
    let client = create(&mut t, Kind::Client, json!({"name": "ESA", "notes": "Go"}));
    update(&mut t, Kind::Client, client, json!({"archived": true}));
    t.delete(Kind::Client, client).unwrap();
    t
}

fn create(t: &mut Tenant, resource: Kind, body: Value) -> Uuid {
    t.create(resource, body).unwrap()
}

fn update(t: &mut Tenant, resource: Kind, id: Uuid, patch: Value) {
    t.update(resource, id, patch).unwrap();
}
