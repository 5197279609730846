//! Mail in English.

use raally_domain::notifications::NotificationKind;

use super::{EmailTemplate, digest};

pub(super) const HOLIDAYS: &str = "Holidays";

pub(super) fn greeting(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("Hello {name},"),
        None => "Hello,".to_owned(),
    }
}

/// The subject, and the text after the greeting.
pub(super) fn text(template: &EmailTemplate<'_>) -> (String, String) {
    match template {
        EmailTemplate::Added {
            by,
            workspace,
            link,
        } => (
            format!("You have been added to {workspace}"),
            format!("{by} has added you to {workspace} on Raally.\n\n{link}"),
        ),
        EmailTemplate::Invited {
            by,
            workspace,
            link,
        } => (
            format!("{by} invites you to {workspace}"),
            format!(
                "{by} invites you to {workspace} on Raally, where its team plans who \
                 works on what. If you did not expect this invitation, you can ignore it.\n\n\
                 You can accept it within seven days here:\n\n{link}"
            ),
        ),
        EmailTemplate::Welcome { workspace, link } => (
            format!("{workspace} is ready"),
            format!(
                "Your workspace {workspace} on Raally is ready. Add your people and projects:\n\n{link}"
            ),
        ),
        EmailTemplate::Closing {
            workspace,
            link,
            date,
        } => (
            format!("{workspace} will be erased on {date}"),
            format!(
                "{workspace} is being closed. Nobody can work in it any more, and on {date} all of it will be erased. Until then its admins can fetch an export or take this back:\n\n{link}"
            ),
        ),
        EmailTemplate::Resumed { workspace, link } => (
            format!("{workspace} stays open"),
            format!("{workspace} is not being closed any more:\n\n{link}"),
        ),
        EmailTemplate::Closed { workspace } => (
            format!("{workspace} has been closed"),
            format!("{workspace} has been closed, and all that Raally kept of it has been erased."),
        ),

        EmailTemplate::Digest {
            workspace,
            link,
            count,
            lines,
            more,
        } => {
            let subject = match count {
                1 => format!("NotificationDraft in {workspace}"),
                n => format!("{n} news in {workspace}"),
            };
            let more = (*more > 0).then(|| format!("… and {more} more"));
            (subject, digest(lines, more, link))
        }
    }
}

pub(super) fn notification(kind: NotificationKind, count: u32) -> &'static str {
    match (kind, count) {
        (NotificationKind::Assigned, 1) => "New assignment",
        (NotificationKind::Assigned, _) => "New assignments",
        (NotificationKind::Changed, 1) => "Change to your plan",
        (NotificationKind::Changed, _) => "Changes to your plan",
        (NotificationKind::Removed, 1) => "Assignment removed",
        (NotificationKind::Removed, _) => "Assignments removed",
        (NotificationKind::Overbooked, _) => "Days over capacity",
        (NotificationKind::Approver, _) => "Time off to approve",
        (NotificationKind::WebhookDisabled, _) => "Webhook turned off",
    }
}
