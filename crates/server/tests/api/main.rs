//! The server as its clients meet it: the real binary on a real store, over HTTP.
#![allow(clippy::unwrap_used, reason = "a test may panic where it stands")]
#![allow(unreachable_pub, reason = "nothing is outside of a test binary")]

mod assignments;
mod auth;
mod authorization;
mod bounds;
mod clients;
mod closing;
mod connections;
mod csv;
mod doctor;
mod document;
mod engines;
mod erasure;
mod figures;
mod fuzz;
mod http;
mod identity;
mod imports;
mod invitations;
mod kept;
mod live;
mod logs;
mod mail;
mod notifications;
mod observe;
mod pay;
mod post;
mod projects;
mod rules;
mod schedule;
mod support;
mod time_off;
mod tls;
mod validation;
mod webhooks;
mod writes;
