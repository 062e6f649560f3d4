import express, { type Router } from "express";
import { active, field, notify, type Context } from "../context.js";
import { html } from "../html.js";
import { device } from "../words.js";
import { sessionTable } from "./session-table.js";

const PATH = "/account/sessions";

/** Serves the pages about the user's own sessions. */
export function accountSessionsPages({ curfew, show }: Context): Router {
  const router = express.Router();
  router.use(PATH, curfew.requireSignIn());
  router.get(PATH, async (request, response) => {
    const { ref: currentRef, userId } = active(request).session;
    const { sessions } = await curfew.sessions.list({ userId });
    const ordered = sessions.toSorted(
      (a, b) =>
        Number(b.ref === currentRef) - Number(a.ref === currentRef) || b.lastActivityAt - a.lastActivityAt,
    );
    const caption = "Your signed-in browsers";
    const body = html`
      ${sessionTable({ caption, sessions: ordered, currentRef, endAction: `${PATH}/end`, withUser: false })}
      <p class="hint">Last activity is the last page you opened or form you sent.</p>
      ${
        sessions.length > 1 &&
        html`<form method="post" action="${PATH}/end-others">
          <button>Sign out all other sessions</button>
        </form>`
      }
    `;
    show(request, response, { title: "Your sessions", body });
  });
  router.post(`${PATH}/end`, async (request, response) => {
    const { ref: currentRef, userId } = active(request).session;
    const session = await curfew.sessions.get(field(request, "ref"));
    if (session?.userId !== userId) {
      // Another user's session and a missing session get the same answer.
      const body = html`<p>This session has ended, or it is not yours.</p>
        <p><a href="${PATH}">Your sessions</a></p>`;
      show(request, response, { title: "Not found", status: 404, body });
      return;
    }
    if (session.ref === currentRef) {
      await curfew.signOut(request);
    } else {
      await curfew.sessions.end(session.ref, { userId, actor: userId });
      notify(request, `Signed out ${device(session)}.`);
    }
    response.redirect(303, PATH);
  });
  router.post(`${PATH}/end-others`, async (request, response) => {
    const { ref: except, userId } = active(request).session;
    const { ended: count } = await curfew.sessions.endAll({ userId, except, actor: userId });
    notify(request, count === 1 ? "Signed out 1 other session." : `Signed out ${count} other sessions.`);
    response.redirect(303, PATH);
  });
  return router;
}
