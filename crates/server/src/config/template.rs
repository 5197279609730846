//! The configuration as TOML: as a template to fill in, and as what is in force.

use std::fmt::Write;

use documented::DocumentedFields;
use serde_json::Value;

use super::{
    Config, KafkaConfig, LimitsConfig, LogConfig, MailConfig, PostgresConfig, RedisConfig,
    TelemetryConfig, TlsConfig,
};

const BEGINNING: &str = "\
# What Raally may be told. Every line is a default: take away the # to change one. Each can also be
# given by the environment: RAALLY__LISTEN, RAALLY__POSTGRES__URL, RAALLY__LOG__FORMAT, …

";

/// What is known of a section: the names of its settings and what is said of each.
type Docs = (&'static [&'static str], &'static [&'static str]);

fn docs(section: &str) -> Docs {
    match section {
        "tls" => (TlsConfig::FIELD_NAMES, TlsConfig::FIELD_DOCS),
        "log" => (LogConfig::FIELD_NAMES, LogConfig::FIELD_DOCS),
        "telemetry" => (TelemetryConfig::FIELD_NAMES, TelemetryConfig::FIELD_DOCS),
        "mail" => (MailConfig::FIELD_NAMES, MailConfig::FIELD_DOCS),
        "limits" => (LimitsConfig::FIELD_NAMES, LimitsConfig::FIELD_DOCS),
        "postgres" => (PostgresConfig::FIELD_NAMES, PostgresConfig::FIELD_DOCS),
        "kafka" => (KafkaConfig::FIELD_NAMES, KafkaConfig::FIELD_DOCS),
        "redis" => (RedisConfig::FIELD_NAMES, RedisConfig::FIELD_DOCS),
        _ => (Config::FIELD_NAMES, Config::FIELD_DOCS),
    }
}

pub(super) fn commented(config: &Config) -> String {
    let mut text = BEGINNING.to_owned();
    write(config, true, &mut text);
    text
}

pub(super) fn plain(config: &Config) -> String {
    let mut text = String::new();
    write(config, false, &mut text);
    text
}

fn write(config: &Config, commented: bool, text: &mut String) {
    let whole = serde_json::to_value(config).unwrap_or_default();
    section("", &whole, commented, text);
    let (names, said) = docs("");
    for (name, said) in names.iter().zip(said) {
        let value = &whole[name];
        if !value.is_object() {
            continue;
        }
        if commented {
            remark(said, text);
        }
        let _ = writeln!(text, "[{name}]");
        section(name, value, commented, text);
    }
}

/// The settings of a section that are values.
fn section(name: &str, values: &Value, commented: bool, text: &mut String) {
    let (names, said) = docs(name);
    for (name, said) in names.iter().zip(said) {
        let value = &values[name];
        if value.is_object() {
            continue;
        }
        let mark = if commented { "# " } else { "" };
        if commented {
            remark(said, text);
        }
        // TOML has no null: a setting without a default is one that is not there.
        match value {
            Value::Null if commented => drop(writeln!(text, "# {name} =")),
            Value::Null => {}
            value => drop(writeln!(text, "{mark}{name} = {value}")),
        }
        if commented {
            text.push('\n');
        }
    }
    if !commented {
        text.push('\n');
    }
}

fn remark(said: &str, text: &mut String) {
    for line in said.lines() {
        let _ = writeln!(text, "## {line}");
    }
}
