//! Certificates that are followed: read again when their files change, however
//! they do.
//!
//! The files are read now and then, and compared. That notices every way of
//! replacing them, the swap of a symlink above them included, and is cheap: they
//! are small.
//!
//! Invariants:
//!
//! 1. *The last good ones.* What is bad, half written or does not go together
//!    changes nothing.
//! 2. *Told once.* What is bad is told when it is still so at the next look, and
//!    not again until it changes.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::certificates::{Contents, Credentials, TlsError, TlsFiles};
use super::tls::Tls;
use crate::clock::Clock;
use crate::telemetry::Metrics;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The certificates of one listener.
pub(crate) struct Certificates {
    files: TlsFiles,
    clock: Clock,
    current: watch::Sender<Arc<Credentials>>,
    /// What is in force.
    held: blake3::Hash,
    /// What is bad, and whether it has been told.
    bad: Option<(blake3::Hash, bool)>,
}

/// Has the files of every listener looked at.
#[derive(Clone, Debug)]
pub struct Renewal(watch::Sender<()>);

/// What came of a look.
#[derive(Debug)]
enum Looked {
    Same,
    Renewed,
    /// Bad, and told before or not to be told yet.
    Untold,
    Bad(TlsError),
}

impl Certificates {
    /// Reads the files for the first time.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub(crate) fn load(files: &TlsFiles, clock: Clock) -> Result<Self, TlsError> {
        let contents = files.read()?;
        let credentials = files.credentials(&contents, clock)?;
        let (current, _) = watch::channel(Arc::new(credentials));
        Ok(Self { files: files.clone(), clock, current, held: contents.digest(), bad: None })
    }

    /// The TLS of the listener.
    pub(crate) fn tls(&self) -> Tls {
        Tls { current: self.current.subscribe(), clock: self.clock }
    }

    /// Follows the files until it is dropped.
    pub(crate) async fn follow(mut self, renewal: Renewal, metrics: Arc<Metrics>) {
        let mut rung = renewal.0.subscribe();
        loop {
            tokio::select! {
                () = sleep(LOOK_EVERY) => {}
                // The bell lives here: it cannot be gone.
                _ = rung.changed() => {}
            }
            let files = self.files.clone();
            let Ok(read) = spawn_blocking(move || files.read()).await else { continue };
            let looked = self.judge(read);
            let certificate = self.files.certificate.display();
            match looked {
                Looked::Same | Looked::Untold => {}
                Looked::Renewed => tracing::info!(%certificate, "certificates renewed"),
                Looked::Bad(error) => {
                    metrics.certificates_not_renewed();
                    tracing::error!(%certificate, "certificates not renewed, the last good ones are kept: {error}");
                }
            }
        }
    }

    fn judge(&mut self, read: Result<Contents, TlsError>) -> Looked {
        let (digest, made) = match read {
            Ok(contents) => {
                let digest = contents.digest();
                if digest == self.held {
                    self.bad = None;
                    return Looked::Same;
                }
                if self.bad == Some((digest, true)) {
                    return Looked::Untold;
                }
                (digest, self.files.credentials(&contents, self.clock))
            }
            Err(error) => (blake3::hash(error.to_string().as_bytes()), Err(error)),
        };
        match made {
            Ok(credentials) => {
                self.current.send_replace(Arc::new(credentials));
                self.held = digest;
                self.bad = None;
                Looked::Renewed
            }
            Err(error) => {
                // Whoever writes file by file may be in the middle of it.
                let before = self.bad.filter(|(bad, _)| *bad == digest);
                self.bad = Some((digest, before.is_some()));
                match before {
                    Some((_, false)) => Looked::Bad(error),
                    Some((_, true)) | None => Looked::Untold,
                }
            }
        }
    }
}

impl Renewal {
    /// Nobody looks yet.
    pub(crate) fn new() -> Self {
        Self(watch::Sender::new(()))
    }

    /// Has the files looked at now.
    pub fn ring(&self) {
        self.0.send_replace(());
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificates").field("files", &self.files).finish_non_exhaustive()
    }
}
