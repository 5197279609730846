//! Text as it is searched and sorted: without case, and without the diacritics that people leave
//! out where their keyboard has none.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The text in lower case and without diacritics: "Łucja Ávila" folds to "lucja avila". Marks that
/// make another letter are kept, as the vowel signs of Hindi and Thai and the voicing marks of
/// Japanese are: मीना is not मोना.
#[must_use]
pub fn fold(text: &str) -> String {
    folded(text, plain)
}

/// What somebody searches for, as they may spell it: "mueller", "muller" and "Müller" each find
/// the other two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchTerm {
    folded: String,
    spelled: String,
}

impl SearchTerm {
    /// What was typed, without the blanks around it.
    #[must_use]
    pub fn new(text: &str) -> SearchTerm {
        let text = text.trim();
        SearchTerm {
            folded: fold(text),
            spelled: folded(text, spelled_out),
        }
    }

    /// Whether the text holds it.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.is_in_folded(&fold(text), text)
    }

    /// The same where the folded text is at hand.
    #[must_use]
    pub fn is_in_folded(&self, folded_text: &str, text: &str) -> bool {
        folded_text.contains(&self.folded)
            || folded_text.contains(&self.spelled)
            || (!text.is_ascii() && folded(text, spelled_out).contains(&self.folded))
    }
}

fn folded(text: &str, letters: fn(char) -> Option<&'static str>) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    // Composed first, so that letters are known by what they are, whichever way they were typed.
    for lower in text.nfc().flat_map(char::to_lowercase) {
        match letters(lower) {
            Some(letters) => folded.push_str(letters),
            None => folded.extend(std::iter::once(lower).nfd().filter(|c| !is_left_out(*c))),
        }
    }
    folded
}

/// Whether people leave a mark out: accents of Latin, Greek and Cyrillic letters, the points of
/// Hebrew and the vowels of Arabic.
fn is_left_out(c: char) -> bool {
    let marks = matches!(c,
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}'
        | '\u{fe20}'..='\u{fe2f}');
    marks && is_combining_mark(c)
}

/// Letters as they are spelled where a keyboard has none of them.
fn spelled_out(c: char) -> Option<&'static str> {
    Some(match c {
        'ä' => "ae",
        'ö' | 'ø' => "oe",
        'ü' => "ue",
        'å' => "aa",
        _ => return plain(c),
    })
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
    use super::{SearchTerm, fold};

    #[test]
    fn case_and_diacritics_do_not_matter() {
        for (text, folded) in [
            ("ANA", "ana"),
            ("Łucja Ávila", "lucja avila"),
            ("João Conceição", "joao conceicao"),
            ("GROẞ Øre", "gross ore"),
            ("İpek", "ipek"),
            ("李雷", "李雷"),
            ("שָׁלוֹם", "שלום"),
            ("مُحَمَّد", "محمد"),
            ("Ἀθηνᾶ", "αθηνα"),
        ] {
            assert_eq!(fold(text), folded);
            let composed_otherwise: String =
                unicode_normalization::UnicodeNormalization::nfd(text).collect();
            assert_eq!(fold(&composed_otherwise), folded, "however it was typed");
        }
    }

    #[test]
    fn marks_that_make_another_letter_are_kept() {
        let names = [
            "मीना शर्मा",
            "मोना शर्मा",
            "がわ たろう",
            "かわ じろう",
            "กิตติ",
            "กุตตา",
        ];
        for (text, finds) in [
            ("मीना", 0),
            ("मोना", 1),
            ("がわ", 2),
            ("かわ", 3),
            ("กิต", 4),
            ("กุต", 5),
        ] {
            let term = SearchTerm::new(text);
            let found: Vec<_> = (0..6).filter(|n| term.is_in(names[*n])).collect();
            assert_eq!(found, [finds], "{text}");
        }
    }

    #[test]
    fn a_name_is_found_by_each_of_its_spellings() {
        for (text, name) in [
            ("mueller", "Karl Müller"),
            ("muller", "Karl Müller"),
            ("MÜLLER", "Karl Müller"),
            ("müller", "Karl Mueller"),
            ("lukasz", "Łukasz"),
            ("Soerensen", "Sørensen"),
            ("sorensen", "Sørensen"),
            ("aakesson", "Åkesson"),
            ("  grosse ", "Große"),
        ] {
            assert!(SearchTerm::new(text).is_in(name), "{text}");
        }
        assert!(!SearchTerm::new("moeller").is_in("Karl Müller"));
        assert!(!SearchTerm::new("müller").is_in("Karl Moller"));
    }
}
