//! Projects with their clients, phases and milestones; who works on them, and whom they lack.

use raally_domain::date::Date;
use raally_domain::effort::{Effort, Weekdays};
use raally_domain::event::{Change, Diff, Recorded};
use raally_domain::ids::{ClientId, ProjectId};
use raally_domain::kinds::{
    Assignment, AssignmentStatus, Budget, Client, EntityKind, Milestone, Owner, Phase, Placeholder,
    Project, ProjectColour, ProjectStatus, ProjectType,
};
use raally_domain::money::{Currency, Money};

use crate::company::{Company, Running, Staff};
use crate::names::{CLIENTS, DISCIPLINES, INTERNAL, PRODUCTS};

/// How far back and ahead the company has planned, in days.
const PAST: i32 = 300;
const AHEAD: i32 = 240;

/// A stretch of somebody's time.
struct Stretch {
    from: Date,
    to: Date,
    /// How much of the working time it takes, in percent.
    share: u32,
    /// The main work, rather than a little beside it.
    main: bool,
}

impl Company<'_> {
    pub(crate) fn sell(&mut self) {
        for n in 0..self.size.projects as usize {
            self.project(n);
        }
        if self.projects.is_empty() {
            return;
        }
        let count = u32::try_from(self.projects.len()).unwrap_or(1);
        for team in 0..self.teams.len() {
            // A team keeps to a few projects, which it shares with the teams beside it.
            let few = (0..6).map(|_| self.chance.below(count) as usize).collect();
            self.teams[team].projects = few;
        }
    }

    /// A project and its client, who is made with the first of their projects. Projects of version
    /// 1 make them; later ones refer to them.
    fn sell_to(&mut self, client: &str, id: ProjectId, project: Project) {
        let made = project.client_id.map(|id| Diff {
            id,
            before: None,
            after: Some(Client::new(client.to_owned())),
        });
        let made = made.map(Change::from);
        if Project::WRITES == 1 {
            let project = Diff {
                id,
                before: None,
                after: Some(project),
            };
            self.changes.push(Recorded {
                change: project.into(),
                implied: made.into_iter().collect(),
            });
            return;
        }
        let made = made.filter(|made| self.changes.iter().all(|known| known.change != *made));
        self.changes.extend(made.map(Recorded::from));
        self.create(id, project);
    }

    fn project(&mut self, n: usize) {
        let chance = self.chance;
        let internal = n % 9 == 4;
        let client = CLIENTS[n % CLIENTS.len()];
        let status = match n % 7 {
            2 => ProjectStatus::Tentative,
            5 => ProjectStatus::Completed,
            _ => ProjectStatus::Active,
        };
        let (from, to) = self.run(status, internal);
        let minutes = u32::try_from(chance.between(12, 90)).unwrap_or(12) * 100 * 60;
        let letters: String = client
            .chars()
            .filter(char::is_ascii_alphabetic)
            .take(3)
            .collect();
        let prefix = if internal {
            "INT".to_owned()
        } else {
            letters.to_uppercase()
        };
        let owner = self
            .staff
            .iter()
            .filter(|s| s.discipline == 0 && s.level > 0);
        let owners: Vec<_> = owner.map(|s| s.id).collect();
        let name = project_name(n, internal);
        let project = Project {
            code: Some(format!("{prefix}-{:03}", n + 1)),
            client_id: (!internal).then(|| ClientId::of_name(client, 0)),
            project_type: Some(match n % 5 {
                3 => ProjectType::TeamAugmentation,
                4 => ProjectType::NonManagedProject,
                _ => ProjectType::ManagedProject,
            }),
            status,
            owner_id: (!owners.is_empty()).then(|| *chance.pick(&owners)),
            billable: !internal,
            budget: (!internal).then_some(Budget {
                minutes: Some(minutes),
                // 95 an hour.
                money: Some(Money {
                    amount: i64::from(minutes / 60) * 95 * 100,
                    currency: Currency::USD,
                }),
            }),
            phases: if internal {
                Vec::new()
            } else {
                self.phases(from, to)
            },
            milestones: if internal {
                Vec::new()
            } else {
                self.milestones(from, to)
            },
            tags: if internal {
                vec!["internal".to_owned()]
            } else {
                Vec::new()
            },
            ..Project::new(name, ProjectColour::nth(n))
        };
        let id = chance.id();
        self.sell_to(client, id, project);
        self.projects.push(Running { id, from, to });
    }

    /// First and last day: those done lie behind, tentative ones ahead.
    fn run(&self, status: ProjectStatus, internal: bool) -> (Date, Date) {
        let chance = self.chance;
        if internal {
            return (self.today.plus(-PAST), self.today.plus(AHEAD + 120));
        }
        let (from, length) = match status {
            ProjectStatus::Completed => (-chance.between(200, PAST), chance.between(100, 190)),
            ProjectStatus::Tentative => (chance.between(14, 90), chance.between(90, 220)),
            ProjectStatus::Active => (-chance.between(20, 260), chance.between(300, 480)),
        };
        let from = self.today.plus(from);
        (from, from.plus(length))
    }

    fn phases(&self, from: Date, to: Date) -> Vec<Phase> {
        let days = to.days() - from.days();
        let cuts = [
            from,
            from.plus(days / 5),
            from.plus(days * 4 / 5),
            to.plus(1),
        ];
        ["Discovery", "Build", "Launch"]
            .into_iter()
            .zip(cuts.windows(2))
            .map(|(name, cut)| Phase {
                id: self.chance.id(),
                name: name.to_owned(),
                from: cut[0],
                to: cut[1].plus(-1),
            })
            .collect()
    }

    fn milestones(&self, from: Date, to: Date) -> Vec<Milestone> {
        let days = to.days() - from.days();
        [
            ("Kick-off", from),
            ("Beta", from.plus(days * 3 / 4)),
            ("Go-live", to),
        ]
        .into_iter()
        .map(|(name, date)| Milestone {
            id: self.chance.id(),
            name: name.to_owned(),
            date,
        })
        .collect()
    }

    /// Who works on what: as many assignments as were asked for, those of placeholders included.
    pub(crate) fn plan(&mut self) {
        if self.projects.is_empty() || self.staff.is_empty() {
            return;
        }
        let open = (self.size.assignments / 25).min(600);
        self.wanted(open);
        let booked = self.size.assignments - open;
        let people = u32::try_from(self.staff.len()).unwrap_or(1);
        let staff = std::mem::take(&mut self.staff);
        for (n, somebody) in staff.iter().enumerate() {
            // The first few have one more, so that the sum is right.
            let more = u32::from(u32::try_from(n).unwrap_or(0) < booked % people);
            for stretch in self.stretches(somebody, booked / people + more) {
                self.assign(somebody, &stretch);
            }
        }
        self.staff = staff;
    }

    /// Cuts somebody's time into a main line of work and a little beside it.
    fn stretches(&self, somebody: &Staff, count: u32) -> Vec<Stretch> {
        let first = somebody.hired.max(self.today.plus(-PAST));
        let last = somebody
            .leaves
            .unwrap_or(Date::MAX)
            .min(self.today.plus(AHEAD));
        let last = last.max(first.plus(30));
        let side = count / 3;
        // A few have taken on too much, and a few have little to do.
        let (main_share, side_share) = match self.chance.below(100) {
            0..7 => (85, 45),
            7..17 => (40, 10),
            _ => (72, 20),
        };
        let mut stretches = self.line(first, last, count - side, main_share, true);
        stretches.extend(self.line(first, last, side, side_share, false));
        stretches
    }

    fn line(&self, first: Date, last: Date, count: u32, share: u32, main: bool) -> Vec<Stretch> {
        let days = last.days() - first.days() + 1;
        let count = i32::try_from(count).unwrap_or(0);
        (0..count)
            .map(|n| {
                let from = first.plus(days * n / count);
                let next = first.plus(days * (n + 1) / count);
                // Now and then some days lie between.
                let gap = if self.chance.percent(25) {
                    self.chance.between(1, 9)
                } else {
                    1
                };
                Stretch {
                    from,
                    to: next.plus(-gap).max(from),
                    share: share * u32::try_from(self.chance.between(88, 106)).unwrap_or(100) / 100,
                    main,
                }
            })
            .collect()
    }

    fn assign(&mut self, somebody: &Staff, stretch: &Stretch) {
        let chance = self.chance;
        let project = self.project_for(somebody.team, stretch);
        let running = &self.projects[project];
        let (from, to) = (stretch.from.max(running.from), stretch.to.min(running.to));
        let (start, to) = if from.plus(5) <= to {
            (from, to)
        } else {
            (stretch.from, stretch.to)
        };
        let effort = self.effort(somebody, stretch, start, to);
        let total = matches!(effort, Effort::Total { .. });
        let last = to >= self.today.plus(AHEAD - 5);
        let soon = start > self.today;
        let owner = Owner::Person(somebody.id);
        let assignment = Assignment {
            end: (total || !last || !chance.percent(40)).then_some(to),
            status: match chance.percent(if soon { 25 } else { 3 }) {
                true => AssignmentStatus::Tentative,
                false => AssignmentStatus::Confirmed,
            },
            billable: chance.percent(5).then_some(false),
            role: stretch
                .main
                .then(|| DISCIPLINES[somebody.discipline].career[somebody.level].to_owned()),
            notes: chance.percent(4).then(|| {
                let notes = [
                    "Pairs with the client's team",
                    "On site every other week",
                    "Until the replacement has started",
                ];
                chance.personal((*chance.pick(&notes)).to_owned())
            }),
            ..Assignment::new(owner, running.id, start, effort)
        };
        self.create(chance.id(), assignment);
    }

    /// One of the team's projects that runs nearly all that time; failing that, the one that runs
    /// longest then.
    fn project_for(&self, team: usize, stretch: &Stretch) -> usize {
        let mine = &self.teams[team].projects;
        let shared = |p: &usize| {
            let running = &self.projects[*p];
            stretch.to.min(running.to).days() - stretch.from.max(running.from).days() + 1
        };
        let most = (stretch.to.days() - stretch.from.days() + 1) * 9 / 10;
        let running: Vec<usize> = mine.iter().filter(|p| shared(p) >= most).copied().collect();
        match running.as_slice() {
            [] => mine.iter().copied().max_by_key(shared).unwrap_or(0),
            running => *self.chance.pick(running),
        }
    }

    fn effort(&self, somebody: &Staff, stretch: &Stretch, from: Date, to: Date) -> Effort {
        let chance = self.chance;
        let week = somebody.hours.weekly_minutes() * stretch.share / 100;
        let halves = |minutes: u32| (minutes / 30).max(1) * 30;
        match (chance.below(100), stretch.main) {
            (0..45, _) => Effort::PerWeek {
                minutes: halves(week),
            },
            (45..65, true) => Effort::PerDay {
                minutes: halves(week / 5),
                weekdays: None,
                include_non_working: false,
            },
            (45..65, false) => {
                let days = *chance.pick(&[[0, 2], [1, 3], [2, 4]]);
                Effort::PerDay {
                    // No more on these days than on any other.
                    minutes: halves(week / 5),
                    weekdays: Weekdays::of(days),
                    include_non_working: false,
                }
            }
            (65..85, _) => Effort::Share {
                share: (stretch.share * 100).min(10_000),
            },
            _ => {
                let days = u32::try_from(to.days() - from.days() + 1).unwrap_or(1);
                Effort::Total {
                    minutes: halves(week * days / 7),
                }
            }
        }
    }

    /// Merge that nobody does yet, in the months ahead.
    fn wanted(&mut self, assignments: u32) {
        let chance = self.chance;
        let mut left = assignments;
        while left > 0 {
            let team =
                &self.teams[chance.below(u32::try_from(self.teams.len()).unwrap_or(1)) as usize];
            let title = DISCIPLINES[team.discipline].career[1 + chance.below(2) as usize];
            let placeholder = Placeholder {
                title: title.to_owned(),
                team_id: Some(team.id),
                notes: None,
            };
            let id = chance.id();
            self.create(id, placeholder);
            for _ in 0..(1 + chance.below(3)).min(left) {
                left -= 1;
                let projects = u32::try_from(self.projects.len()).unwrap_or(1);
                let project = self.projects[chance.below(projects) as usize].id;
                let start = self.today.plus(chance.between(0, 90));
                let end = start.plus(chance.between(20, 120));
                let effort = Effort::PerWeek {
                    minutes: *chance.pick(&[600, 1200, 1200, 1800, 2400]),
                };
                let assignment = Assignment {
                    end: Some(end),
                    role: Some(title.to_owned()),
                    ..Assignment::new(Owner::Placeholder(id), project, start, effort)
                };
                self.create(chance.id(), assignment);
            }
        }
    }
}

fn project_name(n: usize, internal: bool) -> String {
    let round = match n / (CLIENTS.len() * PRODUCTS.len()) {
        0 => String::new(),
        round => format!(", phase {}", round + 1),
    };
    if internal {
        let number = match n / 9 / INTERNAL.len() {
            0 => String::new(),
            number => format!(" {}", number + 1),
        };
        return format!("{}{number}", INTERNAL[n / 9 % INTERNAL.len()]);
    }
    // Steps that share no divisor pair every client with every product in turn.
    let product = PRODUCTS[(n * 5 + n / CLIENTS.len()) % PRODUCTS.len()];
    format!("{} {product}{round}", CLIENTS[n % CLIENTS.len()])
}
