import request from "supertest";
import { describe, expect, it } from "vitest";
import { startApp } from "../harness/app.js";

describe("several cookies of the session's name", () => {
  it.each(["rubbish", "s%3Aabc.def"])(
    "M14: a planted cookie in front changes nothing: %s",
    async (planted) => {
      const site = await startApp();
      const value = (await site.signedIn("ann")).sessionCookie?.value ?? "";
      const cookie = `curfew.sid=${planted}; curfew.sid=${value}`;
      const { status } = await request(site.server).get("/account").set("Cookie", cookie);
      expect(status).toBe(200);
    },
  );
});
