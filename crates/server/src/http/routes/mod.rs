//! The routes, a file for each resource or group of endpoints.

mod account;
mod as_of;
mod audit;
mod auth;
mod catalogues;
pub(crate) mod changes;
mod clients;
mod closing;
mod commands;
mod crud;
mod dashboard;
mod dated;
mod erasure;
mod imports;
mod invitations;
mod list;
mod live;
mod members;
mod notifications;
mod people;
mod planning;
mod preview;
mod projects;
mod root;
mod schedule;
mod settings;
mod steps;
mod webhooks;
mod workspaces;

use raally_domain::kinds::{
    Assignment, Availability, Client, Compensation, HolidayCalendar, JobTitle, Person, Placeholder,
    Placement, Project, Skill, Team, TimeOff,
};

use super::endpoint::Endpoints;
use super::{health, metrics};

/// Where everything of a tenant begins.
const TENANT: &str = "/api/v1/tenants/{tenant}";

/// Every endpoint there is.
pub(crate) fn endpoints() -> Endpoints {
    [
        root::endpoints(),
        health::endpoints(),
        metrics::endpoints(),
        auth::endpoints(),
        account::endpoints(),
        workspaces::endpoints(),
        closing::endpoints(),
        settings::endpoints(),
        members::endpoints(),
        invitations::endpoints(),
        crud::endpoints::<Person>(),
        crud::endpoints::<JobTitle>(),
        crud::endpoints::<Availability>(),
        crud::endpoints::<Compensation>(),
        crud::endpoints::<Placement>(),
        crud::endpoints::<Client>(),
        crud::endpoints::<Project>(),
        crud::endpoints::<Assignment>(),
        crud::endpoints::<Placeholder>(),
        crud::endpoints::<TimeOff>(),
        crud::endpoints::<Team>(),
        crud::endpoints::<Skill>(),
        crud::endpoints::<HolidayCalendar>(),
        erasure::endpoints(),
        dashboard::endpoints(),
        schedule::endpoints(),
        preview::endpoints(),
        commands::endpoints(),
        imports::endpoints(),
        steps::endpoints(),
        live::endpoints(),
        audit::endpoints(),
        notifications::endpoints(),
        webhooks::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
