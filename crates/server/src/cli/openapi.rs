//! `raally openapi`

use std::io::Write;

use crate::compose;

/// Prints the OpenAPI document.
pub(crate) fn run() -> Result<(), String> {
    std::io::stdout()
        .write_all(compose::openapi().as_bytes())
        .map_err(|error| format!("the document could not be printed: {error}"))
}
