import { spawn, type ChildProcess } from "node:child_process";
import { connect } from "node:net";
import request from "supertest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeBlocks } from "./support/markdown.js";
import { testRedisUrl } from "./support/redis.js";
import { freePort } from "./support/free-port.js";
import { ROOT } from "./support/source-files.js";

/** Runs the README's app as it stands, but for the package's name: this project is not installed in itself. */
function run(code: string, env: NodeJS.ProcessEnv): ChildProcess {
  const local = code.replace('"express-curfew"', '"./src/index.ts"');
  const args = ["--import", "tsx", "--input-type=module", "--eval", local];
  return spawn(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env }, stdio: "inherit" });
}

/** Resolves once something listens on the port; rejects if the app ends first. */
function listening(app: ChildProcess, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    app.once("exit", (code) => reject(new Error(`the quick start ended with code ${String(code)}`)));
    const knock = (): void => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => {
        socket.destroy();
        resolve();
      });
      socket.once("error", () => setTimeout(knock, 25));
    };
    knock();
  });
}

describe("the README's quick start", () => {
  let app: ChildProcess;
  let url: string;

  beforeAll(async () => {
    const [code = ""] = codeBlocks("README.md", "js");
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    app = run(code, {
      REDIS_URL: await testRedisUrl(),
      SESSION_SECRET: "put-32-random-characters-here-please",
      PORT: String(port),
    });
    await listening(app, port);
  });
  afterAll(() => {
    app.removeAllListeners("exit");
    app.kill();
  });

  it("sends strangers to sign in, and says how long who has signed in may stay", async () => {
    const browser = request.agent(url);
    const page = await browser.get("/").set("accept", "text/html").expect(303);
    expect(page.headers["location"]).toBe("/login?return_to=%2F");
    await browser.get("/login").expect(200);
    await browser.post("/login").type("form").send({ user: "ann" }).expect(303);
    const home = await browser.get("/").expect(200);
    expect(home.text).toBe("Hello ann, 30 minutes left.");
  });

  it("says on the login page why somebody was signed out", async () => {
    const browser = request.agent(url);
    await browser.post("/login").type("form").send({ user: "bob" }).expect(303);
    await browser.post("/curfew/logout").send({}).expect(204);
    const page = await browser.get("/login").expect(200);
    expect(page.text).toContain("<p>Signed out: signed_out.</p>");
  });
});
