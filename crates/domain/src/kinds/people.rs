//! People.

use serde::{Deserialize, Serialize};

use super::kind::{CALENDAR_IN_USE, take_out, visit_optional};
use super::validator::MAX_LIST;
use super::{
    EntityKind, EntityRef, Identified, Kind, Names, OnDelete, Resource, Topic, Validator, entity,
};
use crate::access::Operation;
use crate::date::Date;
use crate::event::Diff;
use crate::figures::{Touched, touched};
use crate::ids::{HolidayCalendarId, PersonId, SkillId, TeamId, UserId};
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;
use crate::plan::{PersonEntry, Plan};

/// The most people a tenant may have.
pub const MAX_PEOPLE: usize = 50_000;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Person {
    #[cfg_attr(feature = "openapi", schema(value_type = Closed))]
    pub full_name: Personal<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub email: Option<Personal<String>>,
    /// The user who is this person, if they sign in.
    pub user_id: Option<UserId>,
    pub team_id: Option<TeamId>,
    pub manager_id: Option<PersonId>,
    pub employment: Employment,
    /// Instead of the tenant's.
    pub holiday_calendar_id: Option<HolidayCalendarId>,
    /// In the order of their ids; at most one a skill.
    pub skills: Vec<PersonSkill>,
    pub tags: Vec<String>,
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Closed>))]
    pub notes: Option<Personal<String>>,
    pub archived: bool,
}
entity!(
    Person,
    PersonId,
    Person,
    personal = [full_name; ? email, notes]
);

impl EntityKind for Person {
    const TOPIC: Option<Topic> = None;
    const WRITERS: &'static [Operation] = &[Operation::ManagePeople];
    const PRIVATE: &'static [(&'static str, Operation)] = &[("notes", Operation::ReadPrivateNotes)];
    const REFERS_TO: &'static [(Kind, OnDelete)] = &[
        (Kind::Member, OnDelete::Unlink),
        (Kind::Team, OnDelete::Unlink),
        (Kind::Skill, OnDelete::Unlink),
        (Kind::Person, OnDelete::Unlink),
        (Kind::HolidayCalendar, OnDelete::Restrict(CALENDAR_IN_USE)),
    ];

    fn references(&self, visit: &mut dyn FnMut(EntityRef)) {
        visit_optional(Kind::Member, self.user_id, visit);
        visit_optional(Kind::Team, self.team_id, visit);
        visit_optional(Kind::Person, self.manager_id, visit);
        visit_optional(Kind::HolidayCalendar, self.holiday_calendar_id, visit);
        for skill in &self.skills {
            visit(EntityRef::new(Kind::Skill, skill.skill_id));
        }
    }

    fn unlink(&mut self, target: EntityRef) {
        let id = target.id;
        match target.kind {
            Kind::Member => take_out(&mut self.user_id, id),
            Kind::Team => take_out(&mut self.team_id, id),
            Kind::Person => take_out(&mut self.manager_id, id),
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

/// First and last day of employment, both included; open where `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Employment {
    #[serde(default)]
    pub from: Option<Date>,
    #[serde(default)]
    pub to: Option<Date>,
}

impl Employment {
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonSkill {
    pub skill_id: SkillId,
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

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PersonBody {
    pub full_name: String,
    #[serde(default)]
    pub email: Option<String>,
    /// The user who is this person; a member of the workspace.
    #[serde(default)]
    pub user_id: Option<UserId>,
    #[serde(default)]
    pub team_id: Option<TeamId>,
    #[serde(default)]
    pub manager_id: Option<PersonId>,
    #[serde(default)]
    pub employment: Employment,
    #[serde(default)]
    pub holiday_calendar_id: Option<HolidayCalendarId>,
    #[serde(default)]
    pub skills: Vec<PersonSkillBody>,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Seen by admins and resource managers only.
    #[serde(default)]
    pub notes: Option<String>,
    #[serde(default)]
    pub archived: bool,
}

/// A skill by its id or its name, with the level from 1 (learning) to 5 (expert).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PersonSkillBody {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_id: Option<SkillId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill: Option<String>,
    pub level: SkillLevel,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PersonView {
    #[serde(flatten)]
    pub identified: Identified,
    /// The latest job title.
    pub job_title: Option<String>,
    #[serde(flatten)]
    pub body: PersonBody,
}

impl PersonView {
    #[must_use]
    pub fn of(plan: &Plan, entry: &PersonEntry) -> PersonView {
        let mut body = entry.person.body();
        for skill in &mut body.skills {
            let record = skill.skill_id.and_then(|id| plan.skills().get(&id));
            skill.skill = record.map(|r| r.value.name.clone());
        }
        PersonView {
            identified: Identified {
                id: entry.id.0,
                version: entry.version,
            },
            job_title: entry.last_title().map(str::to_owned),
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
            team_id: self.team_id,
            manager_id: self.manager_id,
            employment: self.employment,
            holiday_calendar_id: self.holiday_calendar_id,
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

    fn build(body: PersonBody, id: PersonId, before: Option<&Self>, d: &mut Validator<'_>) -> Self {
        d.known_team("/team_id", body.team_id);
        d.known_person("/manager_id", body.manager_id);
        if body.manager_id == Some(id) {
            d.wrong("/manager_id", "nobody is their own manager");
        }
        d.known_calendar("/holiday_calendar_id", body.holiday_calendar_id);
        known_user(&body, id, before, d);
        if let Employment {
            from: Some(from),
            to: Some(to),
        } = body.employment
            && to < from
        {
            d.wrong("/employment/to", "must not lie before the start");
        }
        let full_name = d.name("/full_name", &body.full_name);
        let email = d.email("/email", body.email.as_deref());
        let notes = d.note("/notes", body.notes.as_deref());
        Person {
            full_name: d.personal(full_name, before.map(|b| &b.full_name)),
            email: d.optional_personal(email, before.map(|b| &b.email)),
            user_id: body.user_id,
            team_id: body.team_id,
            manager_id: body.manager_id,
            employment: body.employment,
            holiday_calendar_id: body.holiday_calendar_id,
            skills: skills(&body.skills, d),
            tags: d.tags("/tags", &body.tags),
            notes: d.optional_personal(notes, before.map(|b| &b.notes)),
            archived: body.archived,
        }
    }

    fn view(plan: &Plan, id: PersonId) -> Option<PersonView> {
        let entry = plan.people().get(&id)?;
        Some(PersonView::of(plan, entry))
    }

    fn hide(view: &mut PersonView, _: &str) {
        view.body.notes = None;
    }

    fn of_person(view: &PersonView) -> Option<uuid::Uuid> {
        Some(view.identified.id)
    }
}

/// A user is at most one person of a plan, and a member of it.
fn known_user(body: &PersonBody, id: PersonId, before: Option<&Person>, d: &mut Validator<'_>) {
    let Some(user) = body.user_id else { return };
    if before.is_some_and(|b| b.user_id == Some(user)) {
        return;
    }
    if !d.plan.members().contains_key(&user) {
        d.wrong("/user_id", "there is no such member");
    } else if d.plan.person_of(user).is_some_and(|other| other != id) {
        d.wrong("/user_id", "another person is linked with that user");
    }
}

fn skills(bodies: &[PersonSkillBody], d: &mut Validator<'_>) -> Vec<PersonSkill> {
    if bodies.len() > MAX_LIST {
        d.wrong("/skills", format!("must have at most {MAX_LIST} entries"));
    }
    let mut skills: Vec<PersonSkill> = Vec::with_capacity(bodies.len());
    for (i, body) in bodies.iter().enumerate() {
        let known = match (body.skill_id, &body.skill) {
            (Some(id), _) => Some(id).filter(|id| d.plan.skills().contains_key(id)),
            (None, Some(name)) => d
                .plan
                .skills()
                .values()
                .find(|r| r.value.name.to_lowercase() == name.trim().to_lowercase())
                .map(|r| r.id),
            (None, None) => None,
        };
        match known {
            None => d.wrong(
                &format!("/skills/{i}/skill"),
                "there is no such skill; add it first",
            ),
            Some(skill_id) if skills.iter().any(|s| s.skill_id == skill_id) => {
                d.wrong(&format!("/skills/{i}/skill"), "the skill is there twice");
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
