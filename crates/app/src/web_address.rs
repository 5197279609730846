//! Addresses of the web app's pages, as mails name them. The web app's routes are in
//! `web/src/app/router.tsx`; `web/e2e/invitation.test.ts` opens each of these in a browser.

use std::sync::Arc;

/// Where people reach the web app.
#[derive(Clone, Debug)]
pub struct WebAddress(Arc<str>);

impl WebAddress {
    /// `https://raally.example.com`, with or without a slash at the end.
    #[must_use]
    pub fn new(address: &str) -> WebAddress {
        WebAddress(address.trim_end_matches('/').into())
    }

    /// A workspace, for its members.
    #[must_use]
    pub fn workspace(&self, slug: &str) -> String {
        format!("{}/w/{slug}", self.0)
    }

    /// An invitation, for whoever holds its token.
    #[must_use]
    pub fn invitation(&self, token: &str) -> String {
        format!("{}/invitations/{token}", self.0)
    }

    /// Where an address is verified, by whoever holds the token that was mailed to it.
    #[must_use]
    pub fn verification(&self, token: &str) -> String {
        format!("{}/verify/{token}", self.0)
    }

    /// Where a new password is set, by whoever holds the token that was mailed for it.
    #[must_use]
    pub fn new_password(&self, token: &str) -> String {
        format!("{}/reset/{token}", self.0)
    }
}
