//! Importing files of the first Raally by the binary, as legacy-import demands: made-up files
//! always, the real one where it lies at hand.

mod again;
mod first;
#[path = "../../../../legacy/examples/first_raally/mod.rs"]
#[allow(dead_code, reason = "the example uses the rest of it")]
mod first_raally;
mod here_before;
mod lab;
mod oracle;
mod real;
mod untouched;
