/** A guarded site with links, forms, polls of each kind, and a page that loads itself again. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Express, RequestHandler } from "express";
import type { Curfew } from "../../src/index.js";
import { startApp, type TestApp } from "../harness/app.js";
import { PLAIN_HOST, type EnginePage } from "../harness/browsers/index.js";
import type { RequestOrigin } from "../harness/header-sets.js";
import { T } from "../harness/policy-fixtures.js";

const USER = "ann";
const head = (title: string): string =>
  `<!doctype html><title>${title}</title><link rel="icon" href="data:,">`;

const ENTER = `${head("enter")}<form method="post" action="/enter"><button id="enter">Sign in</button></form>`;

const HOME = `${head("home")}
<a id="link" href="/home?by=link">link</a>
<form method="post" action="/form"><button id="form">post</button></form>
<button id="script" onclick="location = '/home?by=script'">go</button>`;

const BOARD = `${head("board")}<meta http-equiv="refresh" content="1">`;

/** The polls of a page, each under its own path. */
export const POLLS = ["fetch", "fetchpost", "xhr", "beacon", "sse", "image", "iframe"] as const;

const POLLING = `${head("polling")}<div id="frame"></div><script>
  const send = {
    fetch: (url) => fetch(url),
    fetchpost: (url) => fetch(url, { method: "POST", body: "{}" }),
    xhr: (url) => { const xhr = new XMLHttpRequest(); xhr.open("GET", url); xhr.send(); },
    beacon: (url) => navigator.sendBeacon(url, "x"),
    sse: (url) => { const source = new EventSource(url); source.onerror = () => source.close(); },
    image: (url) => { new Image().src = url; },
    iframe: (url) => { frame.innerHTML = '<iframe src="' + url + '"></iframe>'; },
  };
  const kinds = new URLSearchParams(location.search).get("kinds").split(",");
  let n = 0;
  setInterval(() => { n += 1; for (const kind of kinds) send[kind]("/polled/" + kind + "?n=" + n); }, 200);
</script>`;

const WORKERS = {
  "/worker.js": `oninstall = () => skipWaiting();
    onactivate = (event) => event.waitUntil(clients.claim());
    onfetch = (event) => event.respondWith(fetch(event.request));`,
  "/preload.js": `const begin = () => registration.navigationPreload.enable().then(() => clients.claim());
    oninstall = () => skipWaiting();
    onactivate = (event) => event.waitUntil(begin());
    onfetch = (event) => event.respondWith(event.preloadResponse.then((found) => found ?? fetch(event.request)));`,
};

/** The path of a service worker's script. */
export type Worker = keyof typeof WORKERS;

const html =
  (body: string): RequestHandler =>
  (_request, response) => {
    response.set("Cache-Control", "no-store").type("html").send(body);
  };

/** The site, and one person's tab. */
export class ActivitySite {
  private constructor(
    private readonly app: TestApp,
    private readonly seen: Map<string, number>,
  ) {}

  /** Starts the site for one test, with 15 minutes of idle time. */
  static async start(): Promise<ActivitySite> {
    const seen = new Map<string, number>();
    const app = await startApp({
      defaults: { inactivityLogout: true, sessionMinutes: 300 },
      configure: (express, curfew) => {
        addPages(express, curfew, seen);
      },
    });
    return new ActivitySite(app, seen);
  }

  /** The address of a path over localhost, which browsers trust as they trust HTTPS, or over plain HTTP. */
  address(origin: RequestOrigin, path: string): string {
    const { port } = new URL(this.app.url);
    return `http://${origin === "secure" ? "localhost" : PLAIN_HOST}:${port}${path}`;
  }

  /** Signs in by a click on a form's button. */
  async signIn(page: EnginePage, origin: RequestOrigin): Promise<void> {
    await page.goto(this.address(origin, "/enter"));
    await page.click("#enter");
    await page.waitForUrl("/home");
  }

  /** Sets the clock to so many minutes after the sign-in. */
  at(minutes: number): void {
    this.app.at(`${minutes}:00`);
  }

  /** Waits until requests for a path have arrived, and later requests have been answered. */
  async waitForRequests(path: string): Promise<void> {
    const target = (this.seen.get(path) ?? 0) + 2;
    const until = performance.now() + 10_000;
    while ((this.seen.get(path) ?? 0) < target) {
      if (performance.now() > until) throw new Error(`no two requests for ${path} arrived`);
      await sleep(20);
    }
  }

  /** The last activity, in minutes after the sign-in; the reason of the end if the session is over. */
  async lastActivity(): Promise<number | undefined> {
    const { sessions } = await this.app.curfew.sessions.list({ userId: USER });
    const [session] = sessions;
    return session && (session.lastActivityAt - T) / 60_000;
  }
}

function addPages(app: Express, curfew: Curfew, seen: Map<string, number>): void {
  const signedIn = curfew.requireSignIn();
  app.use((request, _response, next) => {
    // The count rises after the session has been read, so a counted request has shown its activity.
    seen.set(request.path, (seen.get(request.path) ?? 0) + 1);
    next();
  });
  for (const [path, script] of Object.entries(WORKERS))
    app.get(path, (_request, response) => {
      response.type("js").send(script);
    });
  app.get("/enter", html(ENTER));
  app.post("/enter", (request, response, next) => {
    curfew.signIn(request, { userId: USER }).then(() => response.redirect(303, "/home"), next);
  });
  app.get("/home", signedIn, html(HOME));
  app.post("/form", signedIn, html(HOME));
  app.get("/board", signedIn, html(BOARD));
  app.get("/polling", signedIn, html(POLLING));
  app.get("/polled/sse", signedIn, (_request, response) => {
    response.type("text/event-stream").send("data: 1\n\n");
  });
  app.all("/polled/:kind", signedIn, html(head("polled")));
}
