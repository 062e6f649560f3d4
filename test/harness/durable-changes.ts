/** Everything that changes something and says whether replicas have it. */
import type { TestApp, TestAppOptions } from "./app.js";

/** Routes that answer what `signIn` and `signOut` say. */
export const configure: NonNullable<TestAppOptions["configure"]> = (app, curfew) => {
  app.post("/durable/login", (request, response, next) => {
    curfew.signIn(request, { userId: "ann" }).then((result) => response.json(result), next);
  });
  app.post("/durable/logout", (request, response, next) => {
    curfew.signOut(request).then((result) => response.json(result), next);
  });
};

/** What each call that changes something says of its change. */
export async function everyChange(site: TestApp): Promise<Record<string, unknown>> {
  const browser = await site.browser();
  const signedIn = (await browser.fetch("post", "/durable/login")).body as unknown;
  const updated = await site.curfew.settings.update({ sessionMinutes: 30 + Math.ceil(Math.random() * 60) });
  const signedOut = (await browser.fetch("post", "/durable/logout")).body as unknown;
  await (await site.browser()).fetch("post", "/durable/login");
  const { sessions } = await site.curfew.sessions.list({ userId: "ann" });
  const ended = await site.curfew.sessions.end(sessions[0]?.ref ?? "");
  await site.signedIn("bob");
  const revoked = await site.curfew.sessions.endAll({ userId: "bob" });
  await site.signedIn("eve");
  const forgotten = await site.curfew.sessions.forget({ userId: "eve" });
  return { signedIn, updated: { durable: updated.durable }, signedOut, ended, revoked, forgotten };
}

/** What `everyChange` comes to where each change is durable, or is not, or nobody wants to know. */
export const saying = (durable: boolean | null): Record<string, unknown> => ({
  signedIn: { durable },
  updated: { durable },
  signedOut: { ended: true, durable },
  ended: { ended: true, durable },
  revoked: { ended: 1, durable },
  forgotten: { ended: 1, durable },
});
