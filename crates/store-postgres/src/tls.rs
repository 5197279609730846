//! TLS for connections: certificates are always verified, against the names connected to.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A connector that trusts the certificates in `ca_file`, or those the system trusts.
pub(crate) fn connector(ca_file: Option<&Path>) -> io::Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(file) => {
            let invalid = |e: &dyn std::fmt::Display| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!("{} holds no usable certificates: {e}", file.display()),
                )
            };
            for certificate in CertificateDer::pem_file_iter(file).map_err(|e| invalid(&e))? {
                roots
                    .add(certificate.map_err(|e| invalid(&e))?)
                    .map_err(|e| invalid(&e))?;
            }
            if roots.is_empty() {
                return Err(invalid(&"it is empty"));
            }
        }
        None => {
            // A certificate that cannot be read is one less to trust.
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
