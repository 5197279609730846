//! The file of a company that used the first Raally, where it lies beside the repository.

use std::path::PathBuf;

use raally_domain::date::{Date, Period};
use raally_domain::figures::dashboard;
use raally_domain::ids::TenantId;

use super::lab::Lab;

/// `RAALLY_FIRST_DB`, else `../shared/data/raally-first.db` beside the repository.
fn real_file() -> Option<PathBuf> {
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/raally-first.db"
    );
    let named = std::env::var_os("RAALLY_FIRST_DB");
    let path = named.map_or_else(|| PathBuf::from(beside), PathBuf::from);
    path.exists().then_some(path)
}

#[test]
fn the_real_file_comes_in_with_the_figures_known() {
    let Some(file) = real_file() else {
        println!("skipped: there is no file of a first Raally beside the repository");
        return;
    };
    let lab = Lab::empty();
    let output = lab.run_on(&file);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let id: TenantId = "564e28be-ad99-435b-844a-44c8ce27acbe".parse().unwrap();
    let plan = lab.inside(|i| async move { i.plan(id).await });
    assert_eq!(plan.settings().name, "Workspace 01");
    assert_eq!(plan.people().len(), 101);
    assert_eq!(plan.projects().len(), 4);
    assert_eq!(plan.assignment_count(), 7);
    let day = |text: &str| text.parse::<Date>().unwrap();
    let week = Period::new(day("2022-09-12"), day("2022-09-18")).unwrap();
    let d = dashboard(&plan, week, false);
    assert_eq!(d.capacity_minutes, 8676);
    assert_eq!(d.booked_minutes, 6060);
    assert_eq!(d.overtime_minutes, 3060);
    assert_eq!(d.people.no_capacity, 94);
    for n in 1..=3 {
        let signed_in = lab.sign_in(&format!("user{n}@test.com"), "Test@123");
        assert!(!signed_in.unwrap().is_empty());
    }
    let heads = lab.heads();
    assert!(lab.run_on(&file).status.success());
    assert_eq!(lab.heads(), heads);
}
