//! How much a policy may hold.

/// The limits on what a policy may hold.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PolicyLimits {
    /// Roles given to a member.
    pub roles_a_member: usize,
    /// Groups of a tenant that one member is in.
    pub groups_a_member: usize,
    /// How deep groups and roles nest.
    pub nesting: usize,
    /// Parents of a resource.
    pub parents: usize,
    /// How deep resources sit in one another.
    pub depth: usize,
    /// Custom roles of a tenant.
    pub custom_roles: usize,
    /// ACL entries of a resource.
    pub acl_entries: usize,
    /// Nodes of a condition, named conditions written out.
    pub condition_nodes: usize,
    /// Members of all tenants.
    pub members: usize,
    /// Bytes of a stored text, also of one in a list.
    pub text_bytes: usize,
    /// Values in a stored list.
    pub list_values: usize,
}

impl Default for PolicyLimits {
    fn default() -> Self {
        Self {
            roles_a_member: 32,
            groups_a_member: 1024,
            nesting: 16,
            parents: 16,
            depth: 16,
            custom_roles: 1000,
            acl_entries: 10_000,
            condition_nodes: 256,
            members: 2_000_000,
            text_bytes: 4096,
            list_values: 1024,
        }
    }
}
