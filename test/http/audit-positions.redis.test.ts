/** Positions in the audit trail that no entry has. */
import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";

describe("positions in the audit trail", () => {
  it.each(["18446744073709551615-18446744073709551615", "1-18446744073709551616", "x"])(
    "refuses to follow %s",
    async (after) => {
      const { curfew } = await startApp();
      expect(() => curfew.audit.follow({ after })).toThrow(/audit.follow: after must be the position/);
    },
  );

  it("reads on from the first position", async () => {
    const site = await startApp();
    await site.signedIn("ann");
    for await (const entry of site.curfew.audit.follow({ after: "0-0" })) {
      expect(entry.type).toBe("signedIn");
      break;
    }
  });

  it("accepts the highest positions as cursors", async () => {
    const { curfew } = await startApp();
    const cursor = "18446744073709551614-18446744073709551615";
    expect(await curfew.audit.list({ cursor })).toEqual({ entries: [], nextCursor: null });
  });
});
