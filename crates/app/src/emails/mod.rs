//! What Raally writes to people by e-mail, in their languages: one template each, one file a
//! language. A template without a text in a language does not compile.

mod english;
mod portuguese;
mod spanish;

use raally_domain::notifications::NotificationKind;

use crate::ports::Mail;

/// A language that mail is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Spanish,
    /// As in Brazil.
    Portuguese,
}

impl Language {
    /// That of a user's locale; English where they have chosen none.
    pub(crate) fn of(locale: Option<&str>) -> Language {
        match locale {
            Some("es") => Language::Spanish,
            Some("pt-BR") => Language::Portuguese,
            _ => Language::English,
        }
    }

    /// What a new workspace's calendar is called.
    pub(crate) fn holidays(self) -> &'static str {
        match self {
            Language::English => english::HOLIDAYS,
            Language::Spanish => spanish::HOLIDAYS,
            Language::Portuguese => portuguese::HOLIDAYS,
        }
    }

    /// A kind of notification as a digest names it, of that many things.
    pub(crate) fn notification(self, kind: NotificationKind, count: u32) -> &'static str {
        match self {
            Language::English => english::notification(kind, count),
            Language::Spanish => spanish::notification(kind, count),
            Language::Portuguese => portuguese::notification(kind, count),
        }
    }
}

/// Somebody who is written to.
#[derive(Clone, Copy)]
pub(crate) struct Recipient<'a> {
    pub(crate) email: &'a str,
    /// `None` where they have no account yet.
    pub(crate) name: Option<&'a str>,
    pub(crate) language: Language,
}

/// What somebody is told by mail.
pub(crate) enum EmailTemplate<'a> {
    /// `by` has made them a member of `workspace`, which is at `link`.
    Added {
        by: &'a str,
        workspace: &'a str,
        link: &'a str,
    },
    /// `by` invites them to `workspace`, which they may accept at `link` for a week.
    Invited {
        by: &'a str,
        workspace: &'a str,
        link: &'a str,
    },
    /// They are to show that the address of their account is theirs.
    Verify { link: &'a str },
    /// They may set a new password.
    Reset { link: &'a str },
    /// Their account is to have this address, if it is theirs.
    NewAddress { link: &'a str },
    /// Somebody asked for another address of their account.
    AddressAsked { address: &'a str },
    /// Their account has another address from now on.
    AddressChanged { address: &'a str },
    /// The workspace that they asked for is ready.
    Welcome { workspace: &'a str, link: &'a str },
    /// Their workspace is being closed; `date` is when it will be erased.
    Closing {
        workspace: &'a str,
        link: &'a str,
        date: &'a str,
    },
    /// The closing was taken back.
    Resumed { workspace: &'a str, link: &'a str },
    /// Their workspace has been erased.
    Closed { workspace: &'a str },
    /// What they have not read yet: how many notifications, the first of them line by line, and
    /// how many more there are.
    Digest {
        workspace: &'a str,
        link: &'a str,
        count: usize,
        lines: &'a [String],
        more: usize,
    },
}

impl EmailTemplate<'_> {
    /// The mail to a recipient, in their language.
    pub(crate) fn to(&self, recipient: Recipient<'_>) -> Mail {
        let (greeting, (subject, text)) = match recipient.language {
            Language::English => (english::greeting(recipient.name), english::text(self)),
            Language::Spanish => (spanish::greeting(recipient.name), spanish::text(self)),
            Language::Portuguese => (portuguese::greeting(recipient.name), portuguese::text(self)),
        };
        Mail {
            to: recipient.email.to_owned(),
            subject,
            body: format!("{greeting}\n\n{text}\n"),
            link: self.proof().map(str::to_owned),
        }
    }

    /// The link by which its reader proves something.
    fn proof(&self) -> Option<&str> {
        match self {
            EmailTemplate::Invited { link, .. }
            | EmailTemplate::Verify { link }
            | EmailTemplate::Reset { link }
            | EmailTemplate::NewAddress { link } => Some(link),
            _ => None,
        }
    }
}

/// A digest's lines, that there are more, and where to read them.
fn digest(lines: &[String], more: Option<String>, link: &str) -> String {
    let mut text = String::new();
    for line in lines.iter().chain(&more) {
        text.push_str(line);
        text.push('\n');
    }
    format!("{text}\n{link}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn templates(lines: &[String]) -> [EmailTemplate<'_>; 12] {
        let (by, workspace, link) = ("Ana", "Acme", "https://r.example/acme");
        [
            EmailTemplate::Added {
                by,
                workspace,
                link,
            },
            EmailTemplate::Invited {
                by,
                workspace,
                link,
            },
            EmailTemplate::Verify { link },
            EmailTemplate::Reset { link },
            EmailTemplate::NewAddress { link },
            EmailTemplate::AddressAsked {
                address: "new@example.com",
            },
            EmailTemplate::AddressChanged {
                address: "new@example.com",
            },
            EmailTemplate::Welcome { workspace, link },
            EmailTemplate::Closing {
                workspace,
                link,
                date: "2026-03-31",
            },
            EmailTemplate::Resumed { workspace, link },
            EmailTemplate::Closed { workspace },
            EmailTemplate::Digest {
                workspace,
                link,
                count: 3,
                lines,
                more: 1,
            },
        ]
    }

    /// Every mail in every language, as it is read. After a wanted change: UPDATE_GOLDEN=1.
    #[test]
    fn mails_read_as_they_did() {
        let lines = ["- One".to_owned(), "- Two".to_owned()];
        let mut all = String::new();
        for language in [Language::English, Language::Spanish, Language::Portuguese] {
            for template in templates(&lines) {
                let name = match template {
                    EmailTemplate::Invited { .. }
                    | EmailTemplate::Verify { .. }
                    | EmailTemplate::Reset { .. }
                    | EmailTemplate::NewAddress { .. } => None,
                    _ => Some("Bob"),
                };
                let mail = template.to(Recipient {
                    email: "bob@example.com",
                    name,
                    language,
                });
                assert_eq!(mail.to, "bob@example.com");
                all.push_str(&format!("---- {}\n{}\n", mail.subject, mail.body));
            }
        }
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/src/emails/golden.txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(golden, &all).unwrap();
        }
        assert_eq!(all, std::fs::read_to_string(golden).unwrap());
    }
}
