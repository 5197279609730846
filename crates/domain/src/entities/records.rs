//! Dated records of a person: of those with `effective_date ≤ day` the latest is in force; on
//! one date the one with the higher `created_seq`.

use serde::{Deserialize, Serialize};

use super::entity;
use super::workspace::choice;
use crate::date::Date;
use crate::ids::{AvailabilityId, CompensationId, JobTitleId, PersonId};
use crate::money::Money;
use crate::pattern::Pattern;
#[cfg(feature = "openapi")]
use crate::personal::Closed;
use crate::personal::Personal;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobTitle {
    pub person_id: PersonId,
    pub title: String,
    pub effective_date: Date,
    /// The sequence number of its own creation.
    pub created_seq: u64,
}
entity!(
    JobTitle,
    JobTitleId,
    JobTitle,
    subject = |r, _| r.person_id.0
);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Availability {
    pub person_id: PersonId,
    pub effective_date: Date,
    pub pattern: Pattern,
    /// The weekly figure, where it was given as one.
    pub weekly_minutes: Option<u32>,
    /// The sequence number of its own creation.
    pub created_seq: u64,
}
entity!(
    Availability,
    AvailabilityId,
    Availability,
    subject = |r, _| r.person_id.0
);

choice!(PayType { Hourly, Salaried });

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Compensation {
    pub person_id: PersonId,
    pub effective_date: Date,
    #[cfg_attr(feature = "openapi", schema(value_type = Closed))]
    pub pay: Personal<Pay>,
    /// The sequence number of its own creation.
    pub created_seq: u64,
}
entity!(
    Compensation,
    CompensationId,
    Compensation,
    subject = |r, _| r.person_id.0,
    personal = [pay]
);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    pub pay_type: PayType,
    /// An hour's pay where hourly, a year's where salaried.
    pub amount: Option<Money>,
    /// Days a year.
    pub paid_time_off_days: Option<u32>,
    pub other_benefits: Option<String>,
}
