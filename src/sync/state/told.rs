//! What is said of the disk, in the log.

/// Something to be told.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Told {
    /// As it should be.
    Note(String),
    /// Nothing is lost.
    Warning(String),
    /// Something is lost, or could be.
    Error(String),
}

impl Told {
    /// Writes it to the log.
    pub(super) fn tell(&self, place: &str) {
        match self {
            Self::Note(message) => tracing::info!("state in `{place}`: {message}"),
            Self::Warning(message) => tracing::warn!("state in `{place}`: {message}"),
            Self::Error(message) => tracing::error!("state in `{place}`: {message}"),
        }
    }
}
