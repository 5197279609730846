//! The part of an address that is a workspace's own.

use std::collections::BTreeSet;

use raally_app::ports::{Identity, StoreError};
use raally_domain::kinds::Kind;
use uuid::Uuid;

use crate::existing::Existing;
use crate::map::{IncomingTenant, entity};

/// The slugs that this import gives.
#[derive(Default)]
pub(crate) struct Taken(BTreeSet<String>);

impl Taken {
    /// The slug that the file asks for, or that with a number where it is another workspace's.
    /// Once a workspace has one for what the file asks, it keeps it.
    pub(crate) async fn choose(
        &mut self,
        identity: &dyn Identity,
        tenant: &IncomingTenant,
        here: &Existing,
    ) -> Result<String, StoreError> {
        let settings = here.imported.get(&entity(Kind::Settings, Uuid::nil()));
        let last = settings.and_then(|f| f.get("slug")?.as_str());
        if let Some(last) = last.filter(|last| stands_for(last, &tenant.slug)) {
            self.0.insert(last.to_owned());
            return Ok(last.to_owned());
        }
        let mut n = 1;
        loop {
            let slug = numbered(&tenant.slug, n);
            let holder = identity.tenant_by_slug(&slug).await?;
            let free = holder.is_none_or(|holder| holder.id == tenant.id);
            if free && self.0.insert(slug.clone()) {
                return Ok(slug);
            }
            n += 1;
        }
    }
}

/// `acme`, `acme-2`, `acme-3`; never longer than a slug may be.
fn numbered(slug: &str, n: u32) -> String {
    if n == 1 {
        return slug.to_owned();
    }
    let cut: String = slug.chars().take(50).collect();
    format!("{}-{n}", cut.trim_end_matches('-'))
}

fn stands_for(slug: &str, wanted: &str) -> bool {
    let number = slug.rsplit_once('-').and_then(|(_, n)| n.parse().ok());
    slug == wanted || number.is_some_and(|n: u32| n > 1 && slug == numbered(wanted, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_slug_stands_for_the_one_that_was_asked_for() {
        assert!(stands_for("acme", "acme"));
        assert!(stands_for("acme-2", "acme"));
        assert!(!stands_for("acme-1", "acme"));
        assert!(!stands_for("acme-x", "acme"));
        assert!(!stands_for("other-2", "acme"));
        assert_eq!(
            numbered(&"x".repeat(60), 12),
            format!("{}-12", "x".repeat(50))
        );
    }
}
