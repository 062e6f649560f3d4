import express, { type Request, type Response, type Router } from "express";
import { CurfewError, html, safeReturnTo, type Html, type SessionView } from "express-curfew";
import { active, field, notify, parameter, type Context } from "../context.js";
import { moment } from "../layout.js";

/** Serves the pages to sign in, sign in again and sign out. */
export function loginPages(context: Context): Router {
  const { curfew, limitTries } = context;
  const router = express.Router();
  router.get("/login", async (request, response) => {
    const returnTo = safeReturnTo(parameter(request, "return_to"));
    if (request.curfew.state !== "active") await showLogin(context, request, response);
    else if (parameter(request, "reauth") === "1") showReauth(context, request, response, { returnTo });
    else response.redirect(303, returnTo);
  });
  router.post("/login", limitTries, (request, response) => logIn(context, request, response));
  router.post("/reauth", curfew.requireSignIn(), limitTries, (request, response) =>
    reauthenticate(context, request, response),
  );
  router.post("/logout", async (request, response) => {
    await curfew.signOut(request);
    response.redirect(303, "/login");
  });
  return router;
}

async function logIn(context: Context, request: Request, response: Response): Promise<void> {
  const { curfew, users } = context;
  const userId = field(request, "user");
  const returnTo = safeReturnTo(field(request, "return_to"));
  if (!(await users.verify(userId, field(request, "password")))) {
    const problem = "That user name or password isn't right.";
    await showLogin(context, request, response, { userId, problem, status: 401 });
    return;
  }
  await endChosen(context, userId, field(request, "end"));
  try {
    // If the settings do not allow persistent sessions, signIn ignores a forged "stay".
    const persistent = field(request, "stay") === "on";
    const { receivedAt: authenticatedAt } = request.curfew;
    await curfew.signIn(request, { userId, persistent, credentialsType: "password", authenticatedAt });
  } catch (error) {
    if (!(error instanceof CurfewError && error.code === "too_many_sessions")) throw error;
    const inTheWay = error.details.sessions;
    const problem = "You are signed in from as many browsers as are allowed.";
    await showLogin(context, request, response, { userId, problem, inTheWay, status: 409 });
    return;
  }
  response.redirect(303, returnTo);
}

/** Ends the session that the user chose after the limit refused a sign-in. It must be the user's own. */
async function endChosen({ curfew }: Context, userId: string, ref: string): Promise<void> {
  const chosen = ref === "" ? null : await curfew.sessions.get(ref);
  if (chosen?.userId === userId) await curfew.sessions.end(ref, { userId, actor: userId });
}

async function reauthenticate(context: Context, request: Request, response: Response): Promise<void> {
  const { curfew, users } = context;
  const returnTo = safeReturnTo(field(request, "return_to"));
  const { userId } = active(request).session;
  if (!(await users.verify(userId, field(request, "password")))) {
    const problem = "That password isn't right. Try again.";
    showReauth(context, request, response, { returnTo, problem, status: 403 });
    return;
  }
  await curfew.reauthenticate(request);
  notify(request, "You have signed in again; a new session time has begun.");
  response.redirect(303, returnTo);
}

interface LoginForm {
  readonly userId?: string;
  readonly problem?: string;
  readonly inTheWay?: readonly SessionView[];
  readonly status?: number;
}

async function showLogin(
  context: Context,
  request: Request,
  response: Response,
  form: LoginForm = {},
): Promise<void> {
  // The reason comes from the session, because anyone can write a reason into the address.
  const { message, allowsPersistent, timeout, returnTo } = await context.curfew.loginHint(request);
  const { userId = "", problem, inTheWay = [], status = 200 } = form;
  const body = html`
    ${!problem && message && html`<p class="notice" role="status">${message}</p>`}
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <form method="post" action="/login" class="stacked">
      <input type="hidden" name="return_to" value="${returnTo}" />
      <label>
        User name
        <input name="user" value="${userId}" autocomplete="username" autocapitalize="none" required />
      </label>
      <label>
        Password
        <input name="password" type="password" autocomplete="current-password" required />
      </label>
      ${inTheWay.length > 0 && chooseSession(inTheWay)}
      <p class="hint">${timeout}</p>
      <button class="primary">Sign in</button>
      ${allowsPersistent && STAY_LOGGED_IN}
    </form>
  `;
  context.show(request, response, { title: "Sign in", status, body });
}

const STAY_LOGGED_IN = html`<label class="choice">
  <input type="checkbox" name="stay" /> Stay logged in for 30 days
</label>`;

function chooseSession(sessions: readonly SessionView[]): Html {
  return html`<fieldset>
    <legend>Sign out one of these, and type your password again</legend>
    ${sessions.map(
      ({ ref, browser, operatingSystem, signedInAt }) =>
        html`<label class="choice">
          <input type="radio" name="end" value="${ref}" required />
          ${[browser ?? "Unknown browser", operatingSystem].filter(Boolean).join(" on ")}, signed in
          ${moment(signedInAt)}
        </label>`,
    )}
  </fieldset>`;
}

interface ReauthForm {
  readonly returnTo: string;
  readonly problem?: string;
  readonly status?: number;
}

function showReauth(context: Context, request: Request, response: Response, form: ReauthForm): void {
  const { problem, returnTo, status = 200 } = form;
  const body = html`
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}
    <p>This page wants your password again.</p>
    ${reauthForm(active(request).session.userId, returnTo)}
  `;
  context.show(request, response, { title: "Sign in again", status, body });
}

/** Returns the form that asks for the signed-in user's password. */
export function reauthForm(userId: string, returnTo: string): Html {
  return html`<form method="post" action="/reauth" class="stacked">
    <input type="hidden" name="return_to" value="${returnTo}" />
    <input hidden name="user" value="${userId}" autocomplete="username" />
    <label>
      Password of ${userId}
      <input name="password" type="password" autocomplete="current-password" required />
    </label>
    <button>Sign in again</button>
  </form>`;
}
