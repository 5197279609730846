//! People.

mod rules;
mod v1;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::employment::EmploymentBody;
use super::kind::{take_out, visit_optional};
use super::validator::MAX_LIST;
use super::{
    EntityKind, EntityRef, Identified, Kind, Names, OnDelete, Resource, Skill, Topic, Upcast,
    Validator, entity, merge_patch,
};
use crate::access::Operation;
use crate::date::Date;
use crate::employment::Employment;
use crate::event::{Change, Diff};
use crate::figures::{Touched, touched};
use crate::ids::{HolidayCalendarId, PersonId, SkillId, TeamId, UserId};
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

    /// Active people are found by their addresses, whatever the case.
    const NAMED: bool = true;

    fn name_key(&self) -> Option<String> {
        let email = self.email.as_ref().filter(|_| !self.archived);
        email?.get().map(|email| email.to_lowercase())
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
    #[cfg_attr(feature = "openapi", schema(write_only))]
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
    /// Whether they are out of the way. Archiving somebody ends an open employment, and brings
    /// nobody new work; bringing them back does not open it again.
    #[serde(default)]
    pub archived: bool,
    /// With `archived`: the day on which an open employment ends, the workspace's current day
    /// where it is missing. An instruction, not a field: no answer shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(write_only))]
    pub last_day: Option<Date>,
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
            last_day: None,
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
        rules::known_user(&body, id, before, d);
        rules::place(&body, id, before, d);
        let full_name = d.name("/full_name", &body.full_name);
        let email = d.email("/email", body.email.as_deref());
        rules::known_address(email.as_deref(), &body, id, before, d);
        let notes = d.note("/notes", body.notes.as_deref());
        Person {
            full_name: d.personal(full_name, before.map(|b| &b.full_name)),
            email: d.optional_personal(email, before.map(|b| &b.email)),
            user_id: body.user_id,
            employment: rules::employment(body.employment.clone(), &body, before, d),
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
