// A client in another language, which reads the protos as they are, asks and lists.
//
// Expects SIDEGATE_ADDRESS and SIDEGATE_SOCKET to name a sidecar that serves
// tests/policies/helpdesk, and NODE_PATH to name what scripts/node-env installed.

"use strict";

const assert = require("node:assert/strict");
const path = require("node:path");
const { after, test } = require("node:test");

const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");

const PROTOS = path.join(__dirname, "../../proto");
const SECONDS = 1000;

/** What a file defines: names as in the protos, enums as their names. */
function load(file, folder) {
  const options = { includeDirs: [folder], keepCase: true, longs: Number, enums: String, oneofs: true, defaults: true };
  return protoLoader.loadSync(file, options);
}

const sidegate = load("sidegate/v1/authorization.proto", PROTOS);
const status = load("google/rpc/status.proto", PROTOS);
const details = load("error_details.proto", __dirname);
const { AuthorizationService } = grpc.loadPackageDefinition(sidegate).sidegate.v1;

const clients = {};
for (const [name, address] of Object.entries({
  TCP: process.env.SIDEGATE_ADDRESS,
  "a Unix socket": process.env.SIDEGATE_SOCKET,
})) {
  assert.ok(address, `there is no address for ${name}`);
  clients[name] = new AuthorizationService(address, grpc.credentials.createInsecure());
}
after(() => Object.values(clients).forEach((client) => client.close()));

/** Makes a call. Every call has a deadline: a sidecar that does not answer must not hold up its application. */
function call(client, method, request, within = 10 * SECONDS) {
  return new Promise((resolve, reject) => {
    client[method](request, { deadline: Date.now() + within }, (error, response) => {
      if (error) {
        reject(error);
      } else {
        resolve(response);
      }
    });
  });
}

/** Makes a call that must fail, and reads its rich error. */
async function refused(client, method, request) {
  const error = await call(client, method, request).then(
    (response) => assert.fail(`answered: ${JSON.stringify(response)}`),
    (error) => error,
  );
  const [sent] = error.metadata.get("grpc-status-details-bin");
  assert.ok(sent, `no details with ${error}`);
  const told = { code: error.code };
  for (const { type_url, value } of status["google.rpc.Status"].deserialize(sent).details) {
    const name = type_url.split("/").pop();
    told[name] = details[name].deserialize(value);
  }
  assert.equal(told["google.rpc.ErrorInfo"].domain, "sidegate.dev");
  return told;
}

/** The fields at fault of a call that must be refused as its caller's mistake. */
async function faults(client, method, request) {
  const told = await refused(client, method, request);
  assert.equal(told.code, grpc.status.INVALID_ARGUMENT);
  return told["google.rpc.BadRequest"].field_violations;
}

const tom = { type: "user", id: "tom" };
const conversation = (id, assignee) => ({
  type: "conversation",
  id,
  attributes: { assignee: { string_value: assignee } },
});
const question = (action) => ({ tenant: "acme", principal: tom, action, resource: conversation("c1", "tom") });
const list = (query) => ({ tenant: "acme", principal: tom, ...query });
const ids = (named) => named.map(({ id }) => id);

for (const [over, client] of Object.entries(clients)) {
  test(`a question is allowed, over ${over}`, async () => {
    const answer = await call(client, "Check", question("send"));
    assert.equal(answer.decision, "DECISION_ALLOW");
    assert.equal(answer.reason, "REASON_ROLE_GRANT");
    assert.equal(`${answer.cause.kind}:${answer.cause.id}`, "role:agent");
    assert.deepEqual(answer.revision, { epoch: 0, number: 1 });
  });

  test(`a question is denied, which is an answer, over ${over}`, async () => {
    const answer = await call(client, "Check", question("assign"));
    assert.equal(answer.decision, "DECISION_DENY");
    assert.equal(answer.reason, "REASON_NOT_GRANTED");

    const unsent = { ...question("send"), resource: { type: "conversation", id: "c1" } };
    const missing = await call(client, "Check", unsent);
    assert.equal(missing.reason, "REASON_MISSING_ATTRIBUTE");
    assert.deepEqual(missing.missing_attributes, ["resource.assignee"]);
  });

  test(`a mistake is an error with the field at fault, over ${over}`, async () => {
    const [fault, ...more] = await faults(client, "Check", question("burn"));
    assert.deepEqual(more, []);
    assert.equal(fault.field, "action");
    assert.equal(fault.reason, "ERROR_REASON_UNKNOWN_ACTION");
  });

  test(`what a principal may do to a resource, over ${over}`, async () => {
    const one = await call(client, "ListAllowed", list({ actions: { resource: conversation("c1", "tom") } }));
    assert.equal(one.answer, "actions");
    assert.deepEqual(one.actions.items, [
      { action: "assign", result: "LIST_RESULT_NEVER" },
      { action: "send", result: "LIST_RESULT_ALWAYS" },
      { action: "view", result: "LIST_RESULT_ALWAYS" },
    ]);
    assert.equal(one.complete, true);

    const every = { resource: { type: "conversation" }, actions: ["view", "send", "assign"] };
    const any = await call(client, "ListAllowed", list({ actions: every }));
    assert.deepEqual(any.actions.items, [
      { action: "view", result: "LIST_RESULT_ALWAYS" },
      { action: "send", result: "LIST_RESULT_CONDITIONAL" },
      { action: "assign", result: "LIST_RESULT_NEVER" },
    ]);
  });

  test(`the registered resources, page by page, over ${over}`, async () => {
    const resources = { type: "conversation", action: "send", registered: {} };
    const whole = await call(client, "ListAllowed", list({ resources }));
    assert.equal(whole.answer, "resources");
    assert.deepEqual(ids(whole.resources.resources), ["r1", "r3", "r5"]);

    const told = [];
    let page = { next_page_token: "" };
    for (let pages = 0; pages < 10 && !page.complete; pages += 1) {
      const request = list({ resources, page_size: 1, page_token: page.next_page_token });
      page = await call(client, "ListAllowed", request);
      assert.equal(page.complete, page.next_page_token === "");
      told.push(...ids(page.resources.resources));
    }
    assert.equal(page.complete, true);
    assert.deepEqual(told, ["r1", "r3", "r5"]);

    const stray = list({ resources, page_token: "not a token" });
    assert.equal((await faults(client, "ListAllowed", stray))[0].field, "page_token");
  });

  test(`candidates sent along, in their order, over ${over}`, async () => {
    const sent = [conversation("c9", "tom"), conversation("c8", "ana"), conversation("c7", "tom")];
    const resources = { type: "conversation", action: "send", candidates: { resources: sent } };
    const answer = await call(client, "ListAllowed", list({ resources }));
    assert.equal(answer.answer, "resources");
    assert.deepEqual(ids(answer.resources.resources), ["c9", "c7"]);
  });

  test(`who may act on a resource, over ${over}`, async () => {
    const principals = { action: "view", resource: conversation("c1", "tom") };
    const answer = await call(client, "ListAllowed", { tenant: "acme", principals });
    assert.equal(answer.answer, "principals");
    assert.deepEqual(answer.principals.principals, [
      { type: "plugin", id: "crm-sync" },
      { type: "user", id: "ana" },
      { type: "user", id: "tom" },
    ]);
    assert.equal(answer.principals.anyone, false);
    assert.equal((await faults(client, "ListAllowed", list({ principals })))[0].field, "principal");
  });

  test(`a filter is not made yet, over ${over}`, async () => {
    const resources = { type: "inbox", action: "view", filter: {} };
    const told = await refused(client, "ListAllowed", list({ resources }));
    assert.equal(told.code, grpc.status.UNIMPLEMENTED);
    assert.equal(told["google.rpc.ErrorInfo"].reason, "ERROR_REASON_NOT_IMPLEMENTED");
  });

  test(`a deadline that has passed is an error, and no answer, over ${over}`, async () => {
    await assert.rejects(call(client, "Check", question("send"), -SECONDS), { code: grpc.status.DEADLINE_EXCEEDED });
  });
}
