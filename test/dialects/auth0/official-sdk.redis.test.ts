/** Uses the vendor's own client, unpatched, over TLS. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { makeCertificate } from "../../harness/certificate.js";
import type { Result } from "./sdk-process.js";
import { start } from "./support.js";

const PROCESS = fileURLToPath(new URL("sdk-process.ts", import.meta.url));
const REQUESTS_PER_MINUTE = 40;

it("A1 to A9, R1 to R6: auth0 reads, writes, lists and ends over TLS", { timeout: 90_000 }, async () => {
  const site = await start({ requestsPerMinute: REQUESTS_PER_MINUTE });
  const { key, cert } = makeCertificate();
  const [listener] = site.server.listeners("request");
  const server = createServer({ key, cert }, listener as never).listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = await mkdtemp(join(tmpdir(), "curfew-ca-"));
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true });
  });
  const caFile = join(folder, "ca.pem");
  await writeFile(caFile, cert);

  for (let n = 0; n < 5; n++) await site.signedIn("auth0|ann", { kind: "api" });
  const browser = await site.signedIn("auth0|ann");
  const { sessions } = await site.curfew.sessions.list({ userId: "auth0|ann" });
  const ref = sessions.find(({ kind }) => kind === "browser")?.ref ?? "";
  const child = fork(PROCESS, {
    execArgv: ["--import", "tsx"],
    env: {
      ...process.env,
      NODE_EXTRA_CA_CERTS: caFile,
      CURFEW_TEST_DOMAIN: `localhost:${String((server.address() as AddressInfo).port)}`,
      CURFEW_TEST_SESSION: ref,
    },
  });
  onTestFinished(() => void child.kill());
  const [results] = (await once(child, "message")) as [Record<string, Result>];

  expect(results).toMatchObject({
    get: { value: { session_lifetime: 0.5, session_cookie: { mode: "persistent" } } },
    fields: { value: { session_lifetime: 0.5 } },
    update: { value: { session_lifetime: 8, idle_session_lifetime: 2 } },
    minutes: { value: { session_lifetime: 3.0166666666666666, idle_session_lifetime: 2 } },
    "too much": { error: "BadRequestError", status: 400, body: { errorCode: "invalid_body" } },
    "no token": { error: "UnauthorizedError", status: 401, body: { errorCode: "invalid_token" } },
    "no scope": { error: "ForbiddenError", status: 403, body: { errorCode: "insufficient_scope" } },
    pages: { value: { sizes: [2, 2, 2] } },
    session: { value: { id: ref, user_id: "auth0|ann" } },
    metadata: { value: { session_metadata: { a: "b" } } },
    revoke: {},
    revoked: { error: "NotFoundError", status: 404, body: { errorCode: "inexistent_session" } },
    delete: {},
    "delete all": {},
    "too many": { error: "TooManyRequestsError", status: 429, body: { errorCode: "too_many_requests" } },
  });
  for (const name of ["revoke", "delete", "delete all"]) expect(results[name]).not.toHaveProperty("error");
  expect(results["fields"]).toEqual({ value: { session_lifetime: 0.5 } });
  const { ids } = (results["pages"] as { value: { ids: string[] } }).value;
  expect(new Set(ids)).toEqual(new Set(sessions.map((session) => session.ref)));
  expect(await browser.standing()).toBe("revoked_by_admin");
  expect((await site.curfew.sessions.list({ userId: "auth0|ann" })).sessions).toEqual([]);
  expect(await site.curfew.settings.get()).toMatchObject({
    settings: { sessionMinutes: 181, idleMinutes: 120, inactivityLogout: true },
  });
});
