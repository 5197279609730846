//! Posting to addresses of others, and never into our own network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use raally_app::ports::{WebhookClient, WebhookClientError};
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, USER_AGENT};

/// How long an endpoint may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Posts over HTTPS. Names are looked up for each connection, and an address that is not a
/// public one is refused then, so a name cannot be turned round after a check.
pub struct HttpWebhookClient {
    client: reqwest::Client,
    /// Also HTTP, and addresses of this machine.
    loopback: bool,
}

impl HttpWebhookClient {
    /// `loopback` lets it reach this machine, over HTTP too: for tests and for trying it out.
    pub fn new(loopback: bool) -> Result<HttpWebhookClient, String> {
        let roots = rustls_native_certs::load_native_certs();
        let mut trusted = rustls::RootCertStore::empty();
        trusted.add_parsable_certificates(roots.certs);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|e| e.to_string())?
            .with_root_certificates(trusted)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .use_preconfigured_tls(tls)
            .dns_resolver(Arc::new(Redact { loopback }))
            .redirect(reqwest::redirect::Policy::none())
            // A proxy would look names up for us, unguarded.
            .no_proxy()
            .timeout(TIMEOUT)
            .connect_timeout(TIMEOUT)
            .build()
            .map_err(|e| e.to_string())?;
        Ok(HttpWebhookClient { client, loopback })
    }

    fn url(&self, text: &str) -> Result<Url, String> {
        let url =
            Url::parse(text).map_err(|_| "must be an address such as https://example.com/hook")?;
        let host = url.host_str().unwrap_or_default();
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let here = host == "localhost" || address.is_some_and(|a| a.is_loopback());
        match url.scheme() {
            "https" => {}
            "http" if self.loopback && here => {}
            _ => return Err("must begin with https://".to_owned()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a password".to_owned());
        }
        if address.is_some_and(|a| !allowed(a, self.loopback)) {
            return Err("must be a public address".to_owned());
        }
        Ok(url)
    }
}

#[async_trait]
impl WebhookClient for HttpWebhookClient {
    fn check(&self, url: &str) -> Result<(), String> {
        self.url(url).map(drop)
    }

    async fn post(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<u16, WebhookClientError> {
        let url = self.url(url).map_err(WebhookClientError)?;
        let mut request = self
            .client
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "Raally-Webhooks/1.0")
            .body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        // What it says is nobody's business; that it has answered is.
        match request.send().await {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) => Err(WebhookClientError(why(&error))),
        }
    }
}

/// Why there was no answer, in a few words that an admin can act on.
fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("it did not answer within {} s", TIMEOUT.as_secs());
    }
    let mut source: Option<&dyn std::error::Error> = Some(error);
    let mut last = String::new();
    while let Some(cause) = source {
        last = cause.to_string();
        source = cause.source();
    }
    last
}

/// Looks names up, and leaves out what is not public.
struct Redact {
    loopback: bool,
}

impl Resolve for Redact {
    fn resolve(&self, name: Name) -> Resolving {
        let loopback = self.loopback;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|a| allowed(a.ip(), loopback)).collect();
            if public.is_empty() {
                return Err(format!("{} has no public address", name.as_str()).into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

fn allowed(address: IpAddr, loopback: bool) -> bool {
    let address = address.to_canonical();
    if address.is_loopback() {
        return loopback;
    }
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// Outside the registry of special-purpose addresses (RFC 6890) and multicast.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        // This network; private; loopback; link-local, where clouds keep their metadata.
        (0 | 10 | 127, ..) | (172, 16..=31, _) | (192, 168, _) | (169, 254, _) => true,
        // Carriers' shared space; protocol assignments; 6to4 relays; benchmarks.
        (100, 64..=127, _) | (192, 0, 0) | (192, 88, 99) | (198, 18 | 19, _) => true,
        // Documentation.
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => true,
        // Multicast, reserved and broadcast.
        (224.., ..) => true,
        _ => false,
    };
    !special
}

/// Global unicast (2000::/3) but for ranges that lead elsewhere.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    match (a, b) {
        // Teredo and other protocol assignments; documentation; 6to4; documentation.
        (0x2001, 0..=0x1ff | 0xdb8) | (0x2002, _) | (0x3fff, 0..=0x0fff) => false,
        (0x2000..=0x3fff, _) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reachable(address: &str) -> bool {
        allowed(address.parse().unwrap(), false)
    }

    #[test]
    fn public_addresses_alone_are_reached() {
        for address in [
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
        ] {
            assert!(reachable(address), "{address}");
        }
        for address in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.100.100.200",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.2.1",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "fc00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
        ] {
            assert!(!reachable(address), "{address}");
        }
    }

    #[test]
    fn addresses_are_checked_before_they_are_used() {
        let strict = HttpWebhookClient::new(false).unwrap();
        assert!(strict.check("https://example.com/hook?x=1").is_ok());
        for url in [
            "http://example.com",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://u:p@example.com",
            "ftp://example.com",
            "example.com",
            "http://localhost:1",
            "https://169.254.169.254/latest/meta-data",
        ] {
            assert!(strict.check(url).is_err(), "{url}");
        }
        let lenient = HttpWebhookClient::new(true).unwrap();
        assert!(lenient.check("http://127.0.0.1:8080/hook").is_ok());
        assert!(lenient.check("http://localhost:8080/hook").is_ok());
        assert!(lenient.check("http://example.com/").is_err());
        assert!(lenient.check("https://10.0.0.1/").is_err());
    }

    #[tokio::test]
    async fn a_name_that_leads_to_us_is_refused_when_it_is_looked_up() {
        let strict = HttpWebhookClient::new(false).unwrap();
        let answer = strict
            .post("https://localhost:1/", &[], String::new())
            .await;
        let WebhookClientError(why) = answer.unwrap_err();
        assert_eq!(why, "localhost has no public address");
    }
}
