//! Bytes as hexadecimal digits and back.

/// Two digits a byte, in lower case.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let digits = String::with_capacity(2 * bytes.len());
    bytes.iter().fold(digits, |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    })
}

pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (i, slot) in hash.iter_mut().enumerate() {
        *slot = u8::from_str_radix(&text[i * 2..i * 2 + 2], 16).ok()?;
    }
    Some(hash)
}
