import { describe, expect, it } from "vitest";
import { Browser } from "../harness/browser.js";
import type { Answer } from "../harness/http.js";
import { ROOT, startPages } from "./support.js";

/** Beginnings that leave an attribute, an element or a comment of a page. */
const EXITS = ["", '"', "'", ">", '">', "'>", "-->", "</td>", "</time>", "</title>", "</textarea>", "]]>"];

/** Markup that runs a script, or makes an element. */
const ATTACKS = [
  "<script>x()</script>",
  "<img src=x onerror=x()>",
  "<svg/onload=x()>",
  "<a href=javascript:x()>a</a>",
  "<iframe srcdoc='<b>'>",
  "<style>@import'//x'</style>",
  "<base href=//x>",
  "<meta http-equiv=refresh content=0>",
  " onmouseover=x() ",
  " autofocus onfocus=x() ",
  "<form action=//x><button>",
  "<math><mi xlink:href=data:x,y>",
  "&lt;script&gt;x()&lt;/script&gt;",
  "<scr<script>ipt>x()",
  "${x()}{{x()}}",
  "<!--><b>",
  "<details open ontoggle=x()>",
];

/** 204 payloads, each with a mark that finds it in a page. */
const PAYLOADS = EXITS.flatMap((exit, i) =>
  ATTACKS.map((attack, j) => `${exit}${attack}#${String(i)}-${String(j)}`),
);

/** Returns the elements of a page, without the texts of their attributes. */
function elementsOf({ text }: Answer): string[] {
  return [...text.matchAll(/<(\/?[a-z!][\w-]*)((?:\s+[\w-]+(?:\s*=\s*"[^"]*")?)*)\s*\/?>/g)].map(
    ([, name, attributes = ""]) =>
      [name, ...attributes.replace(/"[^"]*"/g, "").split(/\s+/)].join(" ").trim(),
  );
}

/** Returns the numbers of `<`, `>` and of kinds of elements, which no inserted text may change. */
function structureOf(page: Answer): unknown {
  const count = (char: string) => page.text.split(char).length - 1;
  return { open: count("<"), close: count(">"), elements: elementsOf(page) };
}

describe("texts from outside", () => {
  it(
    `G3: ${String(PAYLOADS.length)} payloads as user id, User-Agent, actor and place make no element`,
    { timeout: 60_000 },
    async () => {
      let payload = "harmless";
      const site = await startPages({
        defaults: { trackLocation: true },
        locate: () => ({ city: payload, state: payload, country: payload }),
        admin: { findUsers: (query) => [{ userId: query, name: payload }] },
      });
      const root = await site.signedIn(ROOT, { persistent: true });
      const pagesWith = async (text: string): Promise<Answer[]> => {
        payload = text;
        // The parser takes the first product of an unknown browser as its name.
        const browser = new Browser(site.server, { userAgent: `${text.replace(/[\s/]/g, "")}/1.0 x` });
        await browser.visit("/login");
        await browser.signIn(text);
        const { settings } = await site.curfew.settings.get();
        const sessionMinutes = settings.sessionMinutes === 45 ? 50 : 45;
        await site.curfew.settings.update({ sessionMinutes }, { actor: text, from: text });
        const [session] = (await site.curfew.sessions.list({ userId: text })).sessions;
        const user = encodeURIComponent(text);
        const pages = await Promise.all([
          browser.visit("/me/sessions"),
          root.visit(`/admin/sessions?user=${user}`),
          root.visit(`/admin/sessions?q=${user}`),
          root.visit(`/admin/sessions/end?ref=${String(session?.ref)}&user=${user}`),
          root.visit(`/admin/sessions/end-all?user=${user}`),
          root.visit("/admin/settings"),
          root.visit(`/admin/audit?user=${user}`),
        ]);
        await site.curfew.sessions.endAll({ userId: text });
        return pages;
      };
      const expected = (await pagesWith("harmless")).map(structureOf);
      for (const text of PAYLOADS) {
        const pages = await pagesWith(text);
        expect(pages.map(structureOf), text).toEqual(expected);
        for (const page of pages) expect(page.text, text).toContain(text.split("#")[1]);
      }
    },
  );

  it("G3: control characters for the direction stand only where they reorder no other text", async () => {
    const turned = "\u202ennA";
    const site = await startPages();
    const root = await site.signedIn(ROOT);
    await site.signedIn(turned);
    const [session] = (await site.curfew.sessions.list({ userId: turned })).sessions;
    await site.curfew.settings.rules.set({ role: turned }, { idleMinutes: 30 });
    const user = encodeURIComponent(turned);
    const addresses = [
      `sessions?user=${user}`,
      `sessions/session?ref=${String(session?.ref)}`,
      `sessions/end?ref=${String(session?.ref)}`,
      `sessions/end-all?user=${user}`,
      "settings",
      `settings/rule?kind=role&name=${user}`,
    ];
    for (const address of addresses) {
      const { status, text } = await root.visit(`/admin/${address}`);
      expect([address, status]).toEqual([address, 200]);
      expect(text).toContain("nnA");
      expect(text.replace(/<bdi>[^<]*<\/bdi>|value="[^"]*"/g, ""), address).not.toContain("\u202e");
    }
    const { text } = await root.visit(`/admin/sessions/end-all?user=${user}`);
    expect(text).toContain("<h1>Sign out all sessions of \u2068\ufffdnnA\u2069?</h1>");
  });
});
