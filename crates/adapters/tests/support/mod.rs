//! The engines that tests run on.

/// Where an engine is, as `scripts/engines env` says it.
///
/// # Panics
/// When nobody has said it: a test that was silently left out would prove nothing.
pub(crate) fn engine(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!(
            "{variable} is not set: run 'scripts/engines start', then 'eval \"$(scripts/engines env)\"'."
        )
    })
}
