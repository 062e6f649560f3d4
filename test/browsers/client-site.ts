/** A small site with the browser's script on its pages, a clock that tests move, and a page script that takes notes. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import express, { type Express, type Request } from "express";
import helmet from "helmet";
import {
  createCurfew,
  type Curfew,
  type CurfewOptions,
  type ReauthAttempt,
  type RoutesOptions,
} from "../../src/index.js";
import type { EnginePage } from "../harness/browsers/index.js";
import { appRedis, freshPrefix } from "../harness/redis.js";

/** The right password. */
export const PASSWORD = "correct horse";

/** Policies of a page: helmet's own, and one without `unsafe-inline` for styles. */
export type Policy = "default" | "strict";

export interface ClientSiteOptions {
  readonly defaults?: CurfewOptions["defaults"];
  readonly redis?: CurfewOptions["redis"];
  readonly policy?: Policy;
  /** False: a user signs in again on the login page. @default true */
  readonly verifies?: boolean;
  readonly reauthUrl?: RoutesOptions["reauthUrl"];
  /** 0: no tab has an event stream, so each tab polls. @default as in `curfew.routes()` */
  readonly maxEventStreams?: number;
  /** Key and certificate, for HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Secrets that sign the cookie. @default one secret */
  readonly secret?: string | string[];
  /** Adds routes in front of all others. */
  readonly before?: (app: Express) => void;
  /** Adds routes of a test. */
  readonly configure?: (app: Express, curfew: Curfew, show: ShowPage) => void;
}

/** Returns a page of the site, with the browser's script. */
export type ShowPage = (request: Request, title: string, body: string) => string;

/** The secret that signs the site's cookies. */
export const SECRET = "a secret of the browser tests, long enough";

/** Notes violations, errors and the client's events. A page's own scripts come after the package's. */
const PROBE = `window.seen = { violations: [], events: [], errors: [] };
addEventListener("securitypolicyviolation", (event) => seen.violations.push(event.violatedDirective + " " + event.blockedURI));
addEventListener("error", (event) => seen.errors.push(String(event.message)));
for (const name of ["warning", "extended", "reauthenticated", "ended", "ending", "draft"])
  addEventListener("curfew:" + name, (event) => {
    const { client, ...detail } = event.detail;
    if (client) window.client = client;
    seen.events.push({ name, detail });
  });
window.client ??= null;
// The script loads the dialog ten seconds after the page.
if (location.search.includes("soon")) {
  const later = setTimeout;
  window.setTimeout = (run, ms) => later(run, ms === 10_000 ? 10 : ms);
}`;

const STYLES = `body { background: Canvas; color: CanvasText; }
.dark { color-scheme: dark; }
.dark curfew-dialog { --curfew-color-scheme: dark; }
.light curfew-dialog { --curfew-color-scheme: light; }
button { background: white; color: black; }
iframe { border: 0; }`;

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export class ClientSite {
  private aheadMs = 0;

  private constructor(
    readonly curfew: Curfew,
    /** Prefix of the app's keys. */
    readonly prefix: string,
    private readonly server: Server,
    private readonly options: ClientSiteOptions,
  ) {}

  static async start(options: ClientSiteOptions = {}): Promise<ClientSite> {
    const prefix = freshPrefix("client");
    const curfew = createCurfew({
      redis: options.redis ?? (await appRedis()),
      prefix,
      sessionPrefix: `${prefix}sess:`,
      clock: () => Date.now() + site.aheadMs,
      log: () => undefined,
      timeoutMs: 500,
      ...(options.defaults && { defaults: options.defaults }),
    });
    const app = createApp(curfew, options);
    const server = options.tls ? createTlsServer(options.tls, app) : createServer(app);
    const site = new ClientSite(curfew, prefix, server, options);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    await curfew.ready();
    return site;
  }

  url(path: string): string {
    return `http${this.options.tls ? "s" : ""}://localhost:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** Starts the app again under other secrets, at the same address. */
  rotate(secret: string | string[]): void {
    this.server.removeAllListeners("request");
    this.server.on("request", createApp(this.curfew, { ...this.options, secret }));
  }

  /** Moves the server's clock on, in minutes. The clock runs on from there. */
  skip(minutes: number): void {
    this.aheadMs += minutes * 60_000;
  }

  /** Signs a user in, and opens a page. */
  async enter(page: EnginePage, path = "/page", user = "ann"): Promise<void> {
    await page.goto(this.url(`/enter?user=${user}&to=${encodeURIComponent(path)}`));
    await page.waitForUrl(path);
    await page.waitFor(
      `performance.getEntriesByType("resource").some(({ name }) => name.endsWith("/status"))`,
    );
  }

  /** Stops the server, so that no request is answered any more. */
  vanish(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    this.vanish();
    await this.curfew.close();
  }
}

function createApp(curfew: Curfew, options: ClientSiteOptions): Express {
  const {
    policy = "default",
    verifies = true,
    secret = SECRET,
    configure,
    before,
    reauthUrl,
    maxEventStreams,
  } = options;
  const app = express();
  before?.(app);
  // The site has no HTTPS, and WebKit would ask for the script by HTTPS, also on localhost.
  const directives = { upgradeInsecureRequests: null, ...(policy === "strict" && { styleSrc: ["'self'"] }) };
  app.use(helmet({ contentSecurityPolicy: { directives } }));
  app.get("/probe.js", (_request, response) => response.type("text/javascript").send(PROBE));
  app.get("/style.css", (_request, response) => response.type("text/css").send(STYLES));
  app.use(curfew.session({ secret }));
  const verify = ({ body }: ReauthAttempt): boolean => (body as { password?: unknown }).password === PASSWORD;
  const routes = {
    ...(verifies && { verify }),
    ...(reauthUrl && { reauthUrl }),
    ...(maxEventStreams !== undefined && { maxEventStreams }),
  };
  app.use("/curfew", curfew.routes(routes));
  app.get("/enter", async (request, response) => {
    await curfew.signIn(request, { userId: textOf(request, "user") });
    response.redirect(303, textOf(request, "to"));
  });
  app.get("/leave", async (request, response) => {
    await curfew.signOut(request);
    response.redirect(303, "/login");
  });
  app.get("/login", (request, response) => {
    const { curfew: state } = request;
    const why = state.state === "ended" ? state.reason : "none";
    response.send(pageOf(request, curfew, "Sign in", `<p id="reason">${why}</p>`));
  });
  app.get(["/page", "/other"], curfew.requireSignIn(), (request, response) => {
    response.send(pageOf(request, curfew, "Work", WORK));
  });
  configure?.(app, curfew, (request, title, body) => pageOf(request, curfew, title, body));
  return app;
}

const WORK = `<p id="secret">Protected text</p>
<form><label>Note <textarea id="note"></textarea></label><button id="save" type="button">Save</button></form>
<dialog id="own" aria-label="The app's own"><p>Protected text in a dialog</p><button>Close</button></dialog>
<p><a id="other" href="/other">Other page</a> <a id="leave" href="/leave">Sign out</a></p>`;

/** Returns a parameter of a query as text; empty if it is missing or has several values. */
export function textOf({ query }: Request, name: string): string {
  const value = query[name];
  return typeof value === "string" ? value : "";
}

function pageOf(request: Request, curfew: Curfew, title: string, body: string): string {
  const language = textOf(request, "lang") || "en";
  const scheme = textOf(request, "scheme") === "dark" ? "dark" : "light";
  const attributes = request.path === "/login" ? "" : ' data-username="ann"';
  return `<!doctype html><html lang="${language}" class="${scheme}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${title}</title><link rel="icon" href="data:,">
<script src="/probe.js"></script><link rel="stylesheet" href="/style.css">
<script type="module" src="${curfew.clientUrl}" data-base="/curfew" data-login="/login"${attributes}></script>
</head><body><main tabindex="-1"><h1>${title}</h1>${body}</main></body></html>`;
}

/** JavaScript that reads the open dialog: its text, or `null`. */
const DIALOG = `(() => {
  const dialog = document.querySelector("curfew-dialog")?.shadowRoot?.querySelector("dialog");
  return dialog?.open ? dialog.innerText : null;
})()`;

/**
 * JavaScript function that tells if a person who forces colours can read an element's text. Browsers then paint a plate of
 * the colour `Canvas` behind each text, except where an element keeps colours of its own.
 */
export const IS_READABLE = `(element) => {
  const canvas = document.createElement("p");
  canvas.style.color = "Canvas";
  document.body.append(canvas);
  const plate = getComputedStyle(canvas).color;
  canvas.remove();
  const { color, backgroundColor, forcedColorAdjust } = getComputedStyle(element);
  return color !== (forcedColorAdjust === "none" ? backgroundColor : plate);
}`;

/** Waits for the dialog to open or close. */
export async function waitForDialog(page: EnginePage, isOpen: boolean): Promise<void> {
  await page.waitFor(`(${DIALOG} !== null) === ${String(isOpen)}`);
}

/** Gives the page the event of a focus, at which the script asks the server if the last answer is two seconds old. */
export async function focus(page: EnginePage): Promise<void> {
  await page.evaluate(
    "await new Promise((resolve) => setTimeout(resolve, 2100)); dispatchEvent(new Event('focus'))",
  );
}

/** Passes time on the server, and lets the page ask. */
export async function pass(site: ClientSite, page: EnginePage, minutes: number): Promise<void> {
  site.skip(minutes);
  await focus(page);
}

/** Passes time on the server to two minutes before an end, and lets the page ask. */
export function nearTheEnd(site: ClientSite, page: EnginePage, minutes: number): Promise<void> {
  return pass(site, page, minutes - 2);
}

/** True if the page is hidden. */
export function isVeiled(page: EnginePage): Promise<boolean> {
  return page.evaluate<boolean>("return document.documentElement.hasAttribute('data-curfew-veil')");
}

/** Waits until the dialog takes keys: it ignores keys of its first half second. */
export async function waitForKeys(page: EnginePage): Promise<void> {
  await waitForDialog(page, true);
  await page.evaluate("await new Promise((resolve) => setTimeout(resolve, 600))");
}

/** The text of the open dialog. */
export function dialogText(page: EnginePage): Promise<string | null> {
  return page.evaluate<string | null>(`return ${DIALOG}`);
}

/** The notes of the page's probe. */
export interface Seen {
  readonly violations: readonly string[];
  readonly errors: readonly string[];
  readonly events: readonly { readonly name: string; readonly detail: Readonly<Record<string, unknown>> }[];
}

export function seenBy(page: EnginePage): Promise<Seen> {
  return page.evaluate<Seen>("return window.seen");
}

/** The accessibility rules that a page breaks. */
export async function axeViolations(page: EnginePage): Promise<string[]> {
  return page.evaluate<string[]>(
    `${axeSource}
    const { violations } = await axe.run(document);
    return violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" | "));`,
  );
}
