"""A back end that edits a role and asks with what it has just changed.

What a settings page does when somebody saves: read the role and the revision
that it is at, change it, push the change, and show what it came to. Needs a
sidecar that takes pushes and holds examples/team-roles; README.md says how.
"""

import os
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

PROTOS = Path(__file__).parents[2] / "proto"
GENERATED = tempfile.TemporaryDirectory(prefix="sidegate-push-")


def generate():
    """Generates the client. A real back end does this when it is built."""
    failed = protoc.main(
        [
            "protoc",
            f"-I{PROTOS}",
            f"-I{files('grpc_tools') / '_proto'}",
            f"--python_out={GENERATED.name}",
            f"--grpc_python_out={GENERATED.name}",
            *(str(path) for path in sorted((PROTOS / "sidegate/v1").glob("*.proto"))),
        ]
    )
    if failed:
        sys.exit("protoc failed")
    sys.path.insert(0, GENERATED.name)


generate()
from sidegate.v1 import authorization_pb2 as pb  # noqa: E402
from sidegate.v1 import authorization_pb2_grpc, policy_pb2_grpc  # noqa: E402
from sidegate.v1 import policy_pb2 as policy  # noqa: E402

# How often an edit is made anew because somebody else's came between.
AGAIN = 5
SECONDS = 5


class Conflict(Exception):
    """The role has changed since it was read: show it again, and let people decide."""


class Refused(Exception):
    """The change is not a sound one. Nothing has changed."""


class Backend:
    def __init__(self, address, admin):
        self.decisions = authorization_pb2_grpc.AuthorizationServiceStub(grpc.insecure_channel(address))
        self.policy = policy_pb2_grpc.PolicyServiceStub(grpc.insecure_channel(admin))

    def role(self, tenant, role):
        """A custom role, and the revision that its tenant was at when it was read."""
        told = self.policy.ListRoles(policy.ListRolesRequest(tenant=tenant), timeout=SECONDS)
        found = [row for row in told.roles if row.role == role and not row.builtin]
        if not found:
            raise LookupError(f"{tenant} has no custom role {role}")
        return found[0].content, told.tenant_revision

    def put_role(self, tenant, role, content, seen):
        """Saves a role that was read when its tenant was at `seen`; tells the revision reached."""
        change = policy.Change(put_role=policy.PutRole(tenant=tenant, role=role, content=content))
        expected = policy.Expected(tenant=tenant, revision=seen)
        for _ in range(AGAIN):
            held = self.policy.GetStatus(policy.GetStatusRequest(), timeout=SECONDS).revision
            header = policy.PushHeader(
                epoch=held.epoch,
                revision=held.number + 1,
                base_revision=held.number,
                expected=[expected],
            )
            try:
                answer = self.policy.Push(
                    iter([policy.PushRequest(header=header, changes=[change])]), timeout=SECONDS
                )
            except grpc.RpcError as error:
                if reason(error) == "ERROR_REASON_PART_CHANGED":
                    raise Conflict(role) from error
                # Another push took the number. The tenant is as it was, or we will be told.
                if reason(error) in NUMBER_TAKEN:
                    continue
                raise
            if answer.outcome == policy.PUSH_OUTCOME_REFUSED:
                raise Refused("; ".join(f"{fault.path}: {fault.message}" for fault in answer.faults))
            return answer.revision
        raise TimeoutError("others push all the time")

    def may(self, tenant, user, permission, revision=None):
        """Whether a user may, by a policy that is no older than a revision."""
        kind, action = permission.split(":")
        answer = self.decisions.Check(
            pb.CheckRequest(
                tenant=tenant,
                principal=pb.Principal(type="user", id=user),
                action=action,
                resource=pb.Resource(type=kind),
                at_least_revision=revision,
            ),
            timeout=SECONDS,
        )
        return answer.decision == pb.DECISION_ALLOW


NUMBER_TAKEN = {
    "ERROR_REASON_NEED_FULL",
    "ERROR_REASON_STALE_REVISION",
    "ERROR_REASON_REVISION_CONFLICT",
}


def reason(error):
    """The reason that an error tells, as in ErrorReason."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else []:
        info = error_details_pb2.ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return ""


def toggle(content, permission):
    """The role with a permission that it lacks, or without one that it has."""
    changed = policy.Role()
    changed.CopyFrom(content)
    bare = policy.RoleEntry(permissions=[permission])
    if bare in changed.allow:
        changed.allow.remove(bare)
    else:
        changed.allow.append(bare)
    return changed


def main():
    backend = Backend(
        os.environ.get("SIDEGATE_ADDRESS", "127.0.0.1:7700"),
        os.environ.get("SIDEGATE_ADMIN", "127.0.0.1:7701"),
    )
    tenant, role, user, permission = "harbor", "night_desk", "noa", "contact:view"

    print(f"{user} may {permission}: {backend.may(tenant, user, permission)}")
    content, seen = backend.role(tenant, role)
    reached = backend.put_role(tenant, role, toggle(content, permission), seen)
    print(f"{role} saved at revision {reached.epoch}.{reached.number}")
    print(f"{user} may {permission}: {backend.may(tenant, user, permission, reached)}")

    # Whoever had the role open meanwhile does not overwrite that.
    try:
        backend.put_role(tenant, role, content, seen)
    except Conflict:
        print(f"{role} was changed by somebody else: nothing overwritten")


if __name__ == "__main__":
    main()
