//! Mail in Spanish.

use raally_domain::notifications::NotificationKind;

use super::{EmailTemplate, digest};

pub(super) const HOLIDAYS: &str = "Festivos";

pub(super) fn greeting(name: Option<&str>) -> String {
    match name {
        Some(name) => format!("Hola, {name}:"),
        None => "Hola:".to_owned(),
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
            format!("Ahora formas parte de {workspace}"),
            format!("{by} te ha añadido a {workspace} en Raally.\n\n{link}"),
        ),
        EmailTemplate::Invited {
            by,
            workspace,
            link,
        } => (
            format!("{by} te invita a {workspace}"),
            format!(
                "{by} te invita a {workspace} en Raally, donde su equipo planifica \
                 quién trabaja en qué. Si no esperabas esta invitación, puedes ignorarla.\n\n\
                 Puedes aceptarla durante siete días aquí:\n\n{link}"
            ),
        ),
        EmailTemplate::Welcome { workspace, link } => (
            format!("{workspace} está listo"),
            format!(
                "Tu espacio de trabajo {workspace} en Raally está listo. Añade a tus personas y proyectos:\n\n{link}"
            ),
        ),
        EmailTemplate::Closing {
            workspace,
            link,
            date,
        } => (
            format!("{workspace} se borrará el {date}"),
            format!(
                "{workspace} se está cerrando. Ya nadie puede trabajar en él y el {date} se borrará por completo. Hasta entonces, sus administradores pueden obtener una exportación o anular el cierre:\n\n{link}"
            ),
        ),
        EmailTemplate::Resumed { workspace, link } => (
            format!("{workspace} sigue abierto"),
            format!("{workspace} ya no se va a cerrar:\n\n{link}"),
        ),
        EmailTemplate::Closed { workspace } => (
            format!("{workspace} se ha cerrado"),
            format!("{workspace} se ha cerrado y se ha borrado todo lo que Raally guardaba de él."),
        ),

        EmailTemplate::Digest {
            workspace,
            link,
            count,
            lines,
            more,
        } => {
            let subject = match count {
                1 => format!("Una novedad en {workspace}"),
                n => format!("{n} novedades en {workspace}"),
            };
            let more = (*more > 0).then(|| format!("… y {more} más"));
            (subject, digest(lines, more, link))
        }
    }
}

pub(super) fn notification(kind: NotificationKind, count: u32) -> &'static str {
    match (kind, count) {
        (NotificationKind::Assigned, 1) => "Nueva asignación",
        (NotificationKind::Assigned, _) => "Nuevas asignaciones",
        (NotificationKind::Changed, 1) => "Cambio en tu plan",
        (NotificationKind::Changed, _) => "Cambios en tu plan",
        (NotificationKind::Removed, 1) => "Asignación retirada",
        (NotificationKind::Removed, _) => "Asignaciones retiradas",
        (NotificationKind::Overbooked, _) => "Días por encima de la capacidad",
        (NotificationKind::Approver, _) => "Ausencia pendiente de aprobación",
        (NotificationKind::WebhookDisabled, _) => "Webhook desactivado",
    }
}
