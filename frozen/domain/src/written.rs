//! Which events this release writes of what was decided. A kind whose events are still written in
//! an older version says more in one event than its own change; a kind that is not written yet is
//! said by the events of another.

use crate::event::{Change, Diff, Recorded};
use crate::kinds::{Entity, EntityKind, added};
use crate::plan::{ApplyError, Plan};
use crate::problem::Message;

/// Why something cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotWritten {
    /// Only the next release can.
    #[error("{0}")]
    NotYet(Message),
    /// It does not fit the plan.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

impl Recorded {
    /// The events that this release writes of it; the plan is as it is before them.
    ///
    /// # Errors
    /// [`NotWritten::NotYet`] where only the next release can write it, [`NotWritten::Apply`]
    /// where it does not fit the plan.
    pub fn as_written(self, plan: &Plan) -> Result<Vec<Recorded>, NotWritten> {
        let recorded = self.carried(plan)?;
        let older = for_change!(&recorded.change, diff => older_version(diff, &recorded, plan))?;
        if let Some(implied) = older {
            return Ok(vec![Recorded {
                implied,
                ..recorded
            }]);
        }
        let alone = recorded.implied.is_empty();
        let changes = recorded.changes();
        let changes = changes.filter(|change| alone || change.changes_something());
        Ok(changes.cloned().map(Recorded::from).collect())
    }

    /// A change of a kind that is not written yet as a part of the entity whose events say it.
    fn carried(self, plan: &Plan) -> Result<Recorded, NotWritten> {
        fn by<E: EntityKind>(diff: &Diff<E>, plan: &Plan) -> Result<Option<Change>, NotWritten> {
            if E::WRITES > 0 {
                return Ok(None);
            }
            let carrier = E::carried_by(diff, plan);
            let not_yet = || NotWritten::NotYet(not_yet::<E>());
            carrier.ok_or_else(not_yet).map(Some)
        }
        match for_change!(&self.change, diff => by(diff, plan))? {
            None => Ok(self),
            Some(carrier) => Ok(Recorded {
                change: carrier,
                implied: vec![self.change],
            }),
        }
    }
}

/// What the event implies, if its kind is still written in an older version.
fn older_version<E: EntityKind>(
    diff: &Diff<E>,
    recorded: &Recorded,
    plan: &Plan,
) -> Result<Option<Vec<Change>>, NotWritten> {
    if E::WRITES == E::READS {
        return Ok(None);
    }
    if let Some(why) = E::not_yet(diff) {
        let reason = why.to_owned();
        return Err(NotWritten::NotYet(Message::NotWrittenYet { reason }));
    }
    if let Some(field) = added::filled(diff) {
        let field = field.replace('_', " ");
        let noun = E::KIND.noun();
        let reason = format!("this release reads the {field} of {noun}s, the next one writes it");
        return Err(NotWritten::NotYet(Message::NotWrittenYet { reason }));
    }
    if added::only_adds::<E>(E::WRITES) {
        return Ok(None);
    }
    let mut after = plan.clone();
    after.apply_recorded(recorded)?;
    Ok(Some(E::implied(diff, plan, &after)))
}

/// Why nothing of a kind is written.
pub(crate) fn not_yet<E: Entity>() -> Message {
    let noun = E::KIND.noun();
    Message::NotWrittenYet {
        reason: format!(
            "this release reads {noun}s but does not write them yet: the next one does"
        ),
    }
}

impl From<NotWritten> for Message {
    fn from(error: NotWritten) -> Message {
        match error {
            NotWritten::NotYet(message) => message,
            NotWritten::Apply(error) => error.into(),
        }
    }
}
