//! The reporting tables against the plan.

use std::sync::Arc;
use std::time::Duration;

use raally_domain::date::{Date, Period};
use raally_domain::ids::{PersonId, ProjectId, TenantId};
use raally_domain::plan::{PersonEntry, Plan, ProjectEntry};

use super::{Compared, Deadline};
use crate::error::Error;
use crate::ports::{PersonDays, PersonRow, Progress, ProjectRow, Reporting};
use crate::reporting::{person_days, person_row, project_row};
use crate::services::Services;
use crate::tenants::{load, tail};

/// How many people's days are compared at a time.
const PEOPLE: usize = 50;

/// Works out anew what the tables are to hold, from the log, and compares. Waits that long for
/// the tables to come to where the log ends now. Tables that change while they are compared are
/// compared again.
pub async fn reporting(
    services: &Services,
    tables: &dyn Reporting,
    tenant: TenantId,
    wait: Duration,
) -> Result<Compared, Error> {
    let deadline = Deadline::new(wait);
    let Some(mut plan) = plan(services, tenant).await? else {
        return Ok(Compared::default());
    };
    loop {
        let settled = match tables.progress(tenant).await? {
            Some(p) if !p.under_way && p.head.seq >= plan.head().seq => Some(p),
            _ => None,
        };
        if let Some(progress) = settled {
            // Written to in the meantime: the tables are further.
            follow(services, &mut plan, progress.head.seq).await?;
            let check = Check {
                tables,
                plan: &plan,
                progress,
                found: Compared::default(),
            };
            let found = check.run().await?;
            let unchanged = tables.progress(tenant).await? == Some(progress);
            if found.is_sound() || unchanged {
                return Ok(found);
            }
        }
        if !deadline.wait().await {
            let head = plan.head();
            return Ok(Compared {
                behind: Some(format!("the reporting tables have not come to {head}")),
                ..Compared::default()
            });
        }
    }
}

/// Without the cache of open tenants: from the snapshot and the log.
async fn plan(services: &Services, tenant: TenantId) -> Result<Option<Plan>, Error> {
    let loaded = load::load(services, tenant).await?;
    Ok(loaded.map(|loaded| loaded.plan))
}

async fn follow(services: &Services, plan: &mut Plan, until: u64) -> Result<(), Error> {
    if plan.head().seq < until {
        tail::follow(services, plan, until, |_, _| {}).await?;
    }
    Ok(())
}

struct Check<'a> {
    tables: &'a dyn Reporting,
    plan: &'a Plan,
    progress: Progress,
    found: Compared,
}

impl Check<'_> {
    async fn run(mut self) -> Result<Compared, Error> {
        self.people().await?;
        self.projects().await?;
        self.days().await?;
        let orphans = self.tables.orphans(self.plan.tenant()).await?;
        if orphans > 0 {
            self.found
                .differs(format!("{orphans} rows by day are of nobody"));
        }
        Ok(self.found)
    }

    /// Both are in the order of ids, so the rows are followed page by page.
    async fn people(&mut self) -> Result<(), Error> {
        let tenant = self.plan.tenant();
        let mut wanted = self.plan.people().values().peekable();
        let mut after: Option<PersonId> = None;
        loop {
            let page = self.tables.people(tenant, after, super::PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for row in page {
                while let Some(entry) = wanted.next_if(|e| e.id < row.id) {
                    self.lacks_person(entry);
                }
                let entry = wanted.next_if(|e| e.id == row.id);
                self.person(&row, entry);
            }
        }
        for entry in wanted {
            self.lacks_person(entry);
        }
        Ok(())
    }

    fn lacks_person(&mut self, entry: &Arc<PersonEntry>) {
        self.found.compared += 1;
        self.found.differs(format!("people lacks {}", entry.id));
    }

    /// Says which person, never a name.
    fn person(&mut self, row: &PersonRow, entry: Option<&Arc<PersonEntry>>) {
        self.found.compared += 1;
        match entry {
            None => self
                .found
                .differs(format!("people has {}, the plan has not", row.id)),
            Some(entry) if person_row(self.plan, entry) != *row => {
                let what = format!("the row of {} in people is not as in the plan", row.id);
                self.found.differs(what);
            }
            Some(_) => {}
        }
    }

    async fn projects(&mut self) -> Result<(), Error> {
        let tenant = self.plan.tenant();
        let mut wanted = self.plan.projects().values().peekable();
        let mut after: Option<ProjectId> = None;
        loop {
            let page = self.tables.projects(tenant, after, super::PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for row in page {
                while let Some(entry) = wanted.next_if(|e| e.id < row.id) {
                    self.lacks_project(entry);
                }
                let entry = wanted.next_if(|e| e.id == row.id);
                self.project(&row, entry);
            }
        }
        for entry in wanted {
            self.lacks_project(entry);
        }
        Ok(())
    }

    fn lacks_project(&mut self, entry: &Arc<ProjectEntry>) {
        self.found.compared += 1;
        self.found.differs(format!("projects lacks {}", entry.id));
    }

    fn project(&mut self, row: &ProjectRow, entry: Option<&Arc<ProjectEntry>>) {
        self.found.compared += 1;
        match entry {
            None => self
                .found
                .differs(format!("projects has {}, the plan has not", row.id)),
            Some(entry) if project_row(self.plan, entry) != *row => {
                let what = format!("the row of {} in projects is not as in the plan", row.id);
                self.found.differs(what);
            }
            Some(_) => {}
        }
    }

    async fn days(&mut self) -> Result<(), Error> {
        let (plan, period) = (self.plan, self.progress.days);
        let people: Vec<&Arc<PersonEntry>> = plan.people().values().collect();
        for some in people.chunks(PEOPLE) {
            let ids: Vec<PersonId> = some.iter().map(|e| e.id).collect();
            let rows = self.tables.days(plan.tenant(), &ids).await?;
            for (entry, rows) in some.iter().zip(rows) {
                self.of_person(entry, &rows, period);
            }
        }
        Ok(())
    }

    fn of_person(&mut self, entry: &PersonEntry, rows: &PersonDays, period: Period) {
        let wanted = person_days(self.plan, entry, period);
        let PersonDays {
            person,
            capacity,
            booked,
            time_off,
        } = rows;
        self.table(
            "capacity_by_day",
            *person,
            capacity,
            &wanted.capacity,
            |r| r.day,
        );
        self.table("booked_by_day", *person, booked, &wanted.booked, |r| r.day);
        self.table(
            "time_off_by_day",
            *person,
            time_off,
            &wanted.time_off,
            |r| r.day,
        );
    }

    /// Names the first day that differs.
    fn table<R: PartialEq>(
        &mut self,
        name: &str,
        person: PersonId,
        rows: &[R],
        wanted: &[R],
        day: impl Fn(&R) -> Date,
    ) {
        self.found.compared += wanted.len() as u64;
        if rows == wanted {
            return;
        }
        let same = rows.iter().zip(wanted).take_while(|(a, b)| a == b).count();
        let first = [rows.get(same), wanted.get(same)].into_iter().flatten();
        if let Some(first) = first.map(day).min() {
            self.found.differs(format!(
                "{name} of {person} is not as in the plan from {first} on ({} rows, {} wanted)",
                rows.len(),
                wanted.len()
            ));
        }
    }
}
