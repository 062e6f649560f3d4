import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../free-port.js";
import { kill, killWithThisProcess } from "../redis-server.js";
import type { BrowserDriver, Key, PageDriver } from "./driver.js";
import { startHostProxy } from "./host-proxy.js";
import { pathOf, WebDriverSession, type ElementReference, type WebDriverCookie } from "./web-driver.js";
import { CALL_WITHIN_MS, LAUNCH_WITHIN_MS } from "./within.js";

/** Milliseconds after which a question fails: WebKit loses the answer of a page that it replaces meanwhile. */
const ASK_WITHIN_MS = 1_000;

/** Starts WebKitGTK, the engine of Safari, on a screen of its own, by W3C WebDriver. */
export async function launchWebKit(binary: string): Promise<BrowserDriver> {
  const screen = await startScreen();
  const port = await freePort();
  const driver = startDriver(port, screen.display);
  const proxy = await startHostProxy();
  const end = async (): Promise<void> => {
    await Promise.all([kill(driver), proxy.close()]);
    // The browser ends with its screen, even if its driver ended earlier.
    await kill(screen.child);
  };
  try {
    const address = `http://127.0.0.1:${port}`;
    await untilReady(address, driver);
    const session = await WebDriverSession.start(address, capabilities(binary, proxy.port), LAUNCH_WITHIN_MS);
    const timeouts = { script: CALL_WITHIN_MS, pageLoad: CALL_WITHIN_MS, implicit: 0 };
    await session.command("POST", "/timeouts", timeouts);
    return {
      newPage: async () => {
        // A new tab stays hidden to its page, and the browser's script acts only in visible pages.
        const { handle } = await session.command<{ handle: string }>("POST", "/window/new", {
          type: "window",
        });
        return drive(session, handle);
      },
      close: async () => {
        await session.command("DELETE", "").catch(() => undefined);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function capabilities(binary: string, proxyPort: number): object {
  // WebKit has no option that resolves a host. A proxy does so without root and /etc/hosts. WebDriver's own
  // capability for proxies crashes MiniBrowser at about every seventh start.
  const proxy = `--proxy=http://127.0.0.1:${proxyPort}`;
  const args = ["--automation", proxy, "--ignore-host=localhost", "--ignore-host=127.0.0.1"];
  return { acceptInsecureCerts: true, "webkitgtk:browserOptions": { binary, args } };
}

/**
 * Starts a virtual screen with a free number, which Xvfb writes to its fourth stream. Without -noreset Xvfb starts again
 * whenever its last client leaves, and refuses a browser that connects meanwhile.
 */
async function startScreen(): Promise<{ child: ChildProcess; display: string }> {
  const args = ["-displayfd", "3", "-noreset", "-nolisten", "tcp", "-screen", "0", "1280x1024x24"];
  const child = spawn("Xvfb", args, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  killWithThisProcess(child);
  const [line] = (await once(child.stdio[3] as Readable, "data", {
    signal: AbortSignal.timeout(CALL_WITHIN_MS),
  })) as [Buffer];
  return { child, display: `:${line.toString().trim()}` };
}

function startDriver(port: number, display: string): ChildProcess {
  const child = spawn("WebKitWebDriver", [`--port=${port}`], {
    stdio: "ignore",
    env: {
      ...process.env,
      DISPLAY: display,
      // Containers can't nest sandboxes, and have no graphics card.
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
      LIBGL_ALWAYS_SOFTWARE: "1",
    },
  });
  killWithThisProcess(child);
  return child;
}

async function untilReady(address: string, driver: ChildProcess): Promise<void> {
  const until = performance.now() + CALL_WITHIN_MS;
  while (performance.now() < until && driver.exitCode === null) {
    try {
      await fetch(`${address}/status`, { signal: AbortSignal.timeout(CALL_WITHIN_MS) });
      return;
    } catch {
      await sleep(25);
    }
  }
  throw new Error(`WebKitWebDriver does not answer at ${address}`);
}

const KEY_CODES: Readonly<Record<Key, string>> = {
  Tab: "\uE004",
  Enter: "\uE007",
  Escape: "\uE00C",
  Space: " ",
  Backspace: "\uE003",
  Shift: "\uE008",
  Control: "\uE009",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
};

function drive(session: WebDriverSession, handle: string): PageDriver {
  const post = <T = null>(path: string, body?: object): Promise<T> =>
    session.commandIn<T>(handle, "POST", path, body);
  const find = async (selector: string): Promise<string> =>
    pathOf(await post<ElementReference>("/element", { using: "css selector", value: selector }));
  return {
    goto: async (url) => {
      await post("/url", { url });
    },
    click: async (selector) => {
      await post(`${await find(selector)}/click`);
    },
    type: async (selector, text) => {
      await post(`${await find(selector)}/value`, { text });
    },
    press: async (keys) => {
      const codes = keys.map((key) => KEY_CODES[key]);
      const actions = [
        ...codes.map((value) => ({ type: "keyDown", value })),
        ...codes.toReversed().map((value) => ({ type: "keyUp", value })),
      ];
      await post("/actions", { actions: [{ type: "key", id: "keyboard", actions }] });
    },
    start: async (statements) => {
      await post("/execute/sync", { script: statements, args: [] });
    },
    isTrue: (expression) => {
      const body = { script: `return Boolean(${expression});`, args: [] };
      return session.commandIn<boolean>(handle, "POST", "/execute/sync", body, ASK_WITHIN_MS);
    },
    evaluate: (expression) => evaluate(expression, (script) => post("/execute/sync", { script, args: [] })),
    cookies: async () => {
      const cookies = await session.commandIn<WebDriverCookie[]>(handle, "GET", "/cookie");
      return cookies.map(({ name, value, httpOnly = false, secure = false, expiry }) => ({
        name,
        value,
        httpOnly,
        secure,
        isSessionCookie: expiry === undefined,
      }));
    },
    close: () => session.closeWindow(handle),
  };
}

/** The outcome of an evaluation's script; `null` while the script runs. */
type Outcome = { readonly value: string } | { readonly error: string } | null;

/**
 * Starts a script and asks for its outcome. The command that would wait for the outcome hangs if the page enters the
 * back/forward cache meanwhile.
 */
async function evaluate(
  expression: string,
  execute: (script: string) => Promise<Outcome | undefined>,
): Promise<string> {
  const place = `window[Symbol.for("evaluation ${randomUUID()}")]`;
  const settle = `(value) => { ${place} = { value }; }, (error) => { ${place} = { error: String(error) }; }`;
  let outcome = await execute(`${place} = null; ${expression}.then(${settle}); return null;`);
  const until = performance.now() + CALL_WITHIN_MS;
  while (outcome === null && performance.now() < until) {
    outcome = await execute(`return ${place} === undefined ? { error: "the page is gone" } : ${place};`);
    if (outcome === null) await sleep(10);
  }
  if (outcome === null || outcome === undefined) throw new Error("the script did not end");
  if ("error" in outcome) throw new Error(outcome.error);
  return outcome.value;
}
