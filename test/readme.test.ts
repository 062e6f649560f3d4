// The README's example; docs.test.ts compares the two.

import express from "express";
import request from "supertest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCurfew } from "../src/index.js";
import { createTestClock, FETCH_HEADERS } from "../src/testing/index.js";

const clock = createTestClock();
const curfew = createCurfew({ redis: "embedded:", clock });

const app = express();
app.use(curfew.session({ secret: "for tests only, and 32 characters long" }));
app.post("/login", async (req, res) => {
  await curfew.signIn(req, { userId: "ann" });
  res.sendStatus(204);
});
app.get("/account", curfew.requireSignIn(), (req, res) => {
  res.json(req.curfew);
});

beforeAll(() => curfew.ready());
afterAll(() => curfew.close());

async function signedIn() {
  const browser = request.agent(app);
  await browser.post("/login").expect(204);
  return browser;
}

test("a session ends half an hour after the sign-in, however busy it is", async () => {
  await curfew.settings.update({ inactivityLogout: false, sessionMinutes: 30 });
  const browser = await signedIn();

  clock.advance({ minutes: 29, seconds: 59 });
  await browser.get("/account").expect(200);

  clock.advance({ seconds: 1 });
  const answer = await browser.get("/account").expect(401);
  expect(answer.body).toMatchObject({ error: "session_ended", reason: "absolute" });
});

test("fifteen minutes without activity end a session, and a poll is not activity", async () => {
  await curfew.settings.update({ inactivityLogout: true });
  const browser = await signedIn();

  clock.advance({ minutes: 14 });
  await browser.get("/account").set(FETCH_HEADERS).expect(200);

  clock.advance({ minutes: 1 });
  const answer = await browser.get("/account").expect(401);
  expect(answer.body).toMatchObject({ error: "session_ended", reason: "idle" });
});
