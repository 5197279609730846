//! What is said to users when something is refused: every sentence there is, with the code by which
//! clients know it and the parameters that it speaks of. A refusal holds a [`Message`], so none is
//! without a code; a code without a text in the web app's languages fails the web app's tests.

mod field;
mod parts;

use std::borrow::Cow;
use std::fmt;

use serde_json::{Map, Value};

pub use field::FieldError;
#[cfg(feature = "openapi")]
pub use field::ProblemCode;
use parts::OTHERS;
pub use parts::{Days, Since, Thing};

use crate::date::{Date, DateError, PeriodError};
use crate::kinds::{Kind, Resource};
use crate::pattern::PatternError;
use crate::plan::ApplyError;

/// Makes the enum of messages from one line each: `Variant { parameters } = "code": "text"`, where
/// the text names parameters in braces.
macro_rules! messages {
    ($($variant:ident $({ $($param:ident: $type:ty),+ })? = $code:literal: $text:literal;)+) => {
        /// A sentence, or what is wrong with a field, in English by [`fmt::Display`].
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[expect(missing_docs, reason = "a message says itself what it is about")]
        pub enum Message {
            /// Something is not there.
            NotFound(Thing),
            $($variant $({ $($param: $type),+ })?,)+
        }

        /// The codes of all messages but those of [`Message::NotFound`], with their parameters.
        const CODES: &[(&str, &[&str])] = &[$(($code, &[$($(stringify!($param)),+)?])),+];

        impl Message {
            /// Its stable code.
            #[must_use]
            pub fn code(&self) -> Cow<'static, str> {
                match self {
                    Message::NotFound(thing) => thing.code(),
                    $(Message::$variant $({ $($param: _),+ })? => Cow::Borrowed($code),)+
                }
            }

            /// What it speaks of, by name.
            #[must_use]
            pub fn params(&self) -> Map<String, Value> {
                match self {
                    Message::NotFound(_) => Map::new(),
                    $(Message::$variant $({ $($param),+ })? => Map::from_iter([
                        $($((stringify!($param).to_owned(), serde_json::json!($param)),)+)?
                    ]),)+
                }
            }
        }

        impl fmt::Display for Message {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    Message::NotFound(thing) => write!(f, "there is no such {}", thing.noun()),
                    $(Message::$variant $({ $($param),+ })? => {
                        $($(let _ = $param;)+)?
                        write!(f, $text)
                    })+
                }
            }
        }
    };
}

messages! {
    // What is wrong with a field.
    Empty = "empty": "must not be empty";
    Missing = "missing": "must be given";
    TooLong { most: usize } = "too-long": "must have at most {most} characters";
    TooShort { least: usize } = "too-short": "must have at least {least} characters";
    ControlCharacters = "control-characters": "must not hold control characters";
    NotAnEmail = "not-an-email": "must be an e-mail address";
    NotAUuid = "not-a-uuid": "must be a UUID";
    NilUuid = "nil-uuid": "must not be the nil UUID";
    NotAPatch = "not-a-patch": "must be an object: a merge patch (RFC 7396)";
    NotAWebAddress { most: usize } =
        "not-a-web-address": "must be a web address of at most {most} characters";
    TooMany { most: usize } = "too-many": "must have at most {most} entries";
    OutOfRange { least: u32, most: u32 } = "out-of-range": "must be between {least} and {most}";
    AboveMost { most: u32 } = "above-most": "must be at most {most}";
    BelowLeast { least: u32 } = "below-least": "must be at least {least}";
    Negative = "negative": "must not be negative";
    UnknownField { field: String, reason: String } = "unknown-field": "{reason}";
    MissingField { field: String, reason: String } = "missing-field": "{reason}";
    Unreadable { reason: String } = "unreadable": "{reason}";
    GivenTwice = "given-twice": "is given twice";
    GivenByAddress = "given-by-address": "is given by the address";
    UnknownParameter = "unknown-parameter": "is not known here";
    MalformedPart { reason: String } = "malformed-part": "{reason}";
    EndsBeforeStart = "ends-before-start": "must not lie before the start";
    PeriodTooLong = "period-too-long": "a period is at most 5 years long";
    InTheFuture = "in-the-future": "lies in the future";
    OnDay { day: Date } = "on-day": "{day}";
    NotADate = "not-a-date": "must be a date such as 2026-11-23";
    NoSuchDay = "no-such-day": "there is no such date";
    DateOutOfRange = "date-out-of-range": "must lie between 1970-01-01 and 2199-12-31";
    Invisible = "invisible": "must have something that can be seen";

    // What is wrong with a record.
    CycleWeeks = "cycle-weeks": "a cycle has 1 to 12 weeks";
    DayTooLong = "day-too-long": "a day has at most 1440 minutes";
    WeekTooLong = "week-too-long": "a week has at most 10080 minutes";
    WeekOrCycle = "week-or-cycle": "give either weekly_minutes or cycle";
    NameTaken { noun: String } = "name-taken": "there is a {noun} of that name";
    ProjectCodeTaken = "project-code-taken": "another project has that code";
    ClientNameDiffers =
        "client-name-differs": "is not the name of the client of client_id";
    UserLinked = "user-linked": "another person is linked with that user";
    PersonEmailTaken { person: String } = "person-email-taken": "is the address of {person}";
    DateTaken = "date-taken": "another record holds from that date on: change that one";
    SkillToAdd = "skill-to-add": "there is no such skill; add it first";
    SkillTwice = "skill-twice": "the skill is there twice";
    OwnManager = "own-manager": "nobody is their own manager";
    EffectiveDateAlone =
        "effective-date-alone": "belongs to a change of team, manager or holiday calendar";
    LastDayAlone = "last-day-alone": "belongs to somebody who is archived";
    TooManySpans { most: usize } = "too-many-spans": "must have at most {most} spans";
    SpansOverlap = "spans-overlap": "overlaps another span";
    PersonOrPlaceholder =
        "person-or-placeholder": "give either person_id or placeholder_id";
    TotalNeedsEnd = "total-needs-end": "a total effort needs an end";
    EffortUnits = "effort-units":
        "effort per week, day and in total has minutes, effort per capacity a share";
    NoWeekday = "no-weekday": "must name at least one day";
    PerDayOnly = "per-day-only": "belongs to effort per day only";
    PortionNeedsMinutes = "portion-needs-minutes": "must be given where portion is minutes";
    PortionHasNoMinutes =
        "portion-has-no-minutes": "belongs to portion minutes only";
    ToOrWorkingDays = "to-or-working-days": "give either to or working_days";
    WholeDaysOnly = "whole-days-only": "belongs to portion day only";
    NoSuchDate { count: u32, from: Date } =
        "no-such-date": "there are not {count} working days within 5 years of {from}";
    WorkedTwice = "worked-twice": "another entry says what that date works as";
    WorkedAndHalf = "worked-and-half": "is no half holiday as well: give one of the two";
    SlugShape = "slug-shape": "must be 1 to 60 lower-case letters, digits and hyphens";
    NewSlugShape = "new-slug-shape":
        "must be lower-case letters, digits and single hyphens, at most 60";
    UnknownTimeZone =
        "unknown-time-zone": "must be an IANA time zone such as Europe/Lisbon";
    UnknownLocale = "unknown-locale": "must be en, es or pt-BR";
    NotAPath = "not-a-path": "must be a path of at most 2000 characters";
    PasswordIsEmail = "password-is-email": "must not be the e-mail address";
    WrongPassword = "wrong-password": "is not your password";
    ConfirmWorkspace =
        "confirm-workspace": "must be the workspace's name or its address";
    WebhookAddress { reason: String } = "webhook-address": "{reason}";
    WebhookEventType = "webhook-event-type":
        "must be a type such as assignment.created or assignment.*";
    NoCommand = "no-command": "must hold at least one command";
    TooManyCommands { most: usize } = "too-many-commands": "must hold at most {most} commands";

    // What is wrong with a table that is brought in.
    NotHours = "not-hours": "must be hours such as 7.5, 7,5h or 7:30";
    NotAnEffort = "not-an-effort": "must be work such as 20h/w, 4h/d, 50% or 3d total";
    EffortTwice = "effort-twice": "says in a second way how much work it is: leave one of them";
    NotYesOrNo = "not-yes-or-no": "must be yes or no";
    NotOneOf { words: String } = "not-one-of": "must be one of {words}";
    NotOfThisTable = "not-of-this-table": "is nothing that such a table holds";
    SeveralOfName { name: String } = "several-of-name":
        "several are called {name}: tell them apart by an e-mail address, a code or an id";
    RowTwice { row: usize } = "row-twice": "is about the same as row {row}";
    FileNotATable = "file-not-a-table":
        "this is no table: save it as CSV or XLSX and send that";
    FileLocked = "file-locked":
        "this workbook has a password or an old format: save it as XLSX without one";
    FileEmpty = "file-empty": "there is nothing in this file";
    FileTooLarge { rows: usize, columns: usize } = "file-too-large":
        "a table has at most {rows} rows and {columns} columns: split it";

    // What stands against a change.
    IdTaken { noun: String } = "id-taken": "there is a {noun} with that id already";
    SeveralSpans = "several-spans":
        "there are several spans of employment: give the list of those that are to be";
    NotWrittenYet { reason: String } = "not-written-yet": "{reason}";
    SettingsStay = "settings-stay": "a workspace's settings can only be changed";
    NotDeletable { noun: String } = "not-deletable": "{noun} cannot be deleted";
    LastAdmin = "last-admin": "a workspace needs an admin: make somebody else one first";
    PersonHasBookings = "person-has-bookings":
        "this person has bookings: archive them instead, so that the past stays true";
    ProjectHasBookings = "project-has-bookings":
        "this project has bookings: archive it instead, so that the past stays true";
    ClientHasProjects =
        "client-has-projects": "the client has projects: archive it instead";
    CalendarInUse = "calendar-in-use":
        "the holiday calendar is in use: choose another for the workspace and its people first";
    ManagerCircle { from: Date, person: String } = "manager-circle":
        "from {from} on, {person} would be their own manager, directly or through others";
    NotBookable { name: String, state: String, since: Since } = "not-bookable":
        "{name} is {state}{since} and takes no new work";
    Overbooked { person: String, days: Days, count: usize } = "overbooked":
        "{person} would be overbooked on {days}; this workspace does not allow overbooking";
    WorkspaceFull { most: usize, plural: String } =
        "workspace-full": "a workspace has at most {most} {plural}";
    StepTooLarge { most: usize } =
        "step-too-large": "one request may change at most {most} things";
    StepTooHeavy { most_kib: usize } = "step-too-heavy":
        "one request may write at most {most_kib} KiB: do it in several";
    ValueTooHeavy { most_kib: usize } = "value-too-heavy":
        "this would take more than {most_kib} KiB: make it smaller";
    StepTooWide { most: usize } = "step-too-wide":
        "one request may look at at most {most} things: do it in several";
    StepTouchesTooMuch { most: usize } = "step-touches-too-much":
        "one request may change the rows of a schedule at most {most} times: do it in several";
    TooManyCells { most: usize } = "too-many-cells":
        "one answer has at most {most} cells, rows times buckets: ask for fewer rows, a shorter \
         period or larger buckets";
    WebhooksFull { most: usize } = "webhooks-full": "a workspace has at most {most} webhooks";
    NothingToUndo = "nothing-to-undo": "there is nothing of yours to take back";
    NothingToRedo = "nothing-to-redo": "there is nothing of yours to do again";
    MembersStay = "members-stay": "changes of members are not taken back";
    UndoConflict =
        "undo-conflict": "somebody changed it in between: later changes stand on that step";
    LaterChanges = "later-changes": "later changes stand on that step";
    Erased = "erased": "what that step changed has been erased since";
    DoesNotFit { reason: String } = "does-not-fit": "{reason}";
    EmailTaken = "email-taken":
        "There is an account with this e-mail address: sign in instead.";
    SlugTaken { slug: String } =
        "slug-taken": "Another workspace has the address \"{slug}\".";
    AlreadyMember = "already-member": "They are a member already.";
    ProofInvalid = "proof-invalid":
        "This link is not valid (any more): ask for another, and open it where you are signed in \
         to the account that it is for.";
    AddressUnverified = "address-unverified":
        "Verify your e-mail address first.";
    MembersByInvitation = "members-by-invitation":
        "nobody is made a member: invite them, and they accept";
    InvitationsFull { most: usize } =
        "invitations-full": "At most {most} invitations wait for an answer at a time.";
    AdminElsewhere { workspace: String } = "admin-elsewhere":
        "You are the only admin of {workspace}: make somebody else one, or close it first.";
    InvitationInvalid = "invitation-invalid":
        "This invitation is not valid (any more): ask for another.";
    AlreadyClosing = "already-closing": "It is being closed already.";
    NotClosing = "not-closing": "This workspace is not being closed.";
    BeingErased = "being-erased": "It is too late: the workspace is being erased.";
    ExportAway =
        "export-away": "The export is not there: it is being written, or gone.";
    NoPlanThen = "no-plan-then": "There was no plan yet at that time.";
    WebhookChanged = "webhook-changed": "The webhook was changed in between.";

    // Who may not, how a request is wrong as a whole, and what is wrong with us.
    Forbidden = "forbidden": "your role does not allow this";
    WorkspaceClosing = "workspace-closing":
        "this workspace is being closed: until it is erased, an admin can take that back or fetch \
         its export";
    Unauthenticated = "unauthenticated": "Sign in first.";
    WrongCredentials = "wrong-credentials": "E-mail address or password is wrong.";
    SessionEnded = "session-ended": "Your session has ended: sign in again.";
    TokenInvalid = "token-invalid":
        "Sign in again: the access token is not valid (any more).";
    AccountGone = "account-gone": "This account does not exist (any more).";
    Invalid = "invalid": "Some fields are not right.";
    Malformed = "malformed": "The request cannot be understood.";
    MalformedParameters = "malformed-parameters": "Some query parameters are not right.";
    TooLarge { most_kib: usize } = "too-large": "A body is at most {most_kib} KiB.";
    UnsupportedMediaType = "unsupported-media-type": "Send the body as application/json.";
    MethodNotAllowed = "method-not-allowed": "This address does not answer that method.";
    PreconditionFailed =
        "precondition-failed": "Somebody changed it in between; load it again.";
    IdempotencyMismatch = "idempotency-mismatch":
        "This Idempotency-Key came with another request before.";
    Reset = "reset":
        "This workspace was restored from a backup; load everything again.";
    RateLimited { seconds: u64 } =
        "rate-limited": "Too many requests; try again in {seconds} s.";
    TooManyAttempts = "too-many-attempts": "Too many attempts; try again later.";
    Unavailable { reason: String } = "unavailable": "{reason}";
    Internal = "internal": "Something went wrong on our side.";
    Unknown = "unknown":
        "Something went wrong on our side. Nothing was changed unless you see it.";
}

impl Message {
    /// Another record of that kind has the name.
    pub(crate) fn name_taken<E: Resource>() -> Message {
        Message::NameTaken {
            noun: E::NOUN.to_owned(),
        }
    }

    /// Every code there is, in alphabetical order.
    #[must_use]
    pub fn codes() -> Vec<Cow<'static, str>> {
        let kinds = Kind::ALL.iter().copied().map(Thing::Kind);
        let missing = kinds.chain(OTHERS).map(Thing::code);
        let said = CODES.iter().map(|(code, _)| Cow::Borrowed(*code));
        let mut codes: Vec<_> = said.chain(missing).collect();
        codes.sort_unstable();
        codes
    }
}

impl From<Thing> for Message {
    fn from(thing: Thing) -> Message {
        Message::NotFound(thing)
    }
}

impl From<Kind> for Message {
    /// There is no such record.
    fn from(kind: Kind) -> Message {
        Message::NotFound(Thing::Kind(kind))
    }
}

impl From<DateError> for Message {
    fn from(error: DateError) -> Message {
        match error {
            DateError::Malformed => Message::NotADate,
            DateError::NoSuchDay => Message::NoSuchDay,
            DateError::OutOfRange => Message::DateOutOfRange,
        }
    }
}

impl From<ApplyError> for Message {
    fn from(error: ApplyError) -> Message {
        Message::DoesNotFit {
            reason: error.to_string(),
        }
    }
}

impl From<PeriodError> for Message {
    fn from(error: PeriodError) -> Message {
        match error {
            PeriodError::EndsBeforeStart => Message::EndsBeforeStart,
            PeriodError::TooLong => Message::PeriodTooLong,
        }
    }
}

impl From<PatternError> for Message {
    fn from(error: PatternError) -> Message {
        match error {
            PatternError::Weeks => Message::CycleWeeks,
            PatternError::Day => Message::DayTooLong,
            PatternError::WeekTotal => Message::WeekTooLong,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_there_once() {
        let codes = Message::codes();
        let twice: Vec<_> = codes.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert_eq!(twice, Vec::<&[Cow<'static, str>]>::new());
    }

    #[test]
    fn a_message_fills_in_what_it_speaks_of() {
        let days: Vec<Date> = (0..12).map(|n| Date::MIN.plus(n)).collect();
        let message = Message::Overbooked {
            person: "Ana".to_owned(),
            days: Days::first(&days, 2),
            count: days.len(),
        };
        assert_eq!(
            message.to_string(),
            "Ana would be overbooked on 1970-01-01, 1970-01-02 and 10 more; this workspace does \
             not allow overbooking"
        );
        assert_eq!(
            Value::Object(message.params()),
            serde_json::json!({ "person": "Ana", "days": ["1970-01-01", "1970-01-02"], "count": 12 })
        );
    }
}
