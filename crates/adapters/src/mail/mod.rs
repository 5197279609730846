//! Mail.

mod log;
mod smtp;

pub use log::LogMailer;
pub use smtp::SmtpMailer;
