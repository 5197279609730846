//! Entities as sets of named fields: those that the first Raally knew. Three values of an entity
//! can then be compared field by field, whichever kind it is.

use std::collections::BTreeMap;

use raally_domain::date::Date;
use raally_domain::effort::Effort;
use raally_domain::employment::Employment;
use raally_domain::ids::{PersonId, PersonalRef};
use raally_domain::kinds::{
    Assignment, Availability, Compensation, Entity, IdSource, JobTitle, Member, Owner, Pay, Person,
    Project, ProjectColour, Settings,
};
use raally_domain::pattern::Pattern;
use raally_domain::personal::Personal;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Values by the names of their fields.
pub(crate) type Fields = BTreeMap<&'static str, Value>;

/// What stands where a personal value has been erased: it is never written again.
pub(crate) fn erased() -> Value {
    json!({ "erased": true })
}

/// What building an entity needs beside its fields.
pub(crate) struct Make<'a> {
    pub(crate) fresh: &'a mut dyn IdSource,
    /// The sequence number that its event will have.
    pub(crate) seq: u64,
    /// How many projects there are: a new one gets the next colour.
    pub(crate) projects: usize,
}

/// An entity that the first Raally had.
pub(crate) trait Legacy: Entity {
    fn fields(&self) -> Fields;

    /// The entity with these fields; what the first Raally did not know stays as it was before.
    fn with_fields(
        fields: &Fields,
        before: Option<&Self>,
        make: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error>;
}

fn get<T: DeserializeOwned>(fields: &Fields, name: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(fields.get(name).cloned().unwrap_or(Value::Null))
}

pub(crate) fn value(of: impl Serialize) -> Value {
    serde_json::to_value(of).expect("fields are plain data")
}

fn opened<T: Serialize>(personal: &Personal<T>) -> Value {
    personal.get().map_or_else(erased, value)
}

/// A personal value: the one before where it is still the same (or erased), else a fresh one.
fn personal<T>(
    given: &Value,
    before: Option<&Personal<T>>,
    make: &mut Make<'_>,
) -> Result<Personal<T>, serde_json::Error>
where
    T: Serialize + DeserializeOwned + Clone,
{
    match before {
        Some(before) if opened(before) == *given => Ok(before.clone()),
        _ => {
            let value: T = serde_json::from_value(given.clone())?;
            let reference = PersonalRef(make.fresh.uuid());
            Ok(Personal::new(value, reference, make.fresh.salt()))
        }
    }
}

impl Legacy for Settings {
    fn fields(&self) -> Fields {
        Fields::from([
            ("name", value(&self.name)),
            ("slug", value(&self.slug)),
            ("accent", value(&self.accent)),
            ("logo_url", value(&self.logo_url)),
            ("background_image_url", value(&self.background_image_url)),
        ])
    }

    fn with_fields(
        f: &Fields,
        before: Option<&Self>,
        _: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error> {
        let (name, slug) = (get(f, "name")?, get(f, "slug")?);
        let base = before
            .cloned()
            .unwrap_or_else(|| Settings::new(String::new(), String::new()));
        Ok(Settings {
            name,
            slug,
            accent: get(f, "accent")?,
            logo_url: get(f, "logo_url")?,
            background_image_url: get(f, "background_image_url")?,
            ..base
        })
    }
}

impl Legacy for Member {
    fn fields(&self) -> Fields {
        Fields::from([("role", value(self.role))])
    }

    fn with_fields(
        f: &Fields,
        _: Option<&Self>,
        _: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error> {
        Ok(Member {
            role: get(f, "role")?,
        })
    }
}

impl Legacy for Person {
    fn fields(&self) -> Fields {
        Fields::from([("full_name", opened(&self.full_name))])
    }

    fn with_fields(
        f: &Fields,
        before: Option<&Self>,
        make: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error> {
        let full_name = personal(&f["full_name"], before.map(|b| &b.full_name), make)?;
        Ok(match before {
            Some(before) => Person {
                full_name,
                ..before.clone()
            },
            None => Person {
                full_name,
                email: None,
                user_id: None,
                employment: Employment::ALWAYS,
                skills: Vec::new(),
                tags: Vec::new(),
                notes: None,
                archived: false,
            },
        })
    }
}

impl Legacy for JobTitle {
    fn fields(&self) -> Fields {
        Fields::from([
            ("person_id", value(self.person_id)),
            ("title", value(&self.title)),
            ("effective_date", value(self.effective_date)),
        ])
    }

    fn with_fields(
        f: &Fields,
        before: Option<&Self>,
        make: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error> {
        Ok(JobTitle {
            person_id: get(f, "person_id")?,
            title: get(f, "title")?,
            effective_date: get(f, "effective_date")?,
            created_seq: before.map_or(make.seq, |b| b.created_seq),
        })
    }
}

/// The fields of an availability that the file holds: hours a week, as minutes.
pub(crate) fn weekly(person: PersonId, effective_date: Date, minutes: u32) -> Fields {
    Fields::from([
        ("person_id", value(person)),
        ("effective_date", value(effective_date)),
        ("hours", value(minutes)),
    ])
}

impl Legacy for Availability {
    fn fields(&self) -> Fields {
        Fields::from([
            ("person_id", value(self.person_id)),
            ("effective_date", value(self.effective_date)),
            // A week that is more than a figure was planned here.
            (
                "hours",
                self.weekly_minutes
                    .map_or_else(|| value(&self.pattern), value),
            ),
        ])
    }

    fn with_fields(
        f: &Fields,
        before: Option<&Self>,
        make: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error> {
        let effective_date: Date = get(f, "effective_date")?;
        let same_hours = before.filter(|b| b.fields()["hours"] == f["hours"]);
        let (pattern, weekly_minutes) = match same_hours {
            Some(before) => (before.pattern.clone(), before.weekly_minutes),
            None => {
                let minutes = get(f, "hours")?;
                let pattern =
                    Pattern::weekly(effective_date, minutes).map_err(serde::de::Error::custom)?;
                (pattern, Some(minutes))
            }
        };
        Ok(Availability {
            person_id: get(f, "person_id")?,
            effective_date,
            pattern,
            weekly_minutes,
            created_seq: before.map_or(make.seq, |b| b.created_seq),
        })
    }
}

impl Legacy for Compensation {
    fn fields(&self) -> Fields {
        let pay = self.pay.get();
        let of_pay = |read: &dyn Fn(&Pay) -> Value| pay.map_or_else(erased, read);
        Fields::from([
            ("person_id", value(self.person_id)),
            ("effective_date", value(self.effective_date)),
            ("type", of_pay(&|p| value(p.pay_type))),
            ("amount", of_pay(&|p| value(p.amount))),
            (
                "paid_time_off_days",
                of_pay(&|p| value(p.paid_time_off_days)),
            ),
            ("other_benefits", of_pay(&|p| value(&p.other_benefits))),
        ])
    }

    fn with_fields(
        f: &Fields,
        before: Option<&Self>,
        make: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error> {
        let gone = before.filter(|b| b.pay.get().is_none());
        let pay = match gone {
            Some(before) => before.pay.clone(),
            None => {
                let pay = Pay {
                    pay_type: get(f, "type")?,
                    amount: get(f, "amount")?,
                    paid_time_off_days: get(f, "paid_time_off_days")?,
                    other_benefits: get(f, "other_benefits")?,
                };
                personal(&value(pay), before.map(|b| &b.pay), make)?
            }
        };
        Ok(Compensation {
            person_id: get(f, "person_id")?,
            effective_date: get(f, "effective_date")?,
            pay,
            created_seq: before.map_or(make.seq, |b| b.created_seq),
        })
    }
}

impl Legacy for Project {
    fn fields(&self) -> Fields {
        Fields::from([
            ("name", value(&self.name)),
            ("code", value(&self.code)),
            ("type", value(self.project_type)),
        ])
    }

    fn with_fields(
        f: &Fields,
        before: Option<&Self>,
        make: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error> {
        let new = || Project::new(String::new(), ProjectColour::nth(make.projects));
        let before = before.cloned().unwrap_or_else(new);
        Ok(Project {
            name: get(f, "name")?,
            code: get(f, "code")?,
            project_type: get(f, "type")?,
            ..before
        })
    }
}

impl Legacy for Assignment {
    fn fields(&self) -> Fields {
        Fields::from([
            ("owner", value(self.owner)),
            ("project_id", value(self.project_id)),
            ("start", value(self.start)),
            ("end", value(self.end)),
            ("effort", value(self.effort)),
            ("role", value(&self.role)),
            ("notes", self.notes.as_ref().map_or(Value::Null, opened)),
        ])
    }

    fn with_fields(
        f: &Fields,
        before: Option<&Self>,
        make: &mut Make<'_>,
    ) -> Result<Self, serde_json::Error> {
        let notes = match &f["notes"] {
            Value::Null => None,
            notes => {
                let before = before.and_then(|b| b.notes.as_ref());
                Some(personal(notes, before, make)?)
            }
        };
        let (owner, project_id) = (get::<Owner>(f, "owner")?, get(f, "project_id")?);
        let (start, effort) = (get(f, "start")?, get::<Effort>(f, "effort")?);
        // What the first Raally does not know stays as it is.
        let before = before.cloned();
        let before = before.unwrap_or_else(|| Assignment::new(owner, project_id, start, effort));
        Ok(Assignment {
            owner,
            project_id,
            start,
            end: get(f, "end")?,
            effort,
            role: get(f, "role")?,
            notes,
            ..before
        })
    }
}
