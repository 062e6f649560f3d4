import request from "supertest";
import { expect, it } from "vitest";
import { startApp } from "../harness/app.js";

it("serves the script under its hash, immutable, and under its stable name for five minutes", async () => {
  const site = await startApp();
  expect(site.curfew.clientUrl).toMatch(/^\/curfew\/client-[\da-f]{10}\.js$/);
  const hashed = await request(site.server).get(site.curfew.clientUrl);
  expect(hashed.status).toBe(200);
  expect(hashed.get("Content-Type")).toBe("text/javascript; charset=utf-8");
  expect(hashed.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
  expect(hashed.get("X-Content-Type-Options")).toBe("nosniff");
  expect(hashed.get("Set-Cookie")).toBeUndefined();
  const plain = await request(site.server).get("/curfew/client.js");
  expect(plain.get("Cache-Control")).toBe("public, max-age=300");
  expect(plain.text).toBe(hashed.text);
  const again = await request(site.server)
    .get("/curfew/client.js")
    .set("If-None-Match", plain.get("ETag") ?? "");
  expect(again.status).toBe(304);
});

it("serves the source map that the script names", async () => {
  const site = await startApp();
  const script = await request(site.server).get(site.curfew.clientUrl);
  const [, file] = /\/\/# sourceMappingURL=(\S+)\n$/.exec(script.text) ?? [];
  const map = await request(site.server).get(`/curfew/${file ?? ""}`);
  expect(map.status).toBe(200);
  const { sources, sourcesContent } = map.body as { sources: string[]; sourcesContent: string[] };
  expect(sources).toContain("../src/client/session-watch.ts");
  expect(sourcesContent.join("\n")).toContain("class SessionWatch");
});

it("serves the words of other languages", async () => {
  const site = await startApp({ routesPath: "/auth" });
  const german = await request(site.server).get("/auth/words.de.json");
  expect(german.body).toMatchObject({ "idle.primary": "Angemeldet bleiben" });
  expect((await request(site.server).get("/auth/words.xx.json")).status).toBe(404);
});
