"""A client in another language, generated from the protos, makes every call.

Expects SIDEGATE_ADDRESS and SIDEGATE_SOCKET to name a sidecar that serves
tests/policies/helpdesk.
"""

import os
import sys
import tempfile
import unittest
from importlib.resources import files
from pathlib import Path

import grpc
from google.protobuf import descriptor_pb2, json_format
from google.rpc import code_pb2, error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

PROTOS = Path(__file__).parents[2] / "proto"
GENERATED = tempfile.TemporaryDirectory(prefix="sidegate-python-")
SERVICE = "sidegate.v1.AuthorizationService"


def generate():
    """Generates the client the way its users do."""
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
from sidegate.v1 import authorization_pb2_grpc as pb_grpc  # noqa: E402
from sidegate.v1 import error_reason_pb2  # noqa: E402


TOM = pb.Principal(type="user", id="tom")
ANA = pb.Principal(type="user", id="ana")


def question(action, **more):
    return pb.CheckRequest(
        tenant="acme",
        principal=TOM,
        action=action,
        resource=pb.Resource(
            type="conversation",
            id="c1",
            attributes={
                "assignee": pb.Value(string_value="tom"),
                "tags": pb.Value(string_list=pb.StringList(values=["vip"])),
                "urgent": pb.Value(null_value=0),
            },
            parents=[pb.ResourceRef(type="inbox", id="eu")],
        ),
        **more,
    )


def ids(named):
    return [one.id for one in named]


def details(status):
    """The BadRequest and the ErrorInfo of a google.rpc.Status."""
    bad_request, info = error_details_pb2.BadRequest(), error_details_pb2.ErrorInfo()
    for detail in status.details:
        detail.Unpack(bad_request)
        detail.Unpack(info)
    return bad_request, info


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.channel = grpc.insecure_channel(os.environ["SIDEGATE_ADDRESS"])
        cls.client = pb_grpc.AuthorizationServiceStub(cls.channel)

    @classmethod
    def tearDownClass(cls):
        cls.channel.close()

    def refused(self, call, request):
        """The rich error of a call that must fail."""
        with self.assertRaises(grpc.RpcError) as raised:
            call(request, timeout=10)
        return rpc_status.from_call(raised.exception)

    def test_unix_socket(self):
        # grpcio names the socket's path as the authority of every call, percent-encoded, which HTTP/2 servers
        # refuse as malformed. Naming another authority is all it takes.
        options = [("grpc.default_authority", "localhost")]
        with grpc.insecure_channel(os.environ["SIDEGATE_SOCKET"], options=options) as channel:
            client = pb_grpc.AuthorizationServiceStub(channel)
            self.assertEqual(client.Check(question("send"), timeout=10).decision, pb.DECISION_ALLOW)
            items = [pb.BatchCheckItem(resource=pb.Resource(type="conversation", id="c1"), actions=["send"])]
            batch = pb.BatchCheckRequest(tenant="acme", principal=pb.Principal(type="user", id="tom"), items=items)
            self.assertEqual(len(client.BatchCheck(batch, timeout=10).items), 1)
            actions = pb.ActionsQuery(resource=pb.Resource(type="conversation", id="c1"))
            listed = pb.ListAllowedRequest(tenant="acme", principal=TOM, actions=actions)
            self.assertEqual(len(client.ListAllowed(listed, timeout=10).actions.items), 3)
            self.assertTrue(client.GetCapabilities(pb.GetCapabilitiesRequest(), timeout=10).version)

    def test_check(self):
        response = self.client.Check(question("send", explain=True), timeout=10)
        self.assertEqual(response.decision, pb.DECISION_ALLOW)
        self.assertEqual(response.reason, pb.REASON_ROLE_GRANT)
        self.assertEqual((response.cause.kind, response.cause.id), ("role", "agent"))
        self.assertEqual((response.revision.epoch, response.revision.number), (0, 1))
        self.assertEqual([step.number for step in response.explanation.steps], list(range(1, 10)))

        response = self.client.Check(question("assign"), timeout=10)
        self.assertEqual(response.decision, pb.DECISION_DENY)
        self.assertEqual(response.reason, pb.REASON_NOT_GRANTED)
        self.assertFalse(response.HasField("explanation"))

    def test_a_question_can_be_written_as_json(self):
        request = json_format.ParseDict(
            {
                "tenant": "acme",
                "principal": {"type": "user", "id": "tom"},
                "action": "send",
                "resource": {
                    "type": "conversation",
                    "attributes": {"assignee": {"stringValue": "tom"}, "urgent": {"nullValue": None}},
                },
            },
            pb.CheckRequest(),
        )
        response = self.client.Check(request, timeout=10)
        self.assertEqual(response.decision, pb.DECISION_ALLOW)

    def test_batch_check(self):
        conversation = question("view").resource
        response = self.client.BatchCheck(
            pb.BatchCheckRequest(
                tenant="acme",
                principal=pb.Principal(type="user", id="tom"),
                items=[
                    pb.BatchCheckItem(id="a", resource=conversation, actions=["view", "assign"]),
                    pb.BatchCheckItem(id="b", resource=pb.Resource(type="letter"), actions=["view"]),
                    pb.BatchCheckItem(
                        id="c",
                        resource=conversation,
                        actions=["assign"],
                        principal=pb.Principal(type="user", id="ana"),
                    ),
                ],
            ),
            timeout=10,
        )
        self.assertEqual([item.id for item in response.items], ["a", "b", "c"])
        first, second, third = response.items
        decisions = [(result.action, result.decision) for result in first.results]
        self.assertEqual(decisions, [("view", pb.DECISION_ALLOW), ("assign", pb.DECISION_DENY)])
        self.assertEqual(third.results[0].decision, pb.DECISION_ALLOW)

        self.assertEqual(second.error.code, code_pb2.INVALID_ARGUMENT)
        bad_request, info = details(second.error)
        self.assertEqual(bad_request.field_violations[0].field, "items[1].resource.type")
        self.assertEqual(info.reason, "ERROR_REASON_UNKNOWN_RESOURCE_TYPE")

    def test_errors_are_rich(self):
        status = self.refused(self.client.Check, question("burn"))
        self.assertEqual(status.code, code_pb2.INVALID_ARGUMENT)
        bad_request, info = details(status)
        self.assertEqual(bad_request.field_violations[0].field, "action")
        self.assertEqual(info.domain, "sidegate.dev")
        reason = error_reason_pb2.ErrorReason.Value(info.reason)
        self.assertEqual(reason, error_reason_pb2.ERROR_REASON_UNKNOWN_ACTION)

    def test_an_error_with_many_faults_fits_in_the_headers(self):
        request = question("view")
        for number in range(2000):
            request.context[f"attribute_{number}"].SetInParent()
        bad_request, info = details(self.refused(self.client.Check, request))
        self.assertEqual(info.metadata["faults"], "2000")
        self.assertGreater(len(bad_request.field_violations), 10)

    def test_too_large_a_question_is_the_callers_fault(self):
        request = question("view", context={"ip_country": pb.Value(string_value="x" * 300_000)})
        status = self.refused(self.client.Check, request)
        self.assertEqual(status.code, code_pb2.INVALID_ARGUMENT)
        _, info = details(status)
        self.assertEqual(info.reason, "ERROR_REASON_REQUEST_TOO_LARGE")
        self.assertEqual(info.metadata["limit"], "check_request_bytes")

    def listed(self, **query):
        """One page of a list, asked by tom unless `principal` says otherwise."""
        query.setdefault("principal", TOM)
        request = pb.ListAllowedRequest(tenant="acme", **query)
        response = self.client.ListAllowed(request, timeout=10)
        self.assertEqual(response.complete, not response.next_page_token)
        self.assertEqual((response.revision.epoch, response.revision.number), (0, 1))
        self.assertTrue(response.HasField("tenant_revision"))
        return response

    def list_refused(self, field, **query):
        """A list whose `field` is at fault."""
        status = self.refused(self.client.ListAllowed, pb.ListAllowedRequest(tenant="acme", **query))
        self.assertEqual(status.code, code_pb2.INVALID_ARGUMENT)
        self.assertEqual(details(status)[0].field_violations[0].field, field)

    def test_list_actions(self):
        conversation = question("view").resource
        answer = self.listed(actions=pb.ActionsQuery(resource=conversation)).actions
        self.assertEqual(
            [(item.action, item.result) for item in answer.items],
            [
                ("assign", pb.LIST_RESULT_NEVER),
                ("send", pb.LIST_RESULT_ALWAYS),
                ("view", pb.LIST_RESULT_ALWAYS),
            ],
        )

        # Of every conversation at once, and in the order asked.
        every = pb.ActionsQuery(resource=pb.Resource(type="conversation"), actions=["view", "send", "assign"])
        self.assertEqual(
            [(item.action, item.result) for item in self.listed(actions=every).actions.items],
            [
                ("view", pb.LIST_RESULT_ALWAYS),
                ("send", pb.LIST_RESULT_CONDITIONAL),
                ("assign", pb.LIST_RESULT_NEVER),
            ],
        )

        unknown = pb.ActionsQuery(resource=conversation, actions=["view", "burn"])
        self.list_refused("actions.actions[1]", principal=TOM, actions=unknown)

    def test_list_registered_resources(self):
        query = pb.ResourcesQuery(type="conversation", action="send", registered=pb.RegisteredResources())
        self.assertEqual(ids(self.listed(resources=query).resources.resources), ["r1", "r3", "r5"])

        # The same, a page at a time. A page may be short, and still not be the last.
        told, token = [], ""
        for _ in range(10):
            page = self.listed(resources=query, page_size=1, page_token=token)
            self.assertLessEqual(len(page.resources.resources), 1)
            told += ids(page.resources.resources)
            token = page.next_page_token
            if page.complete:
                break
        self.assertTrue(page.complete)
        self.assertEqual(told, ["r1", "r3", "r5"])

    def test_page_tokens_belong_to_their_query(self):
        query = pb.ResourcesQuery(type="conversation", action="view", registered=pb.RegisteredResources())
        token = self.listed(resources=query, page_size=1).next_page_token
        self.assertEqual(ids(self.listed(resources=query, page_token=token).resources.resources)[0], "r2")

        other = pb.ResourcesQuery(type="conversation", action="send", registered=pb.RegisteredResources())
        self.list_refused("page_token", principal=TOM, resources=other, page_token=token)
        self.list_refused("page_token", principal=ANA, resources=query, page_token=token)
        self.list_refused("page_token", principal=TOM, resources=query, page_token="not a token")
        self.list_refused("page_size", principal=TOM, resources=query, page_size=-1)

    def test_list_candidates(self):
        def candidate(name, assignee):
            return pb.Resource(
                type="conversation", id=name, attributes={"assignee": pb.Value(string_value=assignee)}
            )

        sent = [candidate("c9", "tom"), candidate("c8", "ana"), candidate("c7", "tom")]
        query = pb.ResourcesQuery(
            type="conversation", action="send", candidates=pb.CandidateResources(resources=sent)
        )
        response = self.listed(resources=query)
        # In the order sent.
        self.assertEqual(ids(response.resources.resources), ["c9", "c7"])
        self.assertTrue(response.complete)

        sent[1].attributes["assignee"].int_value = 7
        query = pb.ResourcesQuery(
            type="conversation", action="send", candidates=pb.CandidateResources(resources=sent)
        )
        field = "resources.candidates.resources[1].attributes.assignee"
        self.list_refused(field, principal=TOM, resources=query)

    def test_list_principals(self):
        conversation = question("view").resource
        query = pb.PrincipalsQuery(action="view", resource=conversation)
        answer = self.listed(principal=None, principals=query).principals
        told = [(principal.type, principal.id) for principal in answer.principals]
        self.assertEqual(told, [("plugin", "crm-sync"), ("user", "ana"), ("user", "tom")])
        self.assertFalse(answer.anyone)

        query = pb.PrincipalsQuery(action="send", resource=conversation, types=["user"])
        answer = self.listed(principal=None, principals=query).principals
        self.assertEqual(ids(answer.principals), ["ana", "tom"])

        # Nobody asks who may.
        self.list_refused("principal", principal=TOM, principals=query)

    def test_a_filter_is_not_made_yet(self):
        query = pb.ResourcesQuery(type="inbox", action="view", filter=pb.ResourceFilter())
        request = pb.ListAllowedRequest(tenant="acme", principal=TOM, resources=query)
        status = self.refused(self.client.ListAllowed, request)
        self.assertEqual(status.code, code_pb2.UNIMPLEMENTED)
        self.assertEqual(details(status)[1].reason, "ERROR_REASON_NOT_IMPLEMENTED")

    def test_a_list_without_a_query_is_refused(self):
        self.list_refused("query", principal=TOM)

    def test_get_capabilities(self):
        response = self.client.GetCapabilities(pb.GetCapabilitiesRequest(), timeout=10)
        self.assertEqual(response.limits.batch_checks, 1000)
        self.assertEqual((response.revision.epoch, response.revision.number), (0, 1))
        self.assertRegex(response.version, r"^\d+\.\d+\.\d+")

    def test_health(self):
        health = health_pb2_grpc.HealthStub(self.channel)
        for service in ["", SERVICE]:
            response = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=10)
            self.assertEqual(response.status, health_pb2.HealthCheckResponse.SERVING)

    def test_reflection(self):
        # The package knows the service by its older name only; the messages are
        # the same.
        ask = self.channel.stream_stream(
            "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
        )
        requests = [
            reflection_pb2.ServerReflectionRequest(list_services=""),
            reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE),
        ]
        listed, described = ask(iter(requests), timeout=10)
        names = [service.name for service in listed.list_services_response.service]
        self.assertIn(SERVICE, names)
        self.assertIn("grpc.health.v1.Health", names)
        files_told = [
            descriptor_pb2.FileDescriptorProto.FromString(told)
            for told in described.file_descriptor_response.file_descriptor_proto
        ]
        self.assertIn("sidegate/v1/authorization.proto", [told.name for told in files_told])


if __name__ == "__main__":
    unittest.main()
