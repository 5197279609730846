//! People.

use serde::{Deserialize, Serialize};

use super::validator::MAX_LIST;
use super::{Identified, Validator, Writable};
use crate::access::{Access, Operation};
use crate::entities::{Employment, Person, PersonSkill, SkillLevel};
use crate::ids::{HolidayCalendarId, PersonId, SkillId, TeamId, UserId};
use crate::plan::{PersonEntry, Plan, Version};
use crate::redact::Redact;

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

impl Redact for PersonView {
    fn redact(mut self, access: &Access) -> Option<Self> {
        if !access.may(Operation::ReadPrivateNotes) {
            self.body.notes = None;
        }
        Some(self)
    }
}

impl Writable for Person {
    type Body = PersonBody;

    fn find(plan: &Plan, id: PersonId) -> Option<(Version, &Person)> {
        plan.people().get(&id).map(|p| (p.version, &*p.person))
    }

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
