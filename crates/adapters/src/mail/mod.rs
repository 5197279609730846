//! Mail.

mod log;

pub use log::LogMailer;
