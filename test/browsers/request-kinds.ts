/** A site whose pages make one request of each kind, and a record of the headers that arrive. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { PLAIN_HOST, type EnginePage } from "../harness/browsers/index.js";
import type { RequestKind, RequestOrigin } from "../harness/header-sets.js";

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

const HTML = "text/html; charset=utf-8";
const START = `<!doctype html><title>start</title><link rel="icon" href="data:,">
<a id="click" href="/click">click</a>
<form method="post" action="/formpost"><button id="formpost">post</button></form>
<form action="/formget"><button id="formget">get</button></form>
<button id="jsclick" onclick="location = '/jsclick'">go</button>
<a id="swclick" href="/swclick">click</a>
<a id="swpreload" href="/swpreload">click</a>`;

/** Kinds of request after which the page is another. */
const NAVIGATIONS = new Set<RequestKind>([
  "click",
  "formpost",
  "formget",
  "typed",
  "jsclick",
  "jstimer",
  "metarefresh",
  "swclick",
  "swpreload",
]);

/** Kinds of request that a page makes alone, with the element that makes the request. */
const BY_PAGE = {
  jstimer: script("setTimeout(() => { location = '/jstimer'; }, 20)"),
  metarefresh: '<meta http-equiv="refresh" content="0; url=/metarefresh">',
  fetch: script("fetch('/fetch')"),
  fetchpost: script("fetch('/fetchpost', { method: 'POST', body: '{}' })"),
  xhr: script("const xhr = new XMLHttpRequest(); xhr.open('GET', '/xhr'); xhr.send()"),
  beacon: script("navigator.sendBeacon('/beacon', 'x')"),
  sse: script("const source = new EventSource('/sse'); source.onmessage = () => source.close()"),
  prefetch: '<link rel="prefetch" href="/prefetch">',
  iframe: '<iframe src="/iframe"></iframe>',
  image: '<img src="/image" alt="">',
} satisfies Partial<Record<RequestKind, string>>;

const isByPage = (kind: RequestKind): kind is keyof typeof BY_PAGE => kind in BY_PAGE;

/** The service worker of a page that makes these kinds of request. */
const WORKERS: Readonly<Partial<Record<RequestKind, string>>> = {
  swclick: "/worker.js",
  swpreload: "/preload.js",
};

/** Content type and body of each file that is not a page. */
const FILES: Readonly<Record<string, readonly [type: string, body: string]>> = {
  "/worker.js": [
    "text/javascript",
    `oninstall = () => skipWaiting();
     onactivate = (event) => event.waitUntil(clients.claim());
     onfetch = (event) => event.respondWith(fetch(event.request));`,
  ],
  "/preload.js": [
    "text/javascript",
    `const begin = () => registration.navigationPreload.enable().then(() => clients.claim());
     oninstall = () => skipWaiting();
     onactivate = (event) => event.waitUntil(begin());
     onfetch = (event) => event.respondWith(event.preloadResponse.then((found) => found ?? fetch(event.request)));`,
  ],
  "/sse": ["text/event-stream", "data: 1\n\n"],
};

function script(source: string): string {
  return `<script>${source}</script>`;
}

function bodyOf(path: string): readonly [type: string, body: string] {
  if (path === "/start") return [HTML, START];
  const kind = path.replace("/start-", "") as RequestKind;
  const body = path.startsWith("/start-") && isByPage(kind) ? BY_PAGE[kind] : "<title>there</title>";
  return FILES[path] ?? [HTML, `<!doctype html><link rel="icon" href="data:,">${body}`];
}

/** The site. */
export class RequestKindsSite {
  private readonly seen = new Map<string, SeenRequest>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<RequestKindsSite> {
    const server = createServer();
    const site = new RequestKindsSite(server);
    server.on("request", (incoming, answer) => {
      const { pathname } = new URL(incoming.url ?? "/", "http://localhost");
      const { method = "", headers } = incoming;
      if (!site.seen.has(pathname)) site.seen.set(pathname, { method, headers });
      const [type, body] = bodyOf(pathname);
      answer.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store" });
      answer.end(body);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return site;
  }

  /** The address of a page over localhost, which browsers trust as they trust HTTPS, or over plain HTTP. */
  address(origin: RequestOrigin, path = ""): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://${origin === "secure" ? "localhost" : PLAIN_HOST}:${port}${path}`;
  }

  /** Makes a page send one request, and returns the request. */
  async measure(page: EnginePage, origin: RequestOrigin, kind: RequestKind): Promise<SeenRequest> {
    this.seen.clear();
    // Only a trusted origin has service workers; elsewhere a click stays a click.
    const worker = origin === "secure" ? WORKERS[kind] : undefined;
    if (kind === "typed") {
      await page.goto(this.address(origin, "/typed"));
    } else if (isByPage(kind)) {
      // By the page's own script: a driver's scripts run as if a person had clicked.
      await page.goto(this.address(origin, `/start-${kind}`));
    } else {
      await page.goto(this.address(origin, "/start"));
      if (worker !== undefined) await startWorker(page, worker);
      await page.click(`#${kind}`);
    }
    const request = await this.wait(`/${kind}`);
    if (NAVIGATIONS.has(kind)) await page.waitFor("document.title === 'there'");
    if (worker !== undefined) await stopWorker(page);
    return request;
  }

  /** True if a page that asks for this kind of request has loaded, and the request did not arrive within 500 ms. */
  async isSilent(page: EnginePage, kind: "prefetch"): Promise<boolean> {
    this.seen.clear();
    await page.goto(this.address("secure", `/start-${kind}`));
    await sleep(500);
    return this.seen.has(`/start-${kind}`) && !this.seen.has(`/${kind}`);
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  private async wait(path: string): Promise<SeenRequest> {
    const until = performance.now() + 10_000;
    for (;;) {
      const request = this.seen.get(path);
      if (request !== undefined) return request;
      if (performance.now() > until) throw new Error(`no request for ${path} arrived`);
      await sleep(5);
    }
  }
}

async function startWorker(page: EnginePage, script: string): Promise<void> {
  await page.evaluate("await navigator.serviceWorker.register(args[0])", script);
  await page.waitFor("navigator.serviceWorker.controller?.state === 'activated'");
}

async function stopWorker(page: EnginePage): Promise<void> {
  await page.evaluate(
    "for (const worker of await navigator.serviceWorker.getRegistrations()) await worker.unregister()",
  );
}
