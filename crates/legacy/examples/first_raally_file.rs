//! Writes a made-up file of the first Raally's format, to try `raally import legacy` with:
//! `cargo run --example first_raally_file -- raally-first.db`. Sign in as user1@test.com,
//! user2@test.com or user3@test.com with `Test@123`.

#[allow(dead_code, reason = "tests use the rest of it")]
mod first_raally;

fn main() {
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: first_raally_file FILE");
        std::process::exit(2);
    };
    let path = std::path::PathBuf::from(path);
    if path.exists() {
        eprintln!("{} is there already", path.display());
        std::process::exit(2);
    }
    first_raally::sample(&path);
}
