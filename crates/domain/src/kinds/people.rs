//! People.

mod v1;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::employment::EmploymentBody;
use super::kind::{take_out, visit_optional};
use super::validator::MAX_LIST;
use super::{
    EntityKind, EntityRef, Identified, Kind, Listed, Names, OnDelete, Placement, Resource, Skill,
    Topic, Upcast, Validator, entity, merge_patch,
};
use crate::access::Operation;
use crate::date::Date;
use crate::employment::Employment;
use crate::event::{Change, Diff};
use crate::figures::{Touched, touched};
use crate::ids::{HolidayCalendarId, PersonId, PlacementId, SkillId, TeamId, UserId};
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::plan::{PersonEntry, Plan};
use crate::problem::Message;

/// The most people a tenant may have.
pub const MAX_PEOPLE: usize = 50_000;

/// Somebody whose time is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    /// What they are called.
    #[cfg_attr(feature = "openapi", schema(value_type = Closed))]
    pub full_name: Personal<String>,
    /// Where mail reaches them.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub email: Option<Personal<String>>,
    /// The user who is this person, if they sign in.
    pub user_id: Option<UserId>,
    /// The days on which they have capacity.
    pub employment: Employment,
    /// In the order of their ids; at most one a skill.
    pub skills: Vec<PersonSkill>,
    /// Words by which they are found, each once.
    pub tags: Vec<String>,
    /// Notes, of several lines.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub notes: Option<Personal<String>>,
    /// Whether they are out of the way; what they did stays.
    pub archived: bool,
}
entity!(
    Person,
    PersonId,
    Person,
    personal = [full_name; ? email, notes]
);

impl EntityKind for Person {
    const READS: u32 = 2;
    const WRITES: u32 = 2;

    fn upcast(version: u32, data: &str) -> Result<Upcast<Person>, serde_json::Error> {
        match version {
            1 => v1::upcast(data),
            _ => Ok(Upcast::plain(serde_json::from_str(data)?)),
        }
    }

    fn downcast(
        diff: &Diff<Person>,
        implied: &[Change],
    ) -> Result<Box<RawValue>, serde_json::Error> {
        v1::downcast(diff, implied)
    }

    fn not_yet(diff: &Diff<Person>) -> Option<&'static str> {
        let spans = diff.after.as_ref().and_then(|p| p.employment.as_spans());
        spans.filter(|spans| spans.len() != 1).map(|_| {
            "this release reads several spans of employment but does not write them yet: the \
             next one does"
        })
    }

    #[cfg(feature = "openapi")]
    fn written_schema() -> crate::schema::Described {
        match Self::WRITES {
            1 => crate::schema::Described::of::<v1::PersonV1>(),
            _ => crate::schema::Described::of::<Self>(),
        }
    }

    fn implied(diff: &Diff<Person>, before: &Plan, after: &Plan) -> Vec<Change> {
        v1::placement(diff.id, before, after)
    }

    const TOPIC: Option<Topic> = None;
    const WRITERS: &'static [Operation] = &[Operation::ManagePeople];
    const PRIVATE: &'static [(&'static str, Operation)] = &[("notes", Operation::ReadPrivateNotes)];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[
        (Kind::Member, OnDelete::Unlink),
        (Kind::Skill, OnDelete::Unlink),
    ];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit_optional(Kind::Member, self.user_id, visit);
        for skill in &self.skills {
            visit(EntityRef::new(Kind::Skill, skill.skill_id));
        }
    }

    fn unlink(&mut self, target: EntityRef) {
        let id = target.id;
        match target.kind {
            Kind::Member => take_out(&mut self.user_id, id),
            Kind::Skill => self.skills.retain(|s| s.skill_id.0 != id),
            _ => {}
        }
    }

    fn label(&self, _: PersonId, _: &Names<'_>) -> String {
        self.name().to_owned()
    }

    fn touched(diff: &Diff<Person>, _: &Plan) -> Vec<Touched> {
        touched::person(diff)
    }
}

impl Person {
    /// The name, or an empty text where it has been erased.
    #[must_use]
    pub fn name(&self) -> &str {
        self.full_name.get().map_or("", String::as_str)
    }
}

/// What somebody can do, and how well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonSkill {
    /// Which skill.
    pub skill_id: SkillId,
    /// How well, from 1 to 5.
    pub level: SkillLevel,
}

/// 1 (learning) to 5 (expert).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(try_from = "u8", into = "u8")]
#[cfg_attr(feature = "openapi", schema(value_type = u8, minimum = 1, maximum = 5))]
pub struct SkillLevel(u8);

impl TryFrom<u8> for SkillLevel {
    type Error = &'static str;
    fn try_from(level: u8) -> Result<Self, Self::Error> {
        if (1..=5).contains(&level) {
            Ok(SkillLevel(level))
        } else {
            Err("must be 1 to 5")
        }
    }
}

impl From<SkillLevel> for u8 {
    fn from(level: SkillLevel) -> u8 {
        level.0
    }
}

/// A person as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    /// What they are called, in one line.
    pub full_name: String,
    /// Where mail reaches them.
    #[serde(default)]
    pub email: Option<String>,
    /// The user who is this person; a member of the workspace.
    #[serde(default)]
    pub user_id: Option<UserId>,
    /// With the two below: where a new person is placed from the beginning; of a change, a
    /// placement from today or from `effective_date`. What is not given stays as it is then.
    #[serde(default, with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<TeamId>))]
    pub team_id: Option<Option<TeamId>>,
    /// Who leads them today; `null` takes it out, missing leaves it.
    #[serde(default, with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<PersonId>))]
    pub manager_id: Option<Option<PersonId>>,
    /// Instead of the tenant's.
    #[serde(default, with = "given", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<HolidayCalendarId>))]
    pub holiday_calendar_id: Option<Option<HolidayCalendarId>>,
    /// From when on a changed team, manager or holiday calendar holds. An instruction, not a
    /// field: no answer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_date: Option<Date>,
    /// The days on which they have capacity; always where it is missing.
    #[serde(default)]
    pub employment: EmploymentBody,
    /// What they can do, each skill once.
    #[serde(default)]
    pub skills: Vec<PersonSkillBody>,
    /// Words by which they are found; each counts once.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Seen by admins and resource managers only.
    #[serde(default)]
    pub notes: Option<String>,
    /// Whether they are out of the way.
    #[serde(default)]
    pub archived: bool,
}

/// A skill by its id or its name, with the level from 1 (learning) to 5 (expert).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PersonSkillBody {
    /// Which skill, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_id: Option<SkillId>,
    /// Which skill, by its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    /// How well, from 1 to 5.
    pub level: SkillLevel,
}

/// A person as the API shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonView {
    /// Their id and version.
    #[serde(flatten)]
    pub identified: Identified,
    /// The job title in force on that day, as team, manager and holiday calendar are.
    pub job_title: Option<String>,
    /// The body that would write them.
    #[serde(flatten)]
    pub body: PersonBody,
}

impl PersonView {
    /// A person with what is in force on that day.
    #[must_use]
    pub fn of(plan: &Plan, entry: &PersonEntry, on: Date) -> PersonView {
        let mut body = entry.person.body();
        for skill in &mut body.skills {
            let record = skill.skill_id.and_then(|id| plan.skills().get(&id));
            skill.skill = record.map(|r| r.value.name.clone());
        }
        let placement = entry.placement_on(on);
        body.team_id = Some(placement.and_then(|p| p.team_id));
        body.manager_id = Some(placement.and_then(|p| p.manager_id));
        body.holiday_calendar_id = Some(placement.and_then(|p| p.holiday_calendar_id));
        PersonView {
            identified: Identified {
                id: entry.id.0,
                version: entry.version,
            },
            job_title: entry.title_on(on).map(str::to_owned),
            body,
        }
    }
}

impl Resource for Person {
    type Body = PersonBody;
    type View = PersonView;

    const NOUN: &'static str = "person";
    const MOST: Option<(usize, &'static str)> = Some((MAX_PEOPLE, "people"));

    fn body(&self) -> PersonBody {
        PersonBody {
            full_name: self.name().to_owned(),
            email: self.email.as_ref().and_then(|v| v.get().cloned()),
            user_id: self.user_id,
            team_id: None,
            manager_id: None,
            holiday_calendar_id: None,
            effective_date: None,
            employment: EmploymentBody::of(&self.employment),
            skills: self
                .skills
                .iter()
                .map(|s| PersonSkillBody {
                    skill_id: Some(s.skill_id),
                    skill: None,
                    level: s.level,
                })
                .collect(),
            tags: self.tags.clone(),
            notes: self.notes.as_ref().and_then(|v| v.get().cloned()),
            archived: self.archived,
        }
    }

    fn merge(current: Value, patch: &Value) -> Value {
        let employment = EmploymentBody::patched(&current, patch);
        let mut merged = merge_patch(current, patch);
        if let (Some(employment), Some(members)) = (employment, merged.as_object_mut()) {
            members.insert("employment".to_owned(), employment);
        }
        // What is cleared is given, and what is not given stays as it is.
        for field in PLACED {
            if let (Some(given), Some(members)) = (patch.get(field), merged.as_object_mut()) {
                members.insert(field.to_owned(), given.clone());
            }
        }
        merged
    }

    fn build(body: PersonBody, id: PersonId, before: Option<&Self>, d: &mut Validator<'_>) -> Self {
        known_user(&body, id, before, d);
        place(&body, id, before, d);
        let full_name = d.name("/full_name", &body.full_name);
        let email = d.email("/email", body.email.as_deref());
        let notes = d.note("/notes", body.notes.as_deref());
        Person {
            full_name: d.personal(full_name, before.map(|b| &b.full_name)),
            email: d.optional_personal(email, before.map(|b| &b.email)),
            user_id: body.user_id,
            employment: body.employment.build("/employment", d),
            skills: skills(&body.skills, d),
            tags: d.tags("/tags", &body.tags),
            notes: d.optional_personal(notes, before.map(|b| &b.notes)),
            archived: body.archived,
        }
    }

    fn view(plan: &Plan, id: PersonId, on: Date) -> Option<PersonView> {
        let entry = plan.people().get(&id)?;
        Some(PersonView::of(plan, entry, on))
    }

    fn hide(view: &mut PersonView, _: &str) {
        view.body.notes = None;
    }

    fn of_person(view: &PersonView) -> Option<uuid::Uuid> {
        Some(view.identified.id)
    }
}

/// The fields of a body that a placement holds.
const PLACED: [&str; 3] = ["team_id", "manager_id", "holiday_calendar_id"];

/// The placement that a body asks for: of a new person from the beginning; of a change from
/// `effective_date` or today, or in place of the one of that date.
fn place(body: &PersonBody, id: PersonId, before: Option<&Person>, d: &mut Validator<'_>) {
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
        d.refused = Some(Message::NotWrittenYet {
            reason: "this release reads dated placements but does not write them yet: the next \
                     one does"
                .to_owned(),
        });
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

/// Reads a member that is there, `null` or not, as `Some`.
mod given {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value
            .as_ref()
            .and_then(Option::as_ref)
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}

/// A user is at most one person of a plan, and a member of it.
fn known_user(body: &PersonBody, id: PersonId, before: Option<&Person>, d: &mut Validator<'_>) {
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

fn skills(bodies: &[PersonSkillBody], d: &mut Validator<'_>) -> Vec<PersonSkill> {
    if bodies.len() > MAX_LIST {
        d.wrong("/skills", Message::TooMany { most: MAX_LIST });
    }
    let mut skills: Vec<PersonSkill> = Vec::with_capacity(bodies.len());
    for (i, body) in bodies.iter().enumerate() {
        let known = match (body.skill_id, &body.skill) {
            (Some(id), _) => Some(id).filter(|id| d.plan.skills().contains_key(id)),
            (None, Some(name)) => {
                let name = name.trim().to_lowercase();
                d.plan.named::<Skill>(&name).next()
            }
            (None, None) => None,
        };
        match known {
            None => d.wrong(&format!("/skills/{i}/skill"), Message::SkillToAdd),
            Some(skill_id) if skills.iter().any(|s| s.skill_id == skill_id) => {
                d.wrong(&format!("/skills/{i}/skill"), Message::SkillTwice);
            }
            Some(skill_id) => skills.push(PersonSkill {
                skill_id,
                level: body.level,
            }),
        }
    }
    skills.sort();
    skills
}
