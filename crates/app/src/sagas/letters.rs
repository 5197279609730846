//! What sagas write to people, in their languages.

use crate::ports::Mail;

#[derive(Clone, Copy)]
pub(super) enum Language {
    English,
    Spanish,
    Portuguese,
}

impl Language {
    pub(super) fn of(locale: Option<&str>) -> Language {
        match locale {
            Some("es") => Language::Spanish,
            Some("pt-BR") => Language::Portuguese,
            _ => Language::English,
        }
    }

    /// What a new workspace's calendar is called.
    pub(super) fn holidays(self) -> &'static str {
        match self {
            Language::English => "Holidays",
            Language::Spanish => "Festivos",
            Language::Portuguese => "Feriados",
        }
    }
}

/// What somebody is told of a workspace.
pub(super) enum Letter<'a> {
    Welcome {
        workspace: &'a str,
        link: &'a str,
    },
    /// It is being closed; `date` is when it will be erased.
    Closing {
        workspace: &'a str,
        link: &'a str,
        date: &'a str,
    },
    /// The closing was taken back.
    Resumed {
        workspace: &'a str,
        link: &'a str,
    },
    Closed {
        workspace: &'a str,
    },
}

impl Letter<'_> {
    pub(super) fn to(&self, email: &str, name: &str, locale: Option<&str>) -> Mail {
        let language = Language::of(locale);
        let (subject, text) = match language {
            Language::English => self.english(),
            Language::Spanish => self.spanish(),
            Language::Portuguese => self.portuguese(),
        };
        let hello = match language {
            Language::English => format!("Hello {name},"),
            Language::Spanish => format!("Hola, {name}:"),
            Language::Portuguese => format!("Olá, {name},"),
        };
        Mail {
            to: email.to_owned(),
            subject,
            body: format!("{hello}\n\n{text}\n"),
        }
    }

    fn english(&self) -> (String, String) {
        match self {
            Letter::Welcome { workspace, link } => (
                format!("{workspace} is ready"),
                format!(
                    "Your workspace {workspace} on Raally is ready. Add your people and projects:\n\n{link}"
                ),
            ),
            Letter::Closing {
                workspace,
                link,
                date,
            } => (
                format!("{workspace} will be erased on {date}"),
                format!(
                    "{workspace} is being closed. Nobody can work in it any more, and on {date} all of it will be erased. Until then its admins can fetch an export or take this back:\n\n{link}"
                ),
            ),
            Letter::Resumed { workspace, link } => (
                format!("{workspace} stays open"),
                format!("{workspace} is not being closed any more:\n\n{link}"),
            ),
            Letter::Closed { workspace } => (
                format!("{workspace} has been closed"),
                format!(
                    "{workspace} has been closed, and all that Raally kept of it has been erased."
                ),
            ),
        }
    }

    fn spanish(&self) -> (String, String) {
        match self {
            Letter::Welcome { workspace, link } => (
                format!("{workspace} está listo"),
                format!(
                    "Tu espacio de trabajo {workspace} en Raally está listo. Añade a tus personas y proyectos:\n\n{link}"
                ),
            ),
            Letter::Closing {
                workspace,
                link,
                date,
            } => (
                format!("{workspace} se borrará el {date}"),
                format!(
                    "{workspace} se está cerrando. Ya nadie puede trabajar en él y el {date} se borrará por completo. Hasta entonces, sus administradores pueden obtener una exportación o anular el cierre:\n\n{link}"
                ),
            ),
            Letter::Resumed { workspace, link } => (
                format!("{workspace} sigue abierto"),
                format!("{workspace} ya no se va a cerrar:\n\n{link}"),
            ),
            Letter::Closed { workspace } => (
                format!("{workspace} se ha cerrado"),
                format!(
                    "{workspace} se ha cerrado y se ha borrado todo lo que Raally guardaba de él."
                ),
            ),
        }
    }

    fn portuguese(&self) -> (String, String) {
        match self {
            Letter::Welcome { workspace, link } => (
                format!("{workspace} está pronto"),
                format!(
                    "Seu espaço de trabalho {workspace} no Raally está pronto. Adicione suas pessoas e seus projetos:\n\n{link}"
                ),
            ),
            Letter::Closing {
                workspace,
                link,
                date,
            } => (
                format!("{workspace} será apagado em {date}"),
                format!(
                    "{workspace} está sendo encerrado. Ninguém mais pode trabalhar nele e, em {date}, tudo será apagado. Até lá, seus administradores podem obter uma exportação ou desfazer o encerramento:\n\n{link}"
                ),
            ),
            Letter::Resumed { workspace, link } => (
                format!("{workspace} continua aberto"),
                format!("{workspace} não será mais encerrado:\n\n{link}"),
            ),
            Letter::Closed { workspace } => (
                format!("{workspace} foi encerrado"),
                format!(
                    "{workspace} foi encerrado e tudo o que o Raally guardava dele foi apagado."
                ),
            ),
        }
    }
}
