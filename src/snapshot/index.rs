//! Places in the tables of a snapshot: small integers, one type each, so that
//! a role's number can never be taken for a group's.

/// Declares a table place.
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub(crate) struct $name(pub(crate) u32);

        impl $name {
            /// The place as a table wants it.
            pub(crate) fn at(self) -> usize {
                usize::try_from(self.0).unwrap_or(usize::MAX)
            }

            /// The place of the `n`-th row. A table of more rows than a `u32`
            /// counts cannot be loaded; its surplus rows are found by nobody.
            pub(crate) fn of(n: usize) -> Self {
                Self(u32::try_from(n).unwrap_or(u32::MAX))
            }
        }
    };
}

index! {
    /// A principal type of the model.
    PrincipalTypeIx
}
index! {
    /// A resource type of the model.
    TypeIx
}
index! {
    /// A role: the built-in ones first, then the tenant's, each in order of id.
    RoleIx
}
index! {
    /// A group of a tenant, in order of id.
    GroupIx
}
index! {
    /// A restriction of the model, in order of id.
    RestrictionIx
}
index! {
    /// A feature of the model, in order of id.
    FeatureIx
}
index! {
    /// A scope with one of its modes, in order of scope and mode.
    PartIx
}
