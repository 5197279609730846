//! Whether an installation is as it should be, and what to do where it is not. Looking changes
//! nothing and makes nothing: no table, no topic, no data folder.

mod certificates;
mod events;
mod stores;

use std::fmt::{self, Display};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use raally_app::services::Adapters;

use crate::compose;
use crate::config::Config;

/// How long a part may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As it should be.
    Well,
    /// Somebody should know of it, and it may be meant.
    Notice,
    /// Somebody must do something.
    Wrong,
}

/// What was found of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub part: &'static str,
    pub verdict: Verdict,
    /// A sentence.
    pub said: String,
    /// What to do, where that is not in the sentence.
    pub advice: Option<String>,
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            Verdict::Well => "well",
            Verdict::Notice => "notice",
            Verdict::Wrong => "WRONG",
        };
        write!(f, "{:<13} {verdict:<6}  {}", self.part, self.said)?;
        match &self.advice {
            Some(advice) => write!(f, "\n{:22}-> {advice}", ""),
            None => Ok(()),
        }
    }
}

/// The findings about one part, as they are made.
struct Findings {
    part: &'static str,
    made: Vec<Finding>,
}

impl Findings {
    fn of(part: &'static str) -> Findings {
        let made = Vec::new();
        Findings { part, made }
    }

    fn add(&mut self, verdict: Verdict, said: String, advice: Option<String>) {
        self.made.push(Finding {
            part: self.part,
            verdict,
            said,
            advice,
        });
    }

    fn well(&mut self, said: impl Into<String>) {
        self.add(Verdict::Well, said.into(), None);
    }

    fn notice(&mut self, said: impl Into<String>, advice: impl Into<String>) {
        self.add(Verdict::Notice, said.into(), Some(advice.into()));
    }

    /// What is wrong, in a sentence that says what to do.
    fn wrong(&mut self, said: impl Into<String>) {
        self.add(Verdict::Wrong, said.into(), None);
    }

    fn wrong_until(&mut self, said: impl Into<String>, advice: impl Into<String>) {
        self.add(Verdict::Wrong, said.into(), Some(advice.into()));
    }
}

/// What a part answers within [`PATIENCE`].
async fn answer<T, E: Display>(asked: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answered) => answered.map_err(|error| error.to_string()),
        Err(_) => Err(format!("it did not answer within {} s", PATIENCE.as_secs())),
    }
}

/// Looks at everything that the configuration names.
pub(crate) async fn examine(config: &Config) -> Vec<Finding> {
    #[expect(
        clippy::disallowed_methods,
        reason = "certificates are judged also where no clock could be made"
    )]
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let mut found = settings(config);
    found.extend(certificates::look(config, now.unwrap_or_default()));
    let adapters = match compose::adapters(config) {
        Ok(adapters) => adapters,
        Err(why) => {
            let mut settings = Findings::of("configuration");
            settings.wrong(why);
            found.extend(settings.made);
            return found;
        }
    };
    let (services, database) = stores::database(config, &adapters).await;
    found.extend(database);
    found.extend(stores::cache(config, &adapters).await);
    found.extend(events::topics(config, &adapters).await);
    if let Some(services) = &services {
        found.extend(stores::clocks(services).await);
        found.extend(events::lag(config, services).await);
    }
    found.extend(mail(config, &adapters).await);
    found
}

/// What the settings say of one another; that they can be read is known by now.
fn settings(config: &Config) -> Vec<Finding> {
    let mut found = Findings::of("configuration");
    let is_local = config.listen.ip().is_loopback();
    if !is_local && config.tls.certificate_file.is_none() && !config.behind_proxy {
        found.notice(
            format!("{} is open to others, in plain text", config.listen),
            "set tls.certificate_file and tls.key_file, or behind_proxy where a proxy in front has TLS",
        );
    }
    if !is_local && config.address.is_none() {
        found.notice(
            format!(
                "links in mail begin with {}, where nobody elsewhere gets",
                config.web_address()
            ),
            "set address to where people reach the web app",
        );
    }
    if config.behind_proxy && is_local && config.secure_cookies == Some(false) {
        found.notice(
            "cookies are also sent over plain HTTP",
            "take secure_cookies away, or set it to true",
        );
    }
    if config.cors_origins.iter().any(|origin| origin == "*") {
        found.wrong_until(
            "cors_origins names every site",
            "name the sites whose pages may call the API",
        );
    }
    if found.made.is_empty() {
        found.well("it can be read, and contradicts itself nowhere");
    }
    found.made
}

async fn mail(config: &Config, adapters: &Adapters) -> Vec<Finding> {
    let mut found = Findings::of("mail");
    if config.mail.relay.is_empty() {
        found.notice(
            "no relay: what would be mailed stands in the server's log",
            "set mail.relay, or pass the links on by hand",
        );
        return found.made;
    }
    match answer(adapters.mailer.ping()).await {
        Ok(()) => found.well("the relay takes mail"),
        Err(why) => found.wrong_until(
            why,
            "look at mail.relay: its name, port, user and password, and whether it wants TLS",
        ),
    }
    found.made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_leave_the_door_open_are_told_of() {
        let named = |value| -> Config { serde_json::from_value(value).unwrap() };
        let verdicts = |config: &Config| -> Vec<Verdict> {
            settings(config).iter().map(|f| f.verdict).collect()
        };
        assert_eq!(verdicts(&Config::default()), [Verdict::Well]);
        let open = named(serde_json::json!({ "listen": "0.0.0.0:80" }));
        assert_eq!(verdicts(&open), [Verdict::Notice, Verdict::Notice]);
        let meant = serde_json::json!({
            "listen": "0.0.0.0:80", "behind_proxy": true, "address": "https://raally.example.com"
        });
        assert_eq!(verdicts(&named(meant)), [Verdict::Well]);
        let everybody = named(serde_json::json!({ "cors_origins": ["*"] }));
        assert_eq!(verdicts(&everybody), [Verdict::Wrong]);
    }
}
