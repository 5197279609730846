//! Which column holds what, guessed by its heading.

use raally_domain::figures::fold;
use serde::Serialize;

use crate::field::{Field, ImportKind};

/// Who made a file, as far as its headings tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportSource))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// An export of ours.
    Raally,
    /// Float.
    Float,
    /// Runn.
    Runn,
    /// Resource Guru.
    ResourceGuru,
}

/// What a table may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = ImportGuess))]
pub struct Guess {
    /// What its rows would be.
    pub kind: ImportKind,
    /// What each column would hold.
    pub columns: Vec<Option<Field>>,
    /// All that such a table may hold.
    pub fields: &'static [Field],
}

/// The rows among which the headings are looked for.
const HEADINGS_WITHIN: usize = 20;

/// For each kind what the columns would hold, the likeliest kind first; in which row the headings
/// stand, if there are any; and whose export it looks like.
#[must_use]
pub fn guess(rows: &[Vec<String>]) -> (Option<usize>, Vec<Guess>, Option<Source>) {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let known = |row: &Vec<String>| {
        let kinds = ImportKind::ALL.iter();
        kinds.map(|kind| score(*kind, row)).max().unwrap_or(0)
    };
    let candidates = rows.iter().take(HEADINGS_WITHIN).enumerate();
    let best = candidates.max_by_key(|(at, row)| (known(row), std::cmp::Reverse(*at)));
    let header = best
        .filter(|(_, row)| known(row) > 0)
        .map(|(at, row)| (at, row.clone()));
    let headings = header.as_ref().map_or(&[][..], |(_, row)| row);
    let mut kinds = ImportKind::ALL;
    kinds.sort_by_key(|kind| std::cmp::Reverse(score(*kind, headings)));
    let guesses = kinds.map(|kind| Guess {
        kind,
        columns: matched(kind, headings, width),
        fields: kind.fields(),
    });
    let source = source(headings);
    (header.map(|(at, _)| at), guesses.into(), source)
}

/// A heading in lower case, without accents, in words with one space between them.
fn plain(heading: &str) -> String {
    let mut text = String::with_capacity(heading.len());
    for c in fold(heading).chars() {
        match c {
            '%' => text.push_str(" % "),
            c if c.is_alphanumeric() => text.push(c),
            _ => text.push(' '),
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn matched(kind: ImportKind, headings: &[String], width: usize) -> Vec<Option<Field>> {
    let mut columns: Vec<Option<Field>> = vec![None; width];
    for (column, heading) in columns.iter_mut().zip(headings) {
        *column = field_of(kind, &plain(heading));
    }
    // A field is taken from one column: the one whose heading says it best.
    for at in 0..columns.len() {
        let Some(field) = columns[at] else { continue };
        let rank = |i: usize| rank(kind, field, &plain(&headings[i]));
        let better = (0..columns.len()).filter(|i| columns[*i] == Some(field));
        if better.min_by_key(|i| (rank(*i), *i)) != Some(at) {
            columns[at] = None;
        }
    }
    columns
}

/// How likely it is that rows below these headings are of a kind.
fn score(kind: ImportKind, headings: &[String]) -> usize {
    let columns = matched(kind, headings, headings.len());
    let known = columns.iter().flatten().count();
    let has = |fields: &[Field]| fields.iter().any(|f| columns.contains(&Some(*f)));
    let told = match kind {
        ImportKind::People => {
            usize::from(has(&[Field::Email, Field::LastName, Field::JobTitle]))
                * usize::from(has(&[Field::Name, Field::FirstName]))
        }
        ImportKind::Projects => {
            usize::from(has(&[Field::Client, Field::Code, Field::BudgetHours]))
                * usize::from(has(&[Field::Name]))
        }
        // A column of clients stands in tables of projects too, which have more that is known.
        ImportKind::Clients => {
            let names = ["client", "client name", "customer", "cliente"];
            usize::from(headings.iter().any(|h| names.contains(&plain(h).as_str())))
        }
        ImportKind::Assignments => {
            let who = has(&[Field::Person, Field::PersonEmail]);
            2 * usize::from(who && has(&[Field::Project, Field::ProjectCode]))
        }
        ImportKind::TimeOff => {
            let who = has(&[Field::Person, Field::PersonEmail]);
            2 * usize::from(who && has(&[Field::Kind]))
        }
    };
    10 * told + known
}

fn field_of(kind: ImportKind, heading: &str) -> Option<Field> {
    let fields = kind.fields().iter().copied();
    let ranked = fields.filter(|field| rank(kind, *field, heading) < usize::MAX);
    ranked.min_by_key(|field| (rank(kind, *field, heading), *field))
}

/// The place of a heading among those of a field; `usize::MAX` where it is none of them.
fn rank(kind: ImportKind, field: Field, heading: &str) -> usize {
    let mut names = names(kind, field).split('|');
    names.position(|name| name == heading).unwrap_or(usize::MAX)
}

/// The headings of a field, the plainest first: English, Spanish and Portuguese, those of our own
/// exports, and those that other programs' help pages name.
fn names(kind: ImportKind, field: Field) -> &'static str {
    use ImportKind::{Assignments, People, Projects, TimeOff};
    match (kind, field) {
        (_, Field::Id) => "id|raally id",
        (People, Field::Name) => {
            "full name|name|person|person name|employee|employee name|resource|resource name|team member|\
             nombre completo|nombre|nombre y apellidos|persona|empleado|nome completo|nome|pessoa|colaborador"
        }
        (Projects, Field::Name) => {
            "project name|project|name|proyecto|nombre del proyecto|nombre|projeto|nome do projeto|nome"
        }
        (_, Field::Name) => "client name|client|customer|name|cliente|nombre|nome",
        (_, Field::FirstName) => "first name|given name|nombre de pila|primer nombre|primeiro nome",
        (_, Field::LastName) => {
            "last name|surname|family name|apellido|apellidos|sobrenome|ultimo nome"
        }
        (_, Field::Email) => {
            "email|e mail|email address|e mail address|mail|correo|correo electronico|endereco de e mail"
        }
        (_, Field::JobTitle) => {
            "job title|title|role|default role|default role name|position|puesto|cargo|rol|funcao"
        }
        (People, Field::HoursPerWeek) => {
            "hours per week|hours a week|hours week|h week|h w|weekly hours|work availability|availability|\
             weekly capacity|capacity|horas por semana|horas semanales|horas semanais|disponibilidad|disponibilidade"
        }
        (_, Field::HoursPerWeek) => {
            "hours per week|hours a week|hours week|h week|h w|weekly hours|horas por semana|horas semanales|\
             horas semanais"
        }
        (_, Field::HoursPerDay) => {
            "hours per day|hours a day|hours day|h day|h d|daily hours|hours|horas por dia|horas diarias|horas"
        }
        (_, Field::Percent) => {
            "%|percent|percentage|allocation|allocation %|% allocation|utilization|share|porcentaje|asignacion|\
             percentual|alocacao"
        }
        (_, Field::TotalHours) => "total hours|hours total|total|horas totales|total de horas",
        (_, Field::Effort) => "effort|work|esfuerzo|esforco",
        (People, Field::From) => {
            "start date|employed from|employment from|contract start|hire date|start|from|fecha de inicio|\
             contratacion inicio|inicio|fecha de alta|data de inicio|contratacao inicio|admissao"
        }
        (People, Field::To) => {
            "end date|employed to|employment to|contract end|leaving date|end|to|until|fecha de fin|fin|\
             fecha de baja|data de termino|fim|data de fim|desligamento"
        }
        (_, Field::From) => {
            "start date|start|from|from date|first day|begin|starts|fecha de inicio|inicio|desde|data de inicio|de"
        }
        (_, Field::To) => {
            "end date|end|to|to date|last day|until|ends|due date|fecha de fin|fin|hasta|data de termino|fim|ate|\
             data de fim"
        }
        (_, Field::Team) => "team|department|team id|group|equipo|departamento|equipe|time|area",
        (_, Field::Manager) => {
            "manager|line manager|manager id|reports to|supervisor|gerente|gestor|responsable"
        }
        (_, Field::HolidayCalendar) => {
            "holiday calendar|holiday calendar id|holidays group|calendar|calendario|calendario de festivos|\
             calendario de feriados"
        }
        (_, Field::Skills) => "skills|skill|habilidades|competencias",
        (_, Field::Tags) => "tags|labels|tag|etiquetas|marcadores",
        (_, Field::Notes) => {
            "notes|note|comment|comments|description|details|notas|comentarios|observacoes"
        }
        (_, Field::Archived) => "archived|inactive|archivado|arquivado",
        (_, Field::Code) => {
            "project code|code|project id|number|codigo|codigo del proyecto|codigo do projeto"
        }
        (_, Field::Client) => "client|client name|customer|cliente",
        (_, Field::Status) => {
            "status|state|booking status|project status|estado|situacao|confirmation status"
        }
        (_, Field::Billable) => "billable|facturable|faturavel|is billable",
        (_, Field::BudgetHours) => {
            "budget hours|budget hours total|hours budget|budget h|presupuesto en horas|horas presupuestadas|\
             orcamento em horas"
        }
        (_, Field::Person) => {
            "person|person name|name|full name|employee|employee name|resource|resource name|team member|person id|\
             persona|nombre|empleado|recurso|pessoa|nome|colaborador"
        }
        (_, Field::PersonEmail) => {
            "person email|email|e mail|email address|resource email|employee email|correo|correo electronico"
        }
        (_, Field::Project) => "project|project name|project id|proyecto|projeto|nome do projeto",
        (_, Field::ProjectCode) => "project code|code|codigo del proyecto|codigo do projeto|codigo",
        (Assignments, Field::Role) => {
            "role|project role|task|activity|rol|tarea|funcao|tarefa|papel"
        }
        (_, Field::Role) => "role",
        (_, Field::Location) => "location|place|ubicacion|lugar|local",
        (TimeOff, Field::Kind) => {
            "type|kind|time off type|leave type|time off|absence type|tipo|tipo de ausencia|motivo"
        }
        (_, Field::Kind) => "kind",
        (_, Field::Reason) => "reason|note|notes|description|razon|notas|observacoes",
    }
}

fn source(headings: &[String]) -> Option<Source> {
    let headings: Vec<String> = headings.iter().map(|h| plain(h)).collect();
    let all = |names: &[&str]| names.iter().all(|name| headings.iter().any(|h| h == name));
    if all(&["id", "version"]) {
        Some(Source::Raally)
    } else if all(&["first name", "last name", "employment type"])
        || all(&["default role name"])
        || all(&["person email", "project role"])
    {
        Some(Source::Runn)
    } else if all(&["people type"]) || all(&["name", "department", "tags"]) {
        Some(Source::Float)
    } else if all(&["resource", "booker"]) || all(&["resource name", "booker"]) {
        Some(Source::ResourceGuru)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(lines: &[&[&str]]) -> Vec<Vec<String>> {
        let row = |line: &&[&str]| line.iter().map(|c| (*c).to_owned()).collect();
        lines.iter().map(row).collect()
    }

    fn first(lines: &[&[&str]]) -> (Option<usize>, ImportKind, Vec<Option<Field>>) {
        let (header, guesses, _) = guess(&rows(lines));
        (header, guesses[0].kind, guesses[0].columns.clone())
    }

    #[test]
    fn headings_stand_below_a_title_and_in_any_of_the_languages() {
        let (header, kind, columns) = first(&[
            &["Our people, as of March", "", ""],
            &["", "", ""],
            &["Nombre completo", "Correo electrónico", "Horas por semana"],
            &["Ana Maia", "ana@example.com", "40"],
        ]);
        assert_eq!((header, kind), (Some(2), ImportKind::People));
        let expected = [Field::Name, Field::Email, Field::HoursPerWeek];
        assert_eq!(columns, expected.map(Some));
    }

    #[test]
    fn a_table_is_what_its_headings_are_of() {
        let kind = |line: &[&str]| first(&[line]).1;
        assert_eq!(
            kind(&["Name", "Role", "Department", "Email"]),
            ImportKind::People
        );
        assert_eq!(
            kind(&["Project", "Client", "Budget hours"]),
            ImportKind::Projects
        );
        assert_eq!(kind(&["Client", "Notes"]), ImportKind::Clients);
        assert_eq!(
            kind(&[
                "Person",
                "Project",
                "Start date",
                "End date",
                "Hours per day"
            ]),
            ImportKind::Assignments
        );
        assert_eq!(
            kind(&["Employee", "Leave type", "From", "To"]),
            ImportKind::TimeOff
        );
    }

    #[test]
    fn a_field_is_taken_from_the_column_that_says_it_best() {
        let (_, guesses, _) = guess(&rows(&[&["Name", "Full name", "Email"]]));
        let people = guesses.iter().find(|g| g.kind == ImportKind::People);
        let columns = &people.unwrap().columns;
        assert_eq!(columns[..], [None, Some(Field::Name), Some(Field::Email)]);
    }

    #[test]
    fn what_has_no_headings_is_all_rows() {
        let (header, guesses, source) = guess(&rows(&[&["Ana Maia", "40"]]));
        assert_eq!((header, source), (None, None));
        assert_eq!(guesses[0].columns, [None, None]);
    }

    #[test]
    fn exports_are_recognised() {
        let of = |line: &[&str]| guess(&rows(&[line])).2;
        assert_eq!(of(&["id", "version", "full_name"]), Some(Source::Raally));
        assert_eq!(
            of(&["Name", "Department", "Tags", "Email"]),
            Some(Source::Float)
        );
        let runn = ["First Name", "Last Name", "Email", "Employment Type"];
        assert_eq!(of(&runn), Some(Source::Runn));
        assert_eq!(of(&["Who", "What"]), None);
    }
}
