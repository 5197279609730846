//! Kinds of which all there is to say is a name.

use serde::{Deserialize, Serialize};

use super::view;

/// A team or a skill: all there is to say of it is its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NamedBody {
    /// What it is called, in one line; no two share a name, whatever the case.
    pub name: String,
}
view!(NamedView, NamedBody);

/// Implements [`super::Resource`] for an entity that has a `name` and nothing else, which no two
/// of them share.
macro_rules! named {
    ($entity:ident, $id:ty, $noun:literal, $most:literal $plural:literal) => {
        impl crate::kinds::Resource for $entity {
            type Body = crate::kinds::NamedBody;
            type View = crate::kinds::NamedView;

            const NOUN: &'static str = $noun;
            const MOST: Option<(usize, &'static str)> = Some(($most, $plural));

            fn body(&self) -> Self::Body {
                crate::kinds::NamedBody {
                    name: self.name.clone(),
                }
            }

            fn build(
                body: Self::Body,
                id: $id,
                _: Option<&Self>,
                d: &mut crate::kinds::Validator<'_>,
            ) -> Self {
                let name = d.name("/name", &body.name);
                let mut same = d.plan.named::<$entity>(&name.to_lowercase());
                if same.any(|other| other != id) {
                    d.wrong("/name", crate::problem::Message::name_taken::<$entity>());
                }
                $entity { name }
            }

            fn view(plan: &crate::plan::Plan, id: $id, _: crate::date::Date) -> Option<Self::View> {
                use crate::kinds::NamedView;
                crate::kinds::kind::view_of!(plan, id, NamedView)
            }
        }
    };
}
pub(crate) use named;
