//! Reading the audit list page by page, opened.

use raally_domain::event::Event;
use raally_domain::ids::TenantId;

use crate::error::Error;
use crate::ports::{AuditFilter, AuditPosition, Store};
use crate::tenants::tail;

/// How many events are read at a time.
const CHUNK: usize = 200;
/// How many at first: each may be of megabytes.
const FIRST_CHUNK: usize = 25;

/// Pages from a position back, the larger the smaller their events are.
pub(crate) struct Pages<'a> {
    store: &'a dyn Store,
    tenant: TenantId,
    filter: AuditFilter,
    before: Option<AuditPosition>,
    chunk: usize,
    ended: bool,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(
        store: &'a dyn Store,
        tenant: TenantId,
        filter: AuditFilter,
        before: Option<AuditPosition>,
    ) -> Pages<'a> {
        Pages {
            store,
            tenant,
            filter,
            before,
            chunk: FIRST_CHUNK,
            ended: false,
        }
    }

    /// Whether nothing lies behind the pages that came.
    pub(crate) fn have_ended(&self) -> bool {
        self.ended
    }

    /// The next page's positions and events; empty where there is none.
    pub(crate) async fn next(&mut self) -> Result<(Vec<AuditPosition>, Vec<Event>), Error> {
        let rows = self
            .store
            .audit(self.tenant, &self.filter, self.before, self.chunk);
        let (positions, logged): (Vec<_>, Vec<_>) = rows.await?.into_iter().unzip();
        self.ended = positions.len() < self.chunk;
        self.before = positions.last().copied().or(self.before);
        self.chunk = tail::next_page(self.chunk, tail::bytes(&logged)).min(CHUNK);
        let events = tail::read_trusted(self.store, self.tenant, &logged).await?;
        Ok((positions, events))
    }
}
