//! What follows from the list of kinds: their names, the change enum, a plan's tables, snapshots,
//! and the dispatch from a [`super::Kind`] or a [`crate::event::Change`] to the kind's own code.

/// Makes everything that has one thing for each kind. A kind after the lone semicolon is never
/// written by the API.
macro_rules! kinds {
    (
        $($kind:ident $entity:ident ($table:ty) $name:literal $path:literal $field:ident;)+
        $(; $rkind:ident $rentity:ident ($rtable:ty) $rname:literal $rfield:ident;)*
    ) => {
        /// The kinds of entity, in the order in which they may refer to one another.
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize,
        )]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Kind {
            $(#[doc = concat!("Events `", $name, ".created` and the like.")] $kind,)+
            $(#[doc = concat!("Events `", $rname, ".created` and the like.")] $rkind,)*
        }

        impl Kind {
            /// All of them, in their order.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)+ $(Kind::$rkind,)*];

            /// The name used in event types and in the API.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)+
                    $(Kind::$rkind => $rname,)*
                }
            }

            /// Its part of an address, by which commands name it; `None` for what the API never
            /// writes.
            #[must_use]
            pub fn path(self) -> Option<&'static str> {
                match self {
                    $(Kind::$kind => Some($path),)+
                    $(Kind::$rkind => None,)*
                }
            }
        }

        /// What happened to an entity, whatever its kind.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum Change {
            $(
                #[doc = concat!("An event `", $name, "`.")]
                $kind(Box<crate::event::Diff<$entity>>),
            )+
            $(
                #[doc = concat!("An event `", $rname, "`.")]
                $rkind(Box<crate::event::Diff<$rentity>>),
            )*
        }

        /// The entities of a plan.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct Tables {
            $(pub(crate) $field: $table,)+
            $(pub(crate) $rfield: $rtable,)*
        }

        /// The entities of a plan as plain data.
        #[derive(Debug, serde::Serialize, serde::Deserialize)]
        #[serde(bound = "")]
        pub(crate) struct TablesSnapshot {
            $($field: SnapshotRows<$entity>,)+
            $($rfield: SnapshotRows<$rentity>,)*
        }

        impl TablesSnapshot {
            pub(crate) fn of(plan: &crate::plan::Plan) -> TablesSnapshot {
                TablesSnapshot {
                    $($field: snapshot_rows(plan),)+
                    $($rfield: snapshot_rows(plan),)*
                }
            }

            pub(crate) fn restore(
                self,
                plan: &mut crate::plan::Plan,
            ) -> Result<(), crate::plan::ApplyError> {
                $(restore_rows(self.$field, plan)?;)+
                $(restore_rows(self.$rfield, plan)?;)*
                Ok(())
            }
        }

        $(list::listed!($kind $entity ($table) $field);)+
        $(list::listed!($rkind $rentity ($rtable) $rfield);)*

        list::dispatch! { ($) $($kind $entity)+ ; $($rkind $rentity)* }
    };
}
pub(crate) use kinds;

macro_rules! listed {
    ($kind:ident $entity:ident ($table:ty) $field:ident) => {
        impl Listed for $entity {
            type Table = $table;

            fn table(plan: &crate::plan::Plan) -> &$table {
                &plan.tables.$field
            }

            fn table_mut(plan: &mut crate::plan::Plan) -> &mut $table {
                &mut plan.tables.$field
            }

            fn change(diff: crate::event::Diff<$entity>) -> Change {
                Change::$kind(Box::new(diff))
            }
        }

        impl From<crate::event::Diff<$entity>> for Change {
            fn from(diff: crate::event::Diff<$entity>) -> Change {
                Change::$kind(Box::new(diff))
            }
        }
    };
}
pub(crate) use listed;

/// Makes the macros that run an expression with the type of a kind.
macro_rules! dispatch {
    (($d:tt) $($kind:ident $entity:ident)+ ; $($rkind:ident $rentity:ident)*) => {
        /// Runs an expression for a kind, in which `E` is the kind's entity:
        /// `for_kind!(kind, E => count::<E>(plan))`.
        #[macro_export]
        macro_rules! for_kind {
            ($d of:expr, $d E:ident => $d body:expr) => {
                match $d of {
                    $($crate::kinds::Kind::$kind => { type $d E = $crate::kinds::$entity; $d body })+
                    $($crate::kinds::Kind::$rkind => { type $d E = $crate::kinds::$rentity; $d body })*
                }
            };
        }

        /// Like [`for_kind!`] for kinds that the API writes; the second expression is for others.
        #[macro_export]
        macro_rules! for_resource {
            ($d of:expr, $d E:ident => $d body:expr, else => $d other:expr) => {
                match $d of {
                    $($crate::kinds::Kind::$kind => { type $d E = $crate::kinds::$entity; $d body })+
                    $($crate::kinds::Kind::$rkind => $d other,)*
                }
            };
        }

        /// Like [`for_change!`] for kinds that the API writes; the second expression is for others.
        #[macro_export]
        macro_rules! for_resource_change {
            ($d of:expr, $d diff:ident => $d body:expr, else => $d other:expr) => {
                match $d of {
                    $($crate::event::Change::$kind($d diff) => $d body,)+
                    $($crate::event::Change::$rkind(_) => $d other,)*
                }
            };
        }

        /// Runs an expression with the diff of a change: `for_change!(change, d => d.id.into())`.
        #[macro_export]
        macro_rules! for_change {
            ($d of:expr, $d diff:ident => $d body:expr) => {
                match $d of {
                    $($crate::event::Change::$kind($d diff) => $d body,)+
                    $($crate::event::Change::$rkind($d diff) => $d body,)*
                }
            };
        }
    };
}
pub(crate) use dispatch;
