/** Embedded pages in frames of other sites, over HTTPS, in Chromium with its partitioned cookies. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import express from "express";
import helmet from "helmet";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createCurfew, type Curfew } from "../../src/index.js";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { makeCertificate } from "../harness/certificate.js";
import { appRedis, freshPrefix } from "../harness/redis.js";

const SECRET = "a secret of the embedded pages, long enough";

async function portOf(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A page of another site: its frame shows the address in the query, and its title what the frame says. */
const PORTAL = `<!doctype html><title>Waiting</title><iframe></iframe><script>
addEventListener("message", (event) => { document.title = event.data; });
document.querySelector("iframe").src = new URLSearchParams(location.search).get("frame");
</script>`;

const SAY = `parent.postMessage(document.querySelector("p").textContent, "*");
document.querySelector("form")?.requestSubmit();`;

describeEngines("embedded pages", ({ browser, engine }) => {
  const servers: Server[] = [];
  const answered: string[] = [];
  let curfew: Curfew;
  let page: EnginePage;
  let origin: string;
  let portals: { readonly known: string; readonly other: string; readonly stranger: string };

  beforeAll(async () => {
    const portal = createServer((_request, response) =>
      response.setHeader("Content-Type", "text/html").end(PORTAL),
    );
    const port = String(await portOf(portal));
    // Three sites: the app's is https://localhost.
    portals = {
      known: `http://127.0.0.1:${port}`,
      other: `http://localhost:${port}`,
      stranger: `http://stranger.localhost:${port}`,
    };
    const prefix = freshPrefix("embed");
    const redis = await appRedis();
    curfew = createCurfew({ redis, prefix, sessionPrefix: `${prefix}sess:`, log: () => undefined });
    const app = express();
    app.use((request, response, next) => {
      response.on("finish", () =>
        answered.push(
          `${request.method} ${new URL(request.originalUrl, origin).pathname} ${String(response.statusCode)}`,
        ),
      );
      next();
    });
    app.use(helmet());
    app.get("/say.js", (_request, response) => response.type("js").send(SAY));
    app.use("/embed", curfew.embed({ secret: SECRET, ancestors: [portals.known, portals.other] }));
    app.use(curfew.requireSignIn());
    const show = (text: string, more = ""): string =>
      `<!doctype html><p>${text}</p>${more}<script src="/say.js" defer></script>`;
    app.get("/embed/report", (request, response) => {
      const { curfew: who } = request;
      response.send(show(who.state === "active" ? `Report of ${who.session.userId}` : ""));
    });
    app.get("/embed/form", (_request, response) =>
      response.send(show("A form", '<form method="post"></form>')),
    );
    app.post("/embed/form", curfew.requireSameSite(), (_request, response) => response.send(show("Saved")));
    const server = createTlsServer(makeCertificate(), app);
    origin = `https://localhost:${String(await portOf(server))}`;
    servers.push(portal, server);
    await curfew.ready();
  });
  afterAll(async () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
    await (curfew as Curfew | undefined)?.close();
  });
  beforeEach(async () => {
    answered.length = 0;
    page = await browser().newPage();
  });
  afterEach(() => page.close());

  const open = (portal: string, address: string): Promise<void> =>
    page.goto(`${portal}/?frame=${encodeURIComponent(origin + address)}`);
  const says = (text: string): Promise<void> => page.waitFor(`document.title === ${JSON.stringify(text)}`);
  const inChromium = it.runIf(engine.name === "chromium");

  inChromium("a frame of another site opens the page as the user, by a link that works once", async () => {
    const link = curfew.embedUrl({ userId: "ann", path: "/embed/report" });
    await open(portals.known, link);
    await says("Report of ann");
    expect(answered).toEqual(
      expect.arrayContaining([
        "GET /embed/curfew-enter 200",
        "POST /embed/curfew-enter 303",
        "GET /embed/report 200",
      ]),
    );
    answered.length = 0;
    await open(portals.known, link);
    await expect.poll(() => answered).toContain("POST /embed/curfew-enter 403");
  });

  inChromium("its forms pass the check of other sites", async () => {
    await open(portals.known, curfew.embedUrl({ userId: "ann", path: "/embed/form" }));
    await says("Saved");
  });

  inChromium(
    "the session is this portal's: another portal's frame, and the app's own tab, have none",
    async () => {
      await open(portals.known, curfew.embedUrl({ userId: "ann", path: "/embed/report" }));
      await says("Report of ann");
      await open(portals.known, "/embed/report");
      await says("Report of ann");
      answered.length = 0;
      await open(portals.other, "/embed/report");
      await expect.poll(() => answered).toContain("GET /embed/report 401");
      answered.length = 0;
      await page.goto(`${origin}/embed/report`);
      expect(answered).toContain("GET /embed/report 401");
      expect(await page.text()).toContain("Reload the page around it.");
    },
  );

  inChromium("a site that the link does not name shows nothing", async () => {
    const link = curfew.embedUrl({ userId: "bob", path: "/embed/report", ancestors: [portals.other] });
    for (const portal of [portals.stranger, portals.known]) {
      await open(portal, link);
      await expect.poll(() => answered).toContain("GET /embed/curfew-enter 200");
      await page.waitFor("document.readyState === 'complete'");
      expect(answered.filter((line) => line.startsWith("POST"))).toEqual([]);
      answered.length = 0;
    }
    await open(portals.other, link);
    await says("Report of bob");
  });
});
