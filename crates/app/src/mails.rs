//! What mail says, in every language.

use raally_domain::news::NewsKind;

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
}

/// To `to`, called `name`: `by` has made them a member of `workspace`, which is at `link`.
pub(crate) fn added(
    language: Language,
    (to, name): (&str, &str),
    by: &str,
    workspace: &str,
    link: &str,
) -> Mail {
    let (subject, body) = match language {
        Language::Spanish => (
            format!("Ahora formas parte de {workspace}"),
            format!("Hola, {name}:\n\n{by} te ha añadido a {workspace} en Raally.\n\n{link}\n"),
        ),
        Language::Portuguese => (
            format!("Você agora faz parte de {workspace}"),
            format!("Olá, {name},\n\n{by} adicionou você a {workspace} no Raally.\n\n{link}\n"),
        ),
        Language::English => (
            format!("You have been added to {workspace}"),
            format!("Hello {name},\n\n{by} has added you to {workspace} on Raally.\n\n{link}\n"),
        ),
    };
    Mail {
        to: to.to_owned(),
        subject,
        body,
    }
}

/// To `to`: `by` invites them to `workspace`, which they may accept at `link` for a week.
pub(crate) fn invited(language: Language, to: &str, by: &str, workspace: &str, link: &str) -> Mail {
    let (subject, body) = match language {
        Language::Spanish => (
            format!("{by} te invita a {workspace}"),
            format!(
                "Hola:\n\n{by} te invita a {workspace} en Raally, donde su equipo planifica \
                 quién trabaja en qué. Si no esperabas esta invitación, puedes ignorarla.\n\n\
                 Puedes aceptarla durante siete días aquí:\n\n{link}\n"
            ),
        ),
        Language::Portuguese => (
            format!("{by} convida você para {workspace}"),
            format!(
                "Olá,\n\n{by} convida você para {workspace} no Raally, onde a equipe planeja quem \
                 trabalha em quê. Se você não esperava este convite, pode ignorá-lo.\n\n\
                 Você pode aceitá-lo durante sete dias aqui:\n\n{link}\n"
            ),
        ),
        Language::English => (
            format!("{by} invites you to {workspace}"),
            format!(
                "Hello,\n\n{by} invites you to {workspace} on Raally, where its team plans who \
                 works on what. If you did not expect this invitation, you can ignore it.\n\n\
                 You can accept it within seven days here:\n\n{link}\n"
            ),
        ),
    };
    Mail {
        to: to.to_owned(),
        subject,
        body,
    }
}

/// What a digest says.
pub(crate) struct DigestWords {
    /// Of so many news in that workspace.
    pub subject: fn(&str, usize) -> String,
    pub hello: fn(&str) -> String,
    pub more: fn(usize) -> String,
    pub kind: fn(NewsKind, u32) -> String,
}

pub(crate) fn digest_words(language: Language) -> DigestWords {
    match language {
        Language::Spanish => DigestWords {
            subject: |workspace, n| match n {
                1 => format!("Una novedad en {workspace}"),
                n => format!("{n} novedades en {workspace}"),
            },
            hello: |name| format!("Hola, {name}:"),
            more: |n| format!("… y {n} más"),
            kind: |kind, n| {
                match (kind, n) {
                    (NewsKind::Assigned, 1) => "Nueva asignación",
                    (NewsKind::Assigned, _) => "Nuevas asignaciones",
                    (NewsKind::Changed, 1) => "Cambio en tu plan",
                    (NewsKind::Changed, _) => "Cambios en tu plan",
                    (NewsKind::Removed, 1) => "Asignación retirada",
                    (NewsKind::Removed, _) => "Asignaciones retiradas",
                    (NewsKind::Overbooked, _) => "Días por encima de la capacidad",
                    (NewsKind::Approver, _) => "Ausencia pendiente de aprobación",
                    (NewsKind::WebhookDisabled, _) => "Webhook desactivado",
                }
                .to_owned()
            },
        },
        Language::Portuguese => DigestWords {
            subject: |workspace, n| match n {
                1 => format!("Uma novidade em {workspace}"),
                n => format!("{n} novidades em {workspace}"),
            },
            hello: |name| format!("Olá, {name},"),
            more: |n| format!("… e mais {n}"),
            kind: |kind, n| {
                match (kind, n) {
                    (NewsKind::Assigned, 1) => "Nova alocação",
                    (NewsKind::Assigned, _) => "Novas alocações",
                    (NewsKind::Changed, 1) => "Mudança no seu plano",
                    (NewsKind::Changed, _) => "Mudanças no seu plano",
                    (NewsKind::Removed, 1) => "Alocação removida",
                    (NewsKind::Removed, _) => "Alocações removidas",
                    (NewsKind::Overbooked, _) => "Dias acima da capacidade",
                    (NewsKind::Approver, _) => "Ausência aguardando aprovação",
                    (NewsKind::WebhookDisabled, _) => "Webhook desativado",
                }
                .to_owned()
            },
        },
        Language::English => DigestWords {
            subject: |workspace, n| match n {
                1 => format!("News in {workspace}"),
                n => format!("{n} news in {workspace}"),
            },
            hello: |name| format!("Hello {name},"),
            more: |n| format!("… and {n} more"),
            kind: |kind, n| {
                match (kind, n) {
                    (NewsKind::Assigned, 1) => "New assignment",
                    (NewsKind::Assigned, _) => "New assignments",
                    (NewsKind::Changed, 1) => "Change to your plan",
                    (NewsKind::Changed, _) => "Changes to your plan",
                    (NewsKind::Removed, 1) => "Assignment removed",
                    (NewsKind::Removed, _) => "Assignments removed",
                    (NewsKind::Overbooked, _) => "Days over capacity",
                    (NewsKind::Approver, _) => "Time off to approve",
                    (NewsKind::WebhookDisabled, _) => "Webhook turned off",
                }
                .to_owned()
            },
        },
    }
}
