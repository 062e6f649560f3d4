/** The browser's calls, and what their answers mean. A real server answers. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { createTransport } from "../../src/client/transport.js";

/** Starts a server that gives every call the same JSON answer. Returns its base address. */
async function serverOf(status: number, body: object, headers: Record<string, string> = {}): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

it.each([403, 409, 429])(
  "takes a %i to a question as no answer, so that the next question waits as long as the server asks",
  async (status) => {
    const call = createTransport(await serverOf(status, { error: "refused" }, { "retry-after": "7" }));
    expect(await call({ path: "/status" })).toEqual({ kind: "unknown", retryAfterMs: 7_000 });
  },
);

it.each([403, 409, 429])("takes a %i to an action as its refusal", async (status) => {
  const call = createTransport(await serverOf(status, { error: "bad_credentials" }));
  expect(await call({ path: "/reauth", body: {} })).toEqual({ kind: "refused", error: "bad_credentials" });
});
