/** Compares the table of headers with the installed browsers, so that a browser that changes fails the test. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeEngines, type EnginePage } from "../harness/browsers/index.js";
import { headersOf, methodOf, REQUEST_KINDS, sendsKind } from "../harness/header-sets.js";
import { RequestKindsSite, type SeenRequest } from "./request-kinds.js";

let site: RequestKindsSite;

beforeAll(async () => {
  site = await RequestKindsSite.start();
});

afterAll(() => site.close());

const COMPARED = /^(?:sec-fetch-.*|sec-purpose|service-worker-.*|accept|origin|user-agent)$/;

/** The table's headers, without the parts that change from version to version. */
function comparable({ method, headers }: SeenRequest): Record<string, unknown> {
  const kept = Object.entries(headers).filter(([name]) => COMPARED.test(name));
  const compared = Object.fromEntries(kept);
  const { accept = "", "user-agent": userAgent = "" } = headers;
  return {
    ...compared,
    method,
    accept: accept.split(",").filter((type) => !type.startsWith("image/")),
    acceptsImages: accept.startsWith("image/"),
    "user-agent": userAgent.replace("HeadlessChrome", "Chrome").replaceAll(/\d+/g, "0"),
  };
}

describeEngines("the table of headers", ({ browser, engine }) => {
  const isSent = (kind: (typeof REQUEST_KINDS)[number]): boolean => sendsKind(engine.name, kind);
  let page: EnginePage;

  beforeAll(async () => {
    page = await browser().newPage();
  });

  describe.each(["secure", "plain"] as const)("on a %s origin", (origin) => {
    it.each(REQUEST_KINDS.filter(isSent))("has what a %s sends", async (kind) => {
      const headers = headersOf({ engine: engine.name, origin, kind, site: site.address(origin) });
      const seen = await site.measure(page, origin, kind);
      expect(comparable(seen)).toEqual(comparable({ method: methodOf(kind), headers }));
    });
  });

  if (!isSent("prefetch")) {
    it("knows that this engine sends no prefetch", async () => {
      expect(await site.isSilent(page, "prefetch")).toBe(true);
      const query = { engine: engine.name, origin: "secure", kind: "prefetch" } as const;
      expect(() => headersOf(query)).toThrow("webkit sends no prefetch; ask sendsKind() before.");
    });
  }
});
