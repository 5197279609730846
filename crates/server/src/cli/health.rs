//! `raally health`: asks a server whether it is ready. For containers, which have no other program
//! to ask with.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, Uri};
use bytes::Bytes;
use clap::Args;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::config::Config;

/// How long the server may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// So much of what it says is shown.
const MOST: usize = 64 << 10;

#[derive(Debug, Args)]
pub(crate) struct HealthArgs {
    /// What is asked; by default the server that the configuration is of, on this machine.
    #[arg(long, value_name = "URL")]
    url: Option<Uri>,
    /// PEM certificates to trust, for `https:`; by default the system's.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

pub(crate) async fn run(args: HealthArgs, config: Config) -> Result<(), String> {
    let url = match args.url {
        Some(url) => url,
        None => ready(&config)?,
    };
    let asked = tokio::time::timeout(TIMEOUT, ask(&url, args.ca_file.as_deref())).await;
    let (status, said) =
        asked.map_err(|_| format!("{url} did not answer within {} s", TIMEOUT.as_secs()))??;
    println!("{said}");
    match status {
        200 => Ok(()),
        status => Err(format!("{url} answered {status}")),
    }
}

/// Where that server says whether it is ready.
fn ready(config: &Config) -> Result<Uri, String> {
    if config.tls.certificate_file.is_some() {
        return Err(
            "this server has a certificate: say its name with --url https://…/api/health/ready"
                .to_owned(),
        );
    }
    let ip = match config.listen.ip() {
        any if any.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        ip => ip,
    };
    let address = SocketAddr::new(ip, config.listen.port());
    let url = format!("http://{address}/api/health/ready");
    url.parse().map_err(|e| format!("{url}: {e}"))
}

async fn ask(url: &Uri, ca_file: Option<&Path>) -> Result<(u16, String), String> {
    let tls = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_root_certificates(trusted(ca_file)?)
        .with_no_client_auth();
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .build();
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let no = |e: &dyn std::error::Error| {
        let mut said = format!("{url} cannot be asked: {e}");
        let mut cause = e.source();
        while let Some(next) = cause {
            said += &format!(": {next}");
            cause = next.source();
        }
        said
    };
    let request = Request::get(url.clone()).body(Empty::<Bytes>::new());
    let request = request.map_err(|e| no(&e))?;
    let response = client.request(request).await.map_err(|e| no(&e))?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MOST).collect().await;
    let body = body.map_err(|e| no(&*e))?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).trim_end().to_owned()))
}

fn trusted(ca_file: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(file) = ca_file else {
        // A certificate that cannot be read is one less to trust.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let wrong =
        |e: &dyn std::fmt::Display| format!("{} holds no usable certificates: {e}", file.display());
    for certificate in CertificateDer::pem_file_iter(file).map_err(|e| wrong(&e))? {
        let added = roots.add(certificate.map_err(|e| wrong(&e))?);
        added.map_err(|e| wrong(&e))?;
    }
    match roots.is_empty() {
        true => Err(wrong(&"it is empty")),
        false => Ok(roots),
    }
}
