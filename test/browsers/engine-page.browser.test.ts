/** The harness itself: the same page, driven the same way, gives the same in every engine. */
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { describeEngines, PLAIN_HOST, type EnginePage } from "../harness/browsers/index.js";

const PAGE = `<!doctype html><title>First</title>
<h1>Hello</h1><p hidden>unseen</p>
<a id="next" href="/next">next</a>
<label>Name <input id="name"></label><button id="act">act</button><output id="seen"></output>
<script>
  const seen = [];
  const note = (event) => {
    seen.push([event.type, event.key ?? "", event.isTrusted, event.shiftKey === true].join(" "));
  };
  for (const type of ["keydown", "click"]) document.addEventListener(type, note);
</script>`;

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((incoming, answer) => {
    answer.setHeader("Content-Type", "text/html");
    // A policy under which no script of the page's own runs must not stop the test's scripts.
    if (incoming.url === "/strict") answer.setHeader("Content-Security-Policy", "default-src 'none'");
    if (incoming.url === "/cookies")
      answer.setHeader("Set-Cookie", ["kept=1; HttpOnly; Max-Age=3600", "session=2; Path=/"]);
    answer.end(incoming.url === "/next" ? "<!doctype html><title>Second</title>" : PAGE);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

describeEngines("EnginePage", ({ browser, engine }) => {
  let page: EnginePage;

  beforeEach(async () => {
    page = await browser().newPage();
    await page.goto(`http://localhost:${port}/`);
    return () => page.close();
  });

  it("opens a page and reads it", async () => {
    expect(await page.title()).toBe("First");
    expect(await page.url()).toBe(`http://localhost:${port}/`);
    expect(await page.text("h1")).toBe("Hello");
    expect(await page.text()).not.toContain("unseen");
  });

  it("clicks a link, and comes back", async () => {
    for (let round = 0; round < 3; round += 1) {
      await page.click("#next");
      await page.waitForUrl("/next");
      expect(await page.title()).toBe("Second");
      await page.back();
      expect(await page.title()).toBe("First");
    }
  });

  it("types, clicks and presses keys as a person does", async () => {
    await page.click("#name");
    await page.type("#name", "jo");
    await page.press("Escape");
    await page.press("Tab");
    expect(await page.evaluate("return document.activeElement.id")).toBe("act");
    await page.press("Shift", "Tab");
    expect(await page.evaluate("return document.activeElement.id")).toBe("name");
    await page.click("#act");
    expect(await page.evaluate<string>("return document.getElementById('name').value")).toBe("jo");
    expect(await page.evaluate<string[]>("return seen")).toEqual([
      "click  true false",
      "keydown j true false",
      "keydown o true false",
      "keydown Escape true false",
      "keydown Tab true false",
      "keydown Shift true true",
      // WebKitGTK moves the focus back, but has no name for the key that X11 calls ISO_Left_Tab.
      `keydown ${engine.name === "webkit" ? "Unidentified" : "Tab"} true true`,
      "click  true false",
    ]);
  });

  it("evaluates scripts with arguments, promises and errors", async () => {
    const value = { text: "a'\"</script>\u2028", list: [1, null, true] };
    expect(await page.evaluate("return await Promise.resolve(args[0])", value)).toEqual(value);
    expect(await page.evaluate("document.title = 'changed';")).toBeUndefined();
    await expect(page.evaluate("throw new Error('on purpose')")).rejects.toThrow("on purpose");
    await page.goto(`http://localhost:${port}/strict`);
    expect(await page.evaluate("return document.title")).toBe("First");
  });

  it("tells cookies, and which of them the browser forgets", async () => {
    await page.goto(`http://localhost:${port}/cookies`);
    const cookies = (await page.cookies()).toSorted((a, b) => a.name.localeCompare(b.name));
    expect(cookies).toEqual([
      { name: "kept", value: "1", httpOnly: true, secure: false, isSessionCookie: false },
      { name: "session", value: "2", httpOnly: false, secure: false, isSessionCookie: true },
    ]);
  });

  it("shares cookies between tabs, and keeps tabs apart", async () => {
    const other = await browser().newPage();
    await other.goto(`http://localhost:${port}/cookies`);
    expect(await other.evaluate("return document.cookie")).toBe("session=2");
    expect(await page.evaluate("return document.cookie")).toBe("session=2");
    await other.click("#next");
    await other.waitForUrl("/next");
    expect(await page.title()).toBe("First");
    await other.close();
  });

  it("opens a host that is not trusted", async () => {
    await page.goto(`http://${PLAIN_HOST}:${port}/`);
    expect(await page.evaluate("return [isSecureContext, location.hostname]")).toEqual([false, PLAIN_HOST]);
    await page.goto(`http://localhost:${port}/`);
    expect(await page.evaluate("return isSecureContext")).toBe(true);
  });

  it("says what was waited for where it never comes", async () => {
    await expect(page.waitFor("document.title === 'never'", 200)).rejects.toThrow(
      `${engine.name}: not within 200 ms on http://localhost:${port}/: document.title === 'never'`,
    );
  });
});
