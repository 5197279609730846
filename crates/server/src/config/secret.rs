//! Values that nobody is shown.

use serde::{Deserialize, Serialize, Serializer};

/// A password, or an address that may hold one. Shown without it.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Secret(String);

impl Secret {
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The address without what stands between `//` and `@`; of anything else, only that it is set.
    fn shown(&self) -> String {
        match (self.0.split_once("://"), self.0.is_empty()) {
            (_, true) => String::new(),
            (Some((scheme, rest)), _) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                let host = authority.rsplit('@').next().unwrap_or(authority);
                let user = match authority.rsplit_once('@') {
                    Some((user, _)) => user.split(':').next().unwrap_or_default().to_owned() + "@",
                    None => String::new(),
                };
                // Parameters may hold a password too.
                let path = path.split('?').next().unwrap_or_default();
                format!("{scheme}://{user}{host}{path}")
            }
            (None, _) => "(set)".to_owned(),
        }
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (secret, shown) in [
            ("", ""),
            ("hush", "(set)"),
            ("postgres://h.example/raally", "postgres://h.example/raally"),
            (
                "postgres://u:p@h.example:5432/raally?sslmode=require",
                "postgres://u@h.example:5432/raally",
            ),
            ("redis://:p@h.example", "redis://@h.example"),
            (
                "postgres://h.example/raally?password=p",
                "postgres://h.example/raally",
            ),
        ] {
            assert_eq!(Secret(secret.to_owned()).shown(), shown);
        }
    }
}
