//! Files of the first Raally's format with made-up people, for tests and for trying an import.

use std::path::Path;

use rusqlite::{Connection, ToSql, params};

/// A file of the first Raally while it is being filled.
pub(crate) struct FirstRaally {
    pub(crate) conn: Connection,
}

/// A time as Sequelize writes it.
pub(crate) const AT: &str = "2022-09-26 19:55:07.072 +00:00";

/// A UUID that shows which of the kind it is: `id("person", 3)`.
pub(crate) fn id(kind: &str, n: u32) -> String {
    let kind = kind
        .bytes()
        .fold(0u32, |a, b| a.wrapping_mul(31).wrapping_add(b.into()));
    format!("{kind:08x}-0000-4000-8000-{n:012x}")
}

impl FirstRaally {
    /// A new file with all tables and no rows.
    pub(crate) fn create(path: &Path) -> FirstRaally {
        let conn = Connection::open(path).expect("the file can be made");
        conn.execute_batch(include_str!("schema.sql"))
            .expect("the schema is SQLite's own text");
        FirstRaally::unchecked(conn)
    }

    /// Opens a file again, to change it.
    pub(crate) fn open(path: &Path) -> FirstRaally {
        FirstRaally::unchecked(Connection::open(path).expect("the file is there"))
    }

    /// The first Raally never had SQLite check what rows refer to, and it shows.
    fn unchecked(conn: Connection) -> FirstRaally {
        conn.pragma_update(None, "foreign_keys", false)
            .expect("a pragma");
        FirstRaally { conn }
    }

    pub(crate) fn run(&self, sql: &str, values: &[&dyn ToSql]) {
        self.conn
            .execute(sql, values)
            .unwrap_or_else(|e| panic!("{sql}: {e}"));
    }

    /// A user with the password `Test@123`.
    pub(crate) fn user(&self, n: u32, email: &str) {
        let hash = bcrypt::hash("Test@123", 4).expect("bcrypt works");
        self.run(
            "INSERT INTO users (id, email, firstName, lastName, fullName, password, emailVerified,
             createdAt, updatedAt) VALUES (?1, ?2, ?3, 'Tester', ?3 || ' Tester', ?4, 1, ?5, ?5)",
            params![id("user", n), email, format!("User {n}"), hash, AT],
        );
    }

    pub(crate) fn tenant(&self, n: u32, name: &str, url: &str) {
        self.run(
            "INSERT INTO tenants (id, name, url, createdAt, updatedAt) VALUES (?1, ?2, ?3, ?4, ?4)",
            params![id("tenant", n), name, url, AT],
        );
    }

    pub(crate) fn member(&self, n: u32, tenant: u32, user: u32, roles: &str, status: &str) {
        self.run(
            "INSERT INTO tenantUsers (id, roles, status, createdAt, updatedAt, tenantId, userId)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
            params![
                id("member", n),
                roles,
                status,
                AT,
                id("tenant", tenant),
                id("user", user)
            ],
        );
    }

    pub(crate) fn settings(&self, tenant: u32, theme: &str) {
        self.run(
            "INSERT INTO settings (id, theme, createdAt, updatedAt, tenantId)
             VALUES (?1, ?2, ?3, ?3, ?1)",
            params![id("tenant", tenant), theme, AT],
        );
    }

    /// `createdAt` holds a user's id, as it does in the real file.
    pub(crate) fn person(&self, n: u32, tenant: u32, name: &str) {
        self.run(
            "INSERT INTO people (id, fullName, createdAt, updatedAt, tenantId)
             VALUES (?1, ?2, ?3, ?3, ?4)",
            params![id("person", n), name, id("user", 1), id("tenant", tenant)],
        );
    }

    pub(crate) fn job_title(&self, n: u32, tenant: u32, person: u32, title: &str, from: &str) {
        self.run(
            "INSERT INTO jobTitles (id, title, effectiveDate, createdAt, updatedAt, personId,
             tenantId) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                id("title", n),
                title,
                from,
                id("user", 1),
                AT,
                id("person", person),
                id("tenant", tenant)
            ],
        );
    }

    /// Hours a week and pay from a date on; both in whatever type SQLite is given.
    pub(crate) fn compensation(
        &self,
        n: u32,
        tenant: u32,
        person: u32,
        (hours, pay): (&dyn ToSql, &dyn ToSql),
        from: &str,
    ) {
        self.run(
            "INSERT INTO compensations (id, type, workAvailability, monetary, paidTimeOff,
             effectiveDate, createdAt, updatedAt, personId, tenantId)
             VALUES (?1, 'hourly', ?2, ?3, 20, ?4, ?5, ?6, ?7, ?8)",
            &[
                &id("compensation", n),
                hours,
                pay,
                &from,
                &id("user", 1),
                &AT,
                &id("person", person),
                &id("tenant", tenant),
            ],
        );
    }

    pub(crate) fn project(&self, n: u32, tenant: u32, code: &str, name: &str) {
        self.run(
            "INSERT INTO projects (id, projectId, name, type, createdAt, updatedAt, tenantId)
             VALUES (?1, ?2, ?3, 'managed-project', ?4, ?5, ?6)",
            params![
                id("project", n),
                code,
                name,
                id("user", 1),
                AT,
                id("tenant", tenant)
            ],
        );
    }

    /// Hours a week on a project.
    pub(crate) fn assignment(
        &self,
        n: u32,
        tenant: u32,
        (person, project): (u32, u32),
        hours: &dyn ToSql,
        (start, end): (&str, Option<&str>),
    ) {
        self.run(
            "INSERT INTO assignments (id, hoursPerWeek, startDate, endDate, role, createdAt,
             updatedAt, personId, projectId, tenantId)
             VALUES (?1, ?2, ?3, ?4, 'developer', ?5, ?6, ?7, ?8, ?9)",
            &[
                &id("assignment", n),
                hours,
                &start,
                &end,
                &id("user", 1),
                &AT,
                &id("person", person),
                &id("project", project),
                &id("tenant", tenant),
            ],
        );
    }

    pub(crate) fn audit(&self, n: u32, tenant: Option<String>, entity: (&str, &str), action: &str) {
        self.run(
            "INSERT INTO auditLogs (id, entityName, entityId, tenantId, action, createdByEmail,
             timestamp, \"values\") VALUES (?1, ?2, ?3, ?4, ?5, 'user1@test.com', ?6, ?7)",
            params![
                id("audit", n),
                entity.0,
                entity.1,
                tenant,
                action,
                "2022-07-30 16:01:34.608 +00:00",
                r#"{"fullName":"Somebody Else","passwordResetToken":"s3cret"}"#
            ],
        );
    }

    /// Marks a row as deleted.
    pub(crate) fn delete(&self, table: &str, id: &str) {
        let sql = format!("UPDATE {table} SET deletedAt = '{AT}' WHERE id = ?1");
        assert_eq!(
            self.conn.execute(&sql, [id]).expect("a table"),
            1,
            "{table} {id}"
        );
    }
}

/// A company as it might have used the first Raally: 24 people of whom six have hours, four
/// projects, and the dirt that such a file gathers in a year.
pub(crate) fn sample(path: &Path) {
    let file = FirstRaally::create(path);
    for n in 1..=3 {
        file.user(n, &format!("user{n}@test.com"));
    }
    file.tenant(1, "Workspace 01", "eff1ac0c-0000-4a2a-85bd-8083a2ee62ee");
    file.tenant(2, "Workspace 02", "2c29f703-0000-4a33-9999-bb5119121d43");
    file.tenant(3, "Workspace 03", "66849151-0000-4ea6-9cfb-340c9d73874b");
    file.delete("tenants", &id("tenant", 3));
    file.settings(1, "cyan");
    file.member(1, 1, 1, r#"["admin"]"#, "active");
    file.member(2, 1, 2, r#"["admin"]"#, "active");
    file.member(3, 2, 2, r#"["custom"]"#, "active");
    file.member(4, 2, 3, r#"["admin"]"#, "active");
    file.member(5, 3, 2, r#"["admin"]"#, "active");
    people(&file);
    work(&file);
    for n in 1..=6 {
        file.audit(
            n,
            Some(id("tenant", 1)),
            ("person", &id("person", n)),
            "create",
        );
    }
    file.audit(7, None, ("user", &id("user", 1)), "create");
    file.audit(
        8,
        Some(id("tenant", 3)),
        ("tenant", &id("tenant", 3)),
        "delete",
    );
    file.audit(
        9,
        Some(id("tenant", 99)),
        ("tenant", &id("tenant", 99)),
        "create",
    );
}

fn people(file: &FirstRaally) {
    const NAMES: [&str; 24] = [
        "John Smith",
        "Norma Miles",
        "Todd Butler",
        "Inês Almeida",
        "Jennifer Page",
        "Vicki Love",
        "Frank Gibson",
        "Łucja Nowak",
        "Ronald Keller",
        "Regina Kelley",
        "Muriel Lyons",
        "Sônia Canção",
        "Lisa Stanley",
        "Linda White",
        "Rogelio Fletcher",
        "Margie Cooper",
        "Rosa Reid",
        "Vernon Parker",
        "Omar Norman",
        "Henrietta West",
        "Stella Guerrero",
        "Anna Luna",
        "Sato Yuki",
        "Amina Okafor",
    ];
    const TITLES: [&str; 4] = [
        "Senior Developer",
        "Intermediate Developer",
        "Junior Developer",
        "Project Manager",
    ];
    for (n, name) in (1..).zip(NAMES) {
        file.person(n, 1, name);
        file.job_title(n, 1, n, TITLES[n as usize % 4], "2022-01-01");
    }
    file.job_title(30, 1, 1, "Technical Lead", "2022-07-30");
    file.job_title(31, 1, 2, "Intern", "2021-01-01");
    file.delete("jobTitles", &id("title", 31));
    file.compensation(1, 1, 1, (&40, &25), "2019-01-23");
    file.compensation(2, 1, 1, (&40, &16.25), "2021-03-01");
    file.compensation(3, 1, 2, (&40, &3250), "2021-02-01");
    file.compensation(4, 1, 3, (&"37.5", &"12.5"), "2022-01-01");
    file.compensation(5, 1, 4, (&41, &10), "2022-09-14");
    file.compensation(6, 1, 5, (&20, &15), "2022-09-23");
    file.compensation(7, 1, 6, (&10, &10), "2022-09-23");
    // Of people who no longer exist.
    for n in 40..=44 {
        file.compensation(n, 1, 900 + n, (&10, &10), "2022-01-01");
    }
    file.compensation(50, 1, 7, (&40, &10), "2022-01-01");
    file.delete("compensations", &id("compensation", 50));
}

fn work(file: &FirstRaally) {
    file.project(1, 1, "P0005", "Upstore");
    file.project(2, 1, "P0001", "EasyStart");
    file.project(3, 1, "P0002", "Automate Me");
    file.project(4, 1, "P0003", "Harbour International");
    file.project(5, 1, "P0009", "Abandoned");
    file.delete("projects", &id("project", 5));
    file.assignment(1, 1, (8, 1), &30, ("2022-07-30", Some("2022-10-11")));
    file.assignment(2, 1, (1, 2), &20, ("2022-01-17", Some("2022-08-15")));
    file.assignment(3, 1, (2, 2), &20, ("2022-01-17", None));
    file.assignment(4, 1, (1, 4), &20, ("2022-08-08", None));
    file.assignment(5, 1, (9, 2), &10, ("2022-09-14", Some("2022-09-30")));
    file.assignment(6, 1, (2, 4), &10.5, ("2022-09-06", Some("2022-09-30")));
    file.assignment(7, 1, (10, 1), &15, ("2022-09-05", Some("2022-09-30")));
    // A Saturday and a Sunday of somebody who works Monday to Friday: no day bears it.
    file.assignment(8, 1, (3, 3), &8, ("2022-09-17", Some("2022-09-18")));
    // What cannot be read.
    file.assignment(9, 1, (3, 3), &10, ("2022-09-30", Some("2022-09-01")));
    file.assignment(10, 1, (3, 3), &0, ("2022-09-01", None));
    file.assignment(11, 1, (3, 3), &10, ("2022-02-30", None));
    file.assignment(12, 1, (3, 5), &10, ("2022-09-01", None));
    file.assignment(13, 1, (990, 3), &10, ("2022-09-01", None));
}
