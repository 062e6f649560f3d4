/** All calls that change something and report if replicas have the change. */
import type { TestApp, TestAppOptions } from "./app.js";

/** Adds routes that answer with the results of `signIn` and `signOut`. */
export const configure: NonNullable<TestAppOptions["configure"]> = (app, curfew) => {
  app.post("/durable/login", (request, response, next) => {
    curfew.signIn(request, { userId: "ann" }).then((result) => response.json(result), next);
  });
  app.post("/durable/logout", (request, response, next) => {
    curfew.signOut(request).then((result) => response.json(result), next);
  });
};

/** Returns the result of each call that changes something. */
export async function everyChange(site: TestApp): Promise<Record<string, unknown>> {
  const browser = await site.browser();
  const signedIn = (await browser.fetch("post", "/durable/login")).body;
  const updated = await site.curfew.settings.update({ sessionMinutes: 30 + Math.ceil(Math.random() * 60) });
  const signedOut = (await browser.fetch("post", "/durable/logout")).body;
  await (await site.browser()).fetch("post", "/durable/login");
  const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
  const ended = await site.curfew.sessions.end(sessions[0]?.ref ?? "");
  await site.signedIn("bob");
  const revoked = await site.curfew.sessions.endAll({ userId: "bob" });
  await site.signedIn("eve");
  const forgotten = await site.curfew.sessions.forget({ userId: "eve" });
  return { signedIn, updated: { durable: updated.durable }, signedOut, ended, revoked, forgotten };
}

/** Returns the expected result of `everyChange`, for changes that are durable, not durable, or not checked (`null`). */
export const saying = (durable: boolean | null): Record<string, unknown> => ({
  signedIn: { durable },
  updated: { durable },
  signedOut: { ended: true, durable },
  ended: { ended: true, durable },
  revoked: { ended: 1, durable },
  forgotten: { ended: 1, durable },
});
