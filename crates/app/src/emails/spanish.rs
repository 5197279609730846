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
        EmailTemplate::Verify { link } => (
            "Verifica tu dirección de correo".to_owned(),
            format!(
                "Alguien, probablemente tú, ha creado una cuenta en Raally con esta dirección \
                 de correo. Demuestra que es tuya, con la sesión iniciada en esa cuenta:\n\n{link}\n\n\
                 Si no fuiste tú, puedes ignorar este correo; si quieres la dirección para una \
                 cuenta tuya, pide una contraseña nueva en la página de inicio de sesión."
            ),
        ),
        EmailTemplate::Reset { link } => (
            "Una contraseña nueva".to_owned(),
            format!(
                "Establece una contraseña nueva para tu cuenta en Raally en el plazo de una \
                 hora:\n\n{link}\n\n\
                 Si no la pediste, puedes ignorar este correo: tu contraseña no cambia."
            ),
        ),
        EmailTemplate::NewAddress { link } => (
            "Verifica tu nueva dirección de correo".to_owned(),
            format!(
                "Una cuenta en Raally va a tener esta dirección de correo. Confírmala en el \
                 plazo de un día, con la sesión iniciada en esa cuenta:\n\n{link}\n\n\
                 Si no es tu cuenta, puedes ignorar este correo."
            ),
        ),
        EmailTemplate::AddressAsked { address } => (
            "Tu dirección de correo va a cambiar".to_owned(),
            format!(
                "Alguien que conoce tu contraseña ha pedido cambiar la dirección de correo de \
                 tu cuenta en Raally a {address}. Cambiará cuando se confirme esa \
                 dirección.\n\nSi no fuiste tú, cambia tu contraseña ahora."
            ),
        ),
        EmailTemplate::AddressChanged { address } => (
            "Tu dirección de correo ha cambiado".to_owned(),
            format!(
                "A partir de ahora, la dirección de correo de tu cuenta en Raally es \
                 {address}.\n\nSi no fuiste tú, escribe a quien administra este Raally."
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
        (NotificationKind::Displaced, _) => "Una ausencia quita trabajo a tus proyectos",
        (NotificationKind::Approver, _) => "Ausencia pendiente de aprobación",
        (NotificationKind::WebhookDisabled, _) => "Webhook desactivado",
    }
}
