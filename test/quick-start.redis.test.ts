import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { codeBlocks } from "./harness/markdown.js";
import { testRedisUrl } from "./harness/redis.js";
import { freePort } from "./harness/free-port.js";
import { ROOT } from "./harness/source-files.js";

/** Runs the README's app unchanged, except for the package's name, because this project is not installed in itself. */
function run(code: string, env: NodeJS.ProcessEnv): ChildProcess {
  const local = code.replace('"express-curfew"', '"./src/index.ts"');
  const args = ["--import", "tsx", "--input-type=module", "--eval", local];
  return spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** Resolves with the address that the app prints. Rejects if the app ends first. */
function listening(app: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    app.once("exit", (code) => reject(new Error(`the quick start ended with code ${String(code)}`)));
    app.stderr?.pipe(process.stderr);
    app.stdout?.on("data", (text: Buffer) => {
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(text)) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
}

describe("the README's quick start", () => {
  let app: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const [code = ""] = codeBlocks("README.md", "js");
    app = run(code, {
      REDIS_URL: await testRedisUrl(),
      SESSION_SECRET: "put-32-random-characters-here-please",
      PORT: String(await freePort()),
    });
    url = await listening(app);
  });
  afterAll(() => {
    app.removeAllListeners("exit");
    app.kill();
  });

  it("redirects visitors to the login page, and shows signed-in users the end of their session", async () => {
    const browser = request.agent(url);
    const page = await browser.get("/").set("accept", "text/html").expect(303);
    expect(page.headers["location"]).toBe("/login?return_to=%2F");
    await browser.get("/login").expect(200);
    await browser.post("/login").type("form").send({ user: "ann" }).expect(303);
    const home = await browser.get("/").expect(200);
    expect(home.text).toBe("Hello ann, 30 minutes left.");
  });

  it("asks again if the form came without a name", async () => {
    const answer = await request(url).post("/login").expect(303);
    expect(answer.headers["location"]).toBe("/login");
  });

  it("shows on the login page why a session ended", async () => {
    const browser = request.agent(url);
    await browser.post("/login").type("form").send({ user: "bob" }).expect(303);
    await browser.post("/curfew/logout").send({}).expect(204);
    const page = await browser.get("/login").expect(200);
    expect(page.text).toContain("<p>Signed out: signed_out.</p>");
  });
});

describe("the README's quick start without its Redis, or its port", () => {
  const [code = ""] = codeBlocks("README.md", "js");

  async function endOf(env: NodeJS.ProcessEnv): Promise<{ code: number; errors: string }> {
    const app = run(code.replace("ready()", "ready({ timeoutMs: 300 })"), {
      SESSION_SECRET: "put-32-random-characters-here-please",
      ...env,
    });
    let errors = "";
    app.stderr?.on("data", (text: Buffer) => (errors += String(text)));
    const [ended] = (await once(app, "close")) as [number];
    return { code: ended, errors };
  }

  it("ends, and says that Redis cannot be reached", async () => {
    const nobody = await freePort();
    const { code, errors } = await endOf({ REDIS_URL: `redis://127.0.0.1:${nobody}`, PORT: "0" });
    expect(code).not.toBe(0);
    expect(errors).toContain("redis_unavailable");
  });

  it("ends, and says that the port is taken", async () => {
    const other = createServer().listen(0);
    await once(other, "listening");
    onTestFinished(() => {
      other.close();
    });
    const { port } = other.address() as AddressInfo;
    const { code, errors } = await endOf({ REDIS_URL: await testRedisUrl(), PORT: String(port) });
    expect(code).not.toBe(0);
    expect(errors).toContain("EADDRINUSE");
  });
});
