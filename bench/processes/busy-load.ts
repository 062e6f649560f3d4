import autocannon from "autocannon";
import type { LoadResult, LoadSpec } from "./messages.js";

/** Keeps connections busy, each with one request at a time, to see how many requests an app can answer. */
export function keepBusy({ url, cookies, connections, seconds }: LoadSpec): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const latenciesMs: number[] = [];
    let failures = 0;
    let connection = 0;
    const startedAt = performance.now();
    const generator = autocannon(
      {
        url,
        connections,
        duration: seconds,
        // autocannon looks at the clock this often, so it ends at most this late.
        sampleInt: 100,
        setupClient: (client) => {
          const own = cookies.filter((_cookie, index) => index % connections === connection % cookies.length);
          connection += 1;
          client.setRequests(own.map((cookie) => ({ method: "GET", headers: { cookie } })));
        },
      },
      (error: unknown) => {
        const lastedSeconds = (performance.now() - startedAt) / 1_000;
        if (error !== null && error !== undefined) reject(new Error(JSON.stringify(error)));
        else resolve({ requests: latenciesMs.length, failures, seconds: lastedSeconds, latenciesMs });
      },
    );
    // autocannon's own histogram counts in whole milliseconds.
    generator.on("response", (_client, statusCode, _bytes, responseMs) => {
      if (statusCode === 200) latenciesMs.push(responseMs);
      else failures += 1;
    });
    generator.on("reqError", () => {
      failures += 1;
    });
  });
}
