//! How a command ends.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Exit {
    /// Allowed, valid, passed.
    Good,
    /// Denied; a fault, a failed expectation, a survivor.
    Bad,
    /// The command, the configuration or the question is wrong.
    Usage,
    /// Something could not be loaded or reached.
    Unreachable,
}

/// Why a command could not be carried out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Failure {
    /// For people.
    pub(super) message: String,
    /// How the process ends.
    pub(super) exit: Exit,
}

impl Failure {
    /// The command, the configuration or the question is wrong.
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Usage }
    }

    /// Something could not be loaded or reached.
    pub(super) fn unreachable(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Unreachable }
    }
}

impl Exit {
    /// The word for it, for programs.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Good => "OK",
            Self::Bad => "FAILED",
            Self::Usage => "USAGE",
            Self::Unreachable => "UNREACHABLE",
        }
    }

    /// [`Exit::Good`] or [`Exit::Bad`].
    pub(super) const fn good_if(good: bool) -> Self {
        if good { Self::Good } else { Self::Bad }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Good => 0,
            Exit::Bad => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
        })
    }
}
