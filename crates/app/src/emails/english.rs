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
        EmailTemplate::Verify { link } => (
            "Verify your e-mail address".to_owned(),
            format!(
                "Somebody, most likely you, has made an account on Raally with this e-mail \
                 address. Show that it is yours, signed in to that account:\n\n{link}\n\n\
                 If it was not you, you can ignore this mail; should you want the address for \
                 an account of your own, ask for a new password on the sign-in page."
            ),
        ),
        EmailTemplate::Reset { link } => (
            "A new password".to_owned(),
            format!(
                "Set a new password for your account on Raally within an hour:\n\n{link}\n\n\
                 If you did not ask for it, you can ignore this mail: your password stays as it \
                 is."
            ),
        ),
        EmailTemplate::NewAddress { link } => (
            "Verify your new e-mail address".to_owned(),
            format!(
                "An account on Raally is to have this e-mail address. Confirm it within a day, \
                 signed in to that account:\n\n{link}\n\n\
                 If it is not your account, you can ignore this mail."
            ),
        ),
        EmailTemplate::AddressAsked { address } => (
            "Your e-mail address is to be changed".to_owned(),
            format!(
                "Somebody who knows your password has asked to change the e-mail address of \
                 your account on Raally to {address}. It is changed once that address is \
                 confirmed.\n\nIf it was not you, change your password now."
            ),
        ),
        EmailTemplate::AddressChanged { address } => (
            "Your e-mail address has been changed".to_owned(),
            format!(
                "The e-mail address of your account on Raally is {address} from now on.\n\nIf \
                 it was not you, write to whoever runs this Raally."
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
                1 => format!("One piece of news in {workspace}"),
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
        (NotificationKind::Displaced, _) => "Time off takes work from your projects",
        (NotificationKind::Approver, _) => "Time off to approve",
        (NotificationKind::WebhookDisabled, _) => "Webhook turned off",
    }
}
