//! TLS where the server listens. The certificate is read again when its files change, so that
//! whoever issues it can renew it without a restart; one that cannot be used is told of, and the
//! one before goes on.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsConfig;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// A certificate with its key, and the files that they are read from.
pub(crate) struct Certificate {
    files: Files,
    provider: Arc<CryptoProvider>,
    now: Mutex<Served>,
}

struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// What the files hold.
struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

/// What is served, and a digest of what it was read from.
struct Served {
    digest: [u8; 32],
    key: Arc<CertifiedKey>,
}

impl Certificate {
    /// Reads the files that are named; `None` where none is.
    ///
    /// # Errors
    /// In words, where one is named without the other, or they cannot be used.
    pub(crate) fn of(config: &TlsConfig) -> Result<Option<Arc<Certificate>>, String> {
        let (certificate, key) = match (&config.certificate_file, &config.key_file) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
            _ => {
                return Err(
                    "TLS needs both tls.certificate_file and tls.key_file, or neither".to_owned(),
                );
            }
        };
        let files = Files { certificate, key };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let now = files.served(&files.read()?, &provider)?;
        Ok(Some(Arc::new(Certificate {
            files,
            provider,
            now: Mutex::new(now),
        })))
    }

    /// What makes connections of TLS 1.2 and 1.3 with whatever certificate is the newest.
    ///
    /// # Errors
    /// In words, where the cryptography does not offer these.
    pub(crate) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, String> {
        let config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
            .map_err(|error| format!("TLS cannot be served: {error}"))?;
        let this: Arc<Certificate> = Arc::clone(self);
        let mut config = config.with_no_client_auth().with_cert_resolver(this);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Looks at the files for ever, and takes what is new in them.
    pub(crate) async fn keep_fresh(self: Arc<Self>) {
        let mut said = None;
        loop {
            tokio::time::sleep(LOOK).await;
            // Perhaps it is being written just now; the one before is good until it is over.
            let wrong = self.look().err();
            if let Some(error) = &wrong
                && said != wrong
            {
                tracing::warn!(%error, "the certificate was not read again");
            }
            said = wrong;
        }
    }

    /// Takes what the files hold, if that is new.
    fn look(&self) -> Result<(), String> {
        let contents = self.files.read()?;
        if contents.digest() == self.now.lock().digest {
            return Ok(());
        }
        let new = self.files.served(&contents, &self.provider)?;
        *self.now.lock() = new;
        tracing::info!("a new certificate is served");
        Ok(())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("certificate_file", &self.files.certificate)
            .finish_non_exhaustive()
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.now.lock().key))
    }
}

impl Files {
    fn read(&self) -> Result<Contents, String> {
        let file = |path: &PathBuf| {
            std::fs::read(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))
        };
        Ok(Contents {
            certificate: file(&self.certificate)?,
            key: file(&self.key)?,
        })
    }

    /// What is to be served where they hold that.
    fn served(&self, contents: &Contents, provider: &CryptoProvider) -> Result<Served, String> {
        let wrong = |path: &PathBuf, e: &dyn fmt::Display| {
            format!("{} holds nothing that TLS can use: {e}", path.display())
        };
        let chain = CertificateDer::pem_slice_iter(&contents.certificate);
        let chain = chain.collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|e| wrong(&self.certificate, &e))?;
        if chain.is_empty() {
            return Err(wrong(&self.certificate, &"there is no certificate in it"));
        }
        let key = PrivateKeyDer::from_pem_slice(&contents.key);
        let key = key.map_err(|e| wrong(&self.key, &e))?;
        // Also where the key is not that of the certificate.
        let key = CertifiedKey::from_der(chain, key, provider);
        Ok(Served {
            digest: contents.digest(),
            key: Arc::new(key.map_err(|e| wrong(&self.key, &e))?),
        })
    }
}

impl Contents {
    fn digest(&self) -> [u8; 32] {
        let files = Sha256::new().chain_update(&self.certificate);
        files.chain_update(&self.key).finalize().into()
    }
}
