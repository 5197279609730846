//! Users, workspaces, their settings and members.

use std::collections::BTreeSet;

use raally_domain::ids::{TenantId, UserId};
use raally_domain::kinds::{Role, is_email, slug_of};
use serde_json::Value;

use super::{Head, IncomingMember, IncomingTenant, IncomingUser, Map, Presence, head};
use crate::cell::{Cell, one_line};
use crate::fields::{Fields, value};
use crate::read::{SettingsRow, TenantRow, TenantUserRow, UserRow};
use crate::skip_reason::{SkipReason, Source};

impl Map {
    pub(super) fn users(&mut self, rows: &[UserRow]) {
        for row in rows {
            let head = head!(row, UserRow);
            let Some(id) = self.id(&head) else { continue };
            let deleted = head.deleted();
            if deleted {
                self.skip(head.source(), SkipReason::Deleted);
            }
            let email = row.email.text().unwrap_or_default().to_lowercase();
            if !is_email(&email) {
                if !deleted {
                    let shown = row.email.shown();
                    self.unreadable(head.source(), format!("its e-mail address is {shown}"));
                }
                self.users.insert(id, Presence::Gone);
                continue;
            }
            self.users.insert(
                id,
                if deleted {
                    Presence::Gone
                } else {
                    Presence::Present
                },
            );
            let full_name = self.user_name(&head, row, &email);
            let password_hash = self.password(&head, row, deleted);
            self.out.users.push(IncomingUser {
                id: UserId(id),
                email,
                full_name,
                password_hash,
                email_verified: row.email_verified.truth(),
                created_at: row.created_at.moment().or_else(|| head.at()),
                deleted,
            });
        }
    }

    /// First and last name, else the full name, else the address's first part.
    fn user_name(&mut self, head: &Head<'_>, row: &UserRow, email: &str) -> String {
        let parts: Vec<String> = [&row.first_name, &row.last_name]
            .into_iter()
            .filter_map(Cell::text)
            .collect();
        let name = (!parts.is_empty())
            .then(|| parts.join(" "))
            .or_else(|| row.full_name.text())
            .unwrap_or_else(|| email.split('@').next().unwrap_or(email).to_owned());
        self.line(&head.source(), "name", &name)
    }

    /// A hash that bcrypt can verify; without one the user has to set a new password.
    fn password(&mut self, head: &Head<'_>, row: &UserRow, deleted: bool) -> Option<String> {
        let hash = row.password.text()?;
        let known = ["$2a$", "$2b$", "$2x$", "$2y$"]
            .iter()
            .any(|p| hash.starts_with(p));
        if known && hash.len() == 60 && hash.is_ascii() {
            return Some(hash);
        }
        if !deleted {
            let what = "its password is no bcrypt hash: the user comes without a password";
            self.adjusted(&head.source(), what);
        }
        None
    }

    /// A name made fit; that something was left out is noted.
    pub(super) fn line(&mut self, source: &Source, what: &str, text: &str) -> String {
        let (line, changed) = one_line(text);
        if changed {
            let done = format!("the {what} was made fit: control characters out, 200 at most");
            self.adjusted(source, done);
        }
        line
    }

    pub(super) fn tenants(&mut self, rows: &[TenantRow]) {
        for row in rows {
            let head = head!(row, TenantRow);
            let Some(id) = self.id(&head) else { continue };
            if head.deleted() {
                self.skip(head.source(), SkipReason::Deleted);
            }
            let url = row.url.text().unwrap_or_default();
            let name = self.line(&head.source(), "name", &row.name.text().unwrap_or_default());
            let name = if name.is_empty() {
                "Workspace".to_owned()
            } else {
                name
            };
            let slug = slug_of(if url.is_empty() { &name } else { &url });
            if slug != url && !head.deleted() {
                let what = format!("the address {} became {slug}", row.url.shown());
                self.adjusted(&head.source(), what);
            }
            let settings = Fields::from([
                ("name", value(&name)),
                ("accent", Value::Null),
                ("logo_url", Value::Null),
                ("background_image_url", Value::Null),
            ]);
            self.tenants.insert(id, self.out.tenants.len());
            self.out.tenants.push(IncomingTenant {
                source: head.source(),
                id: TenantId(id),
                slug,
                deleted: head.deleted(),
                at: head.at(),
                settings,
                members: Vec::new(),
                entities: Vec::new(),
                unreadable: BTreeSet::new(),
                history: Vec::new(),
            });
        }
    }

    pub(super) fn settings(&mut self, rows: &[SettingsRow]) {
        for row in rows {
            let head = head!(row, SettingsRow);
            if head.deleted() {
                self.skip(head.source(), SkipReason::Deleted);
                continue;
            }
            // The first Raally gives a workspace's settings the workspace's id.
            if row.tenant_id == Cell::Null && row.id.uuid().is_none() {
                self.skip(head.source(), SkipReason::NotNeeded);
                continue;
            }
            let tenant = match row.tenant_id {
                Cell::Null => &row.id,
                _ => &row.tenant_id,
            };
            let Some(tenant) = self.tenant(&head, tenant) else {
                continue;
            };
            let source = head.source();
            let theme = row.theme.text().filter(|t| t != "default");
            let accent = theme.map(|t| self.line(&source, "theme", &t));
            let logo = self.url(&source, "logo", &row.logo_url);
            let background = self.url(&source, "background image", &row.background_image_url);
            let to = &mut self.out.tenants[tenant];
            to.at = to.at.max(head.at());
            to.settings.insert("accent", value(accent));
            to.settings.insert("logo_url", value(logo));
            to.settings
                .insert("background_image_url", value(background));
        }
    }

    fn url(&mut self, source: &Source, what: &str, cell: &Cell) -> Option<String> {
        let url = cell.text()?;
        let known = ["https://", "http://", "/"]
            .iter()
            .any(|p| url.starts_with(p));
        let plain = !url.chars().any(|c| c.is_control() || c.is_whitespace());
        if known && plain && url.len() <= 2000 {
            return Some(url);
        }
        let shown = cell.shown();
        self.adjusted(
            source,
            format!("the {what} {shown} is no web address: left out"),
        );
        None
    }

    pub(super) fn members(&mut self, rows: &[TenantUserRow]) {
        for row in rows {
            let head = head!(row, TenantUserRow);
            let Some((tenant, _)) = self.live(&head, &row.tenant_id) else {
                continue;
            };
            let user = row.user_id.uuid();
            let Some(user) = user.filter(|u| self.users.get(u) == Some(&Presence::Present)) else {
                self.skip(head.source(), SkipReason::UserGone);
                continue;
            };
            if row.status.text().as_deref() != Some("active") {
                self.skip(head.source(), SkipReason::NotActive);
                continue;
            }
            let Some(role) = role(&row.roles) else {
                let shown = row.roles.shown();
                let detail = format!("its roles are {shown}, of which none is admin or custom");
                self.unreadable(head.source(), detail);
                let entity = super::entity(raally_domain::kinds::Kind::Member, user);
                self.keep(tenant, [entity]);
                continue;
            };
            self.out.tenants[tenant].members.push(IncomingMember {
                source: head.source(),
                user: UserId(user),
                role,
                at: head.at(),
            });
        }
    }
}

/// The strongest of the roles: a JSON array of names, or a name alone.
fn role(cell: &Cell) -> Option<Role> {
    let text = cell.text()?;
    let names: Vec<String> = match serde_json::from_str::<Value>(&text) {
        Ok(Value::Array(names)) => names
            .iter()
            .filter_map(|n| n.as_str().map(str::to_owned))
            .collect(),
        // An array that was written as JSON twice.
        Ok(Value::String(inner)) => serde_json::from_str(&inner).unwrap_or_else(|_| vec![inner]),
        _ => vec![text],
    };
    let known = names.iter().filter_map(|name| match name.trim() {
        "admin" => Some(Role::Admin),
        "custom" => Some(Role::ResourceManager),
        _ => None,
    });
    // Roles stand in the order of what they may, the strongest first.
    known.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_read_as_they_were_written() {
        for (text, expected) in [
            (r#"["admin"]"#, Some(Role::Admin)),
            (r#"["custom","admin"]"#, Some(Role::Admin)),
            (r#"["custom"]"#, Some(Role::ResourceManager)),
            (r#""[\"custom\"]""#, Some(Role::ResourceManager)),
            ("admin", Some(Role::Admin)),
            ("[]", None),
            (r#"["owner"]"#, None),
            ("", None),
        ] {
            assert_eq!(role(&Cell::Text(text.to_owned())), expected, "{text}");
        }
    }
}
