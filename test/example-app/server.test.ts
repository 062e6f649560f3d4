/** Runs the example as its own process, on its embedded Redis. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { listeningAddresses } from "../harness/listening.js";
import { exitCodeOf, hasCurl, ROOT, shell, spawnExample, startServer } from "./run-server.js";

const LOOPBACK = /^127\.0\.0\.1:\d+$/;

const cookiesOf = (response: Response): string =>
  response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");

describe("npm run example", { timeout: 60_000 }, () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "starts without a Redis, signs in, and stops by %s",
    async (signal) => {
      const { child, output, url } = await startServer();
      expect(output.stdout).toMatch(/^Redis: +embedded; it forgets everything at exit/m);
      expect(output.stdout).toMatch(/^Secret: a random one/m);
      expect(output.stdout).toContain("  admin  admin-likes-rules  (administrator)");

      const body = new URLSearchParams({ user: "ana", password: "ana-likes-tea" });
      const login = await fetch(`${url}/login`, { method: "POST", body, redirect: "manual" });
      expect(login.status).toBe(303);
      const me = await fetch(`${url}/api/me`, { headers: { cookie: cookiesOf(login) } });
      expect(await me.json()).toMatchObject({ userId: "ana", isAdmin: false });

      child.kill(signal);
      child.kill(signal);
      expect(await exitCodeOf(child)).toBe(0);
      expect(output.stdout.split(`${signal}: stopping.`)).toHaveLength(2);
      const warnings = output.stderr.trim().split("\n");
      expect(warnings.map((line) => (JSON.parse(line) as { code: string }).code)).toEqual(["embedded_redis"]);
    },
  );

  it("listens on the loopback interface only, its Redis too", async (context) => {
    const { child, url } = await startServer();
    const addresses = await listeningAddresses(child.pid ?? 0);
    if (addresses === null) {
      console.log("skipped: this system has no /proc/net/tcp");
      context.skip();
      return;
    }
    expect(addresses).toContain(new URL(url).host);
    expect(addresses).toEqual([expect.stringMatching(LOOPBACK), expect.stringMatching(LOOPBACK)]);
  });

  it("prints curl lines that give the promised answers", async (context) => {
    if (!hasCurl(context)) return;
    const { output } = await startServer();
    const run = await shell();
    const answers: string[] = [];
    for (const line of output.stdout.split("\n").filter((text) => text.startsWith("  curl ")))
      answers.push(await run(line));
    expect(answers).toHaveLength(11);
    const [, , before, patched, , after, , limited, , , evicted] = answers;
    expect(JSON.parse(before ?? "")).toMatchObject({ userId: "ana", action: "extend" });
    expect(JSON.parse(patched ?? "")).toMatchObject({ session_minutes: 5 });
    expect(JSON.parse(after ?? "")).toMatchObject({ status: 401, reason: "absolute" });
    expect(JSON.parse(limited ?? "")).toMatchObject({ unlimited_sessions_per_user: false });
    expect(JSON.parse(evicted ?? "")).toMatchObject({
      status: 401,
      reason: "evicted",
      by: { device: "Firefox on macOS" },
    });
  });

  it("has a README whose curl lines give the promised answers", async (context) => {
    if (!hasCurl(context)) return;
    const { url } = await startServer();
    const run = await shell({ U: url });
    const readme = await readFile(join(ROOT, "example-app/README.md"), "utf8");
    const lines = readme.split("\n").filter((line) => /^(curl|for) /.test(line));
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) {
      const answer = await run(line);
      expect(answer, line).toContain(line.split(" # -> ")[1] ?? "");
    }
  });

  it("says in one line that the port is taken, and how to choose another", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void other.close());
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const { child, output } = spawnExample({ PORT: String(port) });
    expect(await exitCodeOf(child)).toBe(1);
    expect(output.stderr.replace(/^\{.*"code":"embedded_redis".*\}\n/m, "")).toBe(
      `Port ${port} is taken. Choose another one, such as PORT=${port + 1} npm run example\n`,
    );
    expect(output.stdout).toBe("");
  });

  it.each([
    [{ PORT: "http" }, /^PORT must be a number from 0 .*, not "http"\.\n$/],
    [{ REDIS_URL: "not a url" }, /^redis: is not a Redis URL; .*\n$/],
    [{ NODE_ENV: "production" }, /^redis: "embedded:" is for development and tests, .*\n$/],
  ])("says in one line what is wrong with %o", async (env, message) => {
    const { child, output } = spawnExample({ PORT: "0", ...env });
    expect(await exitCodeOf(child)).toBe(1);
    expect(output.stderr).toMatch(message);
  });
});
