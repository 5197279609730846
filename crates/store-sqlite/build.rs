//! Lists the migrations: every file of the folder, in the order of their numbers.

use std::fmt::Write;
use std::path::PathBuf;
use std::{env, error, fs};

fn main() -> Result<(), Box<dyn error::Error>> {
    println!("cargo::rerun-if-changed=migrations");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("migrations");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    let mut list = "&[\n".to_owned();
    for file in files {
        let name = file.file_stem().ok_or("a migration without a name")?;
        let name = name.to_str().ok_or("a migration's name is not text")?;
        // Found from the crate: folders with what was built are copied between clones.
        let path = format!("/migrations/{name}.sql");
        writeln!(
            list,
            "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),"
        )?;
    }
    list.push(']');
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("migrations.rs"),
        list,
    )?;
    Ok(())
}
