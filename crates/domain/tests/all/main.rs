//! Tests of the rules, in memory: one program, which links once and runs its tests beside one another.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]

mod account;
mod bookable;
mod budget;
mod clients;
mod decide;
mod default_weeks;
mod figures_calendars;
mod figures_columns;
mod figures_displaced;
mod figures_once;
mod figures_oracle;
mod figures_periods;
mod figures_properties;
mod figures_rules;
mod figures_support;
mod golden;
mod log;
mod project_dates;
mod support;
mod time_off;
mod twice;
mod two_releases;
mod undo;
mod warnings;
