import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, get, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  BROWSER_ENGINES,
  headersOf,
  PROGRAM_HEADERS,
  REQUEST_KINDS,
  sendsKind,
  type HeaderSetQuery,
} from "../../src/testing/header-sets.js";

/** Every row of the table. `test/browsers` compares the rows with real browsers. */
const rows = BROWSER_ENGINES.flatMap((engine) =>
  (["secure", "plain"] as const).flatMap((origin) =>
    REQUEST_KINDS.filter((kind) => sendsKind(engine, kind)).map((kind) => ({ engine, origin, kind })),
  ),
);
const DOCUMENTS =
  "click formpost formget typed jsclick jstimer metarefresh swclick swpreload prefetch iframe".split(" ");

describe("headersOf", () => {
  it("has a row for each engine, origin and kind, less WebKit's prefetches", () => {
    expect(rows).toHaveLength(3 * 2 * 17 - 2);
  });

  it.each(rows)("accepts HTML for documents only ($engine, $origin, $kind)", (row) => {
    expect(headersOf(row)["accept"]?.includes("text/html")).toBe(DOCUMENTS.includes(row.kind));
  });

  it("sends no Sec-Fetch headers to a plain origin", () => {
    const plain = rows.filter(({ origin }) => origin === "plain").map(headersOf);
    expect(plain.flatMap(Object.keys).filter((name) => name.startsWith("sec-fetch"))).toEqual([]);
  });

  it("marks a person's navigation by Sec-Fetch-User, except in WebKit and behind a service worker", () => {
    const marked = rows.filter((row) => "sec-fetch-user" in headersOf(row)).map(({ kind }) => kind);
    expect(new Set(marked)).toEqual(
      new Set(["click", "formpost", "formget", "typed", "jsclick", "swpreload"]),
    );
    const query = { engine: "webkit", origin: "secure", kind: "click" } satisfies HeaderSetQuery;
    expect(headersOf(query)).not.toHaveProperty("sec-fetch-user");
  });

  it("sends the given origin with a POST", () => {
    const query = { engine: "firefox", origin: "plain", site: "http://127.0.0.1:3000" } as const;
    expect(headersOf({ ...query, kind: "formpost" })["origin"]).toBe("http://127.0.0.1:3000");
    expect(headersOf({ ...query, kind: "click" })).not.toHaveProperty("origin");
  });
});

describe("PROGRAM_HEADERS", () => {
  let server: Server;
  let address: string;
  let seen: IncomingHttpHeaders = {};

  beforeAll(async () => {
    server = createServer(({ headers }, answer) => {
      seen = headers;
      answer.end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  /** The headers that arrived, without the headers of the connection. */
  const sent = (): object => {
    const { host: _host, connection: _connection, "accept-encoding": _encoding, ...rest } = seen;
    return rest;
  };

  it("has what fetch and http.get of Node send", async () => {
    await fetch(address);
    expect(sent()).toEqual(PROGRAM_HEADERS.nodeFetch);
    await new Promise((resolve, reject) => {
      get(address, (answer) => answer.resume().on("end", resolve)).on("error", reject);
    });
    expect(sent()).toEqual(PROGRAM_HEADERS.nodeHttp);
  });

  it("has what curl sends", async ({ skip }) => {
    const run = promisify(execFile)("curl", ["--silent", address]);
    await run.catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") skip("no curl here");
      throw error;
    });
    const { "user-agent": userAgent, ...rest } = PROGRAM_HEADERS.curl;
    expect(sent()).toEqual({ ...rest, "user-agent": expect.stringMatching(/^curl\/[\d.]+/) as string });
    expect(userAgent).toMatch(/^curl\/[\d.]+$/);
  });
});
