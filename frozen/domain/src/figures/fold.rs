//! Text as it is searched and sorted: without case and diacritics.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text in lower case and without diacritics: "Łucja Ávila" folds to "lucja avila".
#[must_use]
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.nfd().filter(|c| !is_combining_mark(*c)) {
        for lower in c.to_lowercase() {
            match plain(lower) {
                Some(letters) => folded.push_str(letters),
                None if is_combining_mark(lower) => {}
                None => folded.push(lower),
            }
        }
    }
    folded
}

/// Letters that Unicode does not decompose, as people type them without their keyboard.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'þ' => "th",
        'ı' => "i",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_and_diacritics_do_not_matter() {
        for (text, folded) in [
            ("ANA", "ana"),
            ("Łucja Ávila", "lucja avila"),
            ("João Conceição", "joao conceicao"),
            ("GROẞ Øre", "gross ore"),
            ("İpek", "ipek"),
            ("李雷", "李雷"),
        ] {
            assert_eq!(fold(text), folded);
        }
    }
}
