/** Runs the code and the lines of docs/vendors.md against the running example, over HTTPS. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { AUTH0_API } from "../../src/dialects/auth0/auth0-openapi.js";
import { LOOKER_API } from "../../src/dialects/looker/looker-openapi.js";
import type { ApiSpec, Schema } from "../../src/openapi.js";
import { makeCertificate } from "../harness/certificate.js";
import { codeBlocks } from "../harness/markdown.js";
import { textOf } from "../harness/source-files.js";
import { hasCurl, ROOT, shell, startServer } from "./run-server.js";

const PAGE = "docs/vendors.md";

/** Starts the example over HTTPS. @returns its address, and the file with its certificate */
async function startOverTls(): Promise<{ readonly url: string; readonly certFile: string }> {
  const folder = await mkdtemp(join(tmpdir(), "curfew-vendors-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const { key, cert } = makeCertificate();
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);
  const { url } = await startServer({ TLS_KEY: keyFile, TLS_CERT: certFile });
  expect(url).toMatch(/^https:/);
  return { url, certFile };
}

describe("the page about the SDKs", { timeout: 90_000 }, () => {
  it("shows each SDK with the output that it gives", async () => {
    const { url, certFile } = await startOverTls();
    const [programs, outputs] = [codeBlocks(PAGE, "js"), codeBlocks(PAGE, "text")];
    expect([programs.length, outputs.length]).toEqual([2, 2]);
    const env = { ...process.env, EXAMPLE: new URL(url).host, NODE_EXTRA_CA_CERTS: certFile };
    for (const [index, program] of programs.entries()) {
      const args = ["--input-type=module", "--eval", program];
      const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
      expect(stdout.trim()).toBe(outputs[index]?.trim());
    }
  });

  it("has curl lines that give the promised answers", async (context) => {
    if (!hasCurl(context)) return;
    const { url, certFile } = await startOverTls();
    const run = await shell({ U: url, CURL_CA_BUNDLE: certFile, no_proxy: "127.0.0.1,localhost" });
    const lines = codeBlocks(PAGE, "sh")
      .flatMap((block) => block.split("\n"))
      .filter((line) => line.startsWith("curl "));
    expect(lines.length).toBeGreaterThan(12);
    for (const line of lines) expect(await run(line), line).toContain(line.split(" # -> ")[1] ?? "");
  });
});

/** Returns the paths of a schema's members, without objects that have members of their own. */
function membersOf(schema: Schema, path = ""): string[] {
  const { properties, items } = schema as { properties?: Record<string, Schema>; items?: Schema };
  if (items) return membersOf(items, path);
  if (!properties) return [path];
  return Object.entries(properties).flatMap(([name, member]) =>
    membersOf(member, path === "" ? name : `${path}.${name}`),
  );
}

describe("its tables", () => {
  it.each<[string, ApiSpec, string]>([
    ["SessionConfig", LOOKER_API, "### `SessionConfig`"],
    ["WriteSessionConfig", LOOKER_API, "### `SessionConfig`"],
    ["Session", LOOKER_API, "### `Session`"],
    ["AccessToken", LOOKER_API, "### `AccessToken`"],
    ["TenantSettings", AUTH0_API, "### Tenant settings"],
    ["WriteTenantSettings", AUTH0_API, "### Tenant settings"],
    ["Session", AUTH0_API, "### Session\n"],
  ])("name every member of %s", (name, { schemas }, heading) => {
    const section = textOf(PAGE).split(heading)[1]?.split("\n#")[0] ?? "";
    const named = [...section.matchAll(/^\| `([\w.]+)`/gm)].map(([, member]) => member);
    expect(named).toEqual(expect.arrayContaining(membersOf(schemas[name] ?? {})));
  });
});
