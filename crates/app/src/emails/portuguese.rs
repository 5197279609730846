//! Mail in Brazilian Portuguese.

use raally_domain::notifications::NotificationKind;

use super::{EmailTemplate, digest};

pub(super) const HOLIDAYS: &str = "Feriados";

pub(super) fn greeting(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("Olá, {name},"),
        None => "Olá,".to_owned(),
    }
}

/// The subject, and the text after the greeting.
pub(super) fn text(template: &EmailTemplate<'_>) -> (String, String) {
    match template {
        EmailTemplate::Added {
            by,
            workspace,
            link,
        } => (
            format!("Você agora faz parte de {workspace}"),
            format!("{by} adicionou você a {workspace} no Raally.\n\n{link}"),
        ),
        EmailTemplate::Invited {
            by,
            workspace,
            link,
        } => (
            format!("{by} convida você para {workspace}"),
            format!(
                "{by} convida você para {workspace} no Raally, onde a equipe planeja quem \
                 trabalha em quê. Se você não esperava este convite, pode ignorá-lo.\n\n\
                 Você pode aceitá-lo durante sete dias aqui:\n\n{link}"
            ),
        ),
        EmailTemplate::Verify { link } => (
            "Verifique seu endereço de e-mail".to_owned(),
            format!(
                "Alguém, provavelmente você, criou uma conta no Raally com este endereço de \
                 e-mail. Mostre que ele é seu, com a sessão iniciada nessa conta:\n\n{link}\n\n\
                 Se não foi você, pode ignorar este e-mail; se quiser o endereço para uma conta \
                 sua, peça uma nova senha na página de entrada."
            ),
        ),
        EmailTemplate::Reset { link } => (
            "Uma nova senha".to_owned(),
            format!(
                "Defina uma nova senha para sua conta no Raally dentro de uma hora:\n\n{link}\n\n\
                 Se você não a pediu, pode ignorar este e-mail: sua senha continua a mesma."
            ),
        ),
        EmailTemplate::NewAddress { link } => (
            "Verifique seu novo endereço de e-mail".to_owned(),
            format!(
                "Uma conta no Raally vai ter este endereço de e-mail. Confirme-o dentro de um \
                 dia, com a sessão iniciada nessa conta:\n\n{link}\n\n\
                 Se a conta não for sua, pode ignorar este e-mail."
            ),
        ),
        EmailTemplate::AddressAsked { address } => (
            "Seu endereço de e-mail vai mudar".to_owned(),
            format!(
                "Alguém que sabe sua senha pediu para mudar o endereço de e-mail da sua conta \
                 no Raally para {address}. Ele muda quando esse endereço for confirmado.\n\nSe \
                 não foi você, mude sua senha agora."
            ),
        ),
        EmailTemplate::AddressChanged { address } => (
            "Seu endereço de e-mail mudou".to_owned(),
            format!(
                "A partir de agora, o endereço de e-mail da sua conta no Raally é \
                 {address}.\n\nSe não foi você, escreva a quem administra este Raally."
            ),
        ),
        EmailTemplate::Welcome { workspace, link } => (
            format!("{workspace} está pronto"),
            format!(
                "Seu espaço de trabalho {workspace} no Raally está pronto. Adicione suas pessoas e seus projetos:\n\n{link}"
            ),
        ),
        EmailTemplate::Closing {
            workspace,
            link,
            date,
        } => (
            format!("{workspace} será apagado em {date}"),
            format!(
                "{workspace} está sendo encerrado. Ninguém mais pode trabalhar nele e, em {date}, tudo será apagado. Até lá, seus administradores podem obter uma exportação ou desfazer o encerramento:\n\n{link}"
            ),
        ),
        EmailTemplate::Resumed { workspace, link } => (
            format!("{workspace} continua aberto"),
            format!("{workspace} não será mais encerrado:\n\n{link}"),
        ),
        EmailTemplate::Closed { workspace } => (
            format!("{workspace} foi encerrado"),
            format!("{workspace} foi encerrado e tudo o que o Raally guardava dele foi apagado."),
        ),

        EmailTemplate::Digest {
            workspace,
            link,
            count,
            lines,
            more,
        } => {
            let subject = match count {
                1 => format!("Uma novidade em {workspace}"),
                n => format!("{n} novidades em {workspace}"),
            };
            let more = (*more > 0).then(|| format!("… e mais {more}"));
            (subject, digest(lines, more, link))
        }
    }
}

pub(super) fn notification(kind: NotificationKind, count: u32) -> &'static str {
    match (kind, count) {
        (NotificationKind::Assigned, 1) => "Nova alocação",
        (NotificationKind::Assigned, _) => "Novas alocações",
        (NotificationKind::Changed, 1) => "Mudança no seu plano",
        (NotificationKind::Changed, _) => "Mudanças no seu plano",
        (NotificationKind::Removed, 1) => "Alocação removida",
        (NotificationKind::Removed, _) => "Alocações removidas",
        (NotificationKind::Overbooked, _) => "Dias acima da capacidade",
        (NotificationKind::Displaced, _) => "Uma ausência tira trabalho dos seus projetos",
        (NotificationKind::Approver, _) => "Ausência aguardando aprovação",
        (NotificationKind::WebhookDisabled, _) => "Webhook desativado",
    }
}
