//! The routes, a file for each resource or group of endpoints.

mod account;
mod as_of;
mod audit;
mod auth;
mod catalogues;
pub(crate) mod changes;
mod closing;
mod commands;
mod crud;
mod dashboard;
mod dated;
mod invitations;
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
        crud::endpoints::<people::People>(),
        crud::endpoints::<dated::JobTitles>(),
        crud::endpoints::<dated::Availabilities>(),
        crud::endpoints::<dated::Compensations>(),
        crud::endpoints::<projects::Projects>(),
        crud::endpoints::<planning::Assignments>(),
        crud::endpoints::<planning::Placeholders>(),
        crud::endpoints::<planning::TimesOff>(),
        crud::endpoints::<catalogues::Teams>(),
        crud::endpoints::<catalogues::Skills>(),
        crud::endpoints::<catalogues::HolidayCalendars>(),
        dashboard::endpoints(),
        schedule::endpoints(),
        preview::endpoints(),
        commands::endpoints(),
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
