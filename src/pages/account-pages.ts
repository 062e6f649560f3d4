import type { Request, Router } from "express";
import { checkOptions, type OptionsSpec } from "../check-options.js";
import { requireCurrent } from "../http/request/context.js";
import { actorIn } from "../http/request/sudo-session.js";
import type { SessionView } from "../wire.js";
import { ACCOUNT_PAGES_API } from "./account-openapi.js";
import { confirmPage, notFoundPage } from "./confirm.js";
import { html, type HtmlContent } from "./html.js";
import {
  answerErrors,
  createContext,
  createPagesRouter,
  handler,
  PAGES_CHECKS,
  type Answer,
  type PagesContext,
  type PagesCurfew,
  type PagesOptions,
} from "./mount.js";
import { notify, takeNotices } from "./notices.js";
import { addressOf, field, parameter, redirect } from "./page.js";
import { ordered, pageOf, pageLinks } from "./paging.js";
import { sessionTable } from "./session-table.js";
import { count, deviceName } from "./words.js";

/** Options of `curfew.accountPages()`. */
export type AccountPagesOptions = PagesOptions;

const OPTIONS: OptionsSpec<AccountPagesOptions> = {
  by: "accountPages",
  usage: 'app.use("/account/sessions", curfew.accountPages())',
  checks: PAGES_CHECKS,
};

/**
 * Creates the pages on which users see and end their own sessions.
 *
 * @throws CurfewError `invalid_option`
 */
export function createAccountPages(curfew: PagesCurfew, options: AccountPagesOptions): Router {
  checkOptions(OPTIONS, options);
  const context = createContext(curfew, options);
  const router = createPagesRouter(curfew, options, ACCOUNT_PAGES_API);
  router.use(curfew.requireSignIn());
  router.get("/", handler(showSessions(context)));
  router.get("/end", context.freshForOthers(parameter), handler(askToEnd(context)));
  router.post("/end", context.freshForOthers(field), handler(end(context)));
  router.get("/end-others", context.fresh, handler(askToEndOthers(context)));
  router.post("/end-others", context.fresh, handler(endOthers(context)));
  router.use(answerErrors);
  return router;
}

function ownerOf(request: Request): {
  readonly ref: string;
  readonly userId: string;
  readonly actor: string;
} {
  const { ref, record } = requireCurrent(request);
  return { ref, userId: record.userId, actor: actorIn(record) };
}

function showSessions(context: PagesContext): Answer {
  const { curfew, show } = context;
  return async (request, response) => {
    const { ref: currentRef, userId } = ownerOf(request);
    const { sessions } = await curfew.sessions.list({ userId });
    const page = pageOf(ordered(sessions, currentRef), parameter(request, "page"));
    const body = html`${takeNotices(request)}
      ${await sessionTable(context, request, {
        caption: "Your signed-in devices",
        sessions: page.rows,
        endAddress: ({ ref }) => addressOf(request, "end", { ref }),
      })}
      ${pageLinks(page, (number) => addressOf(request, "", { page: number }))}
      <p class="hint">
        Last activity is the last click, touch or key press that reached this site. If you don't recognize a
        session, sign it out and change your password.
      </p>
      ${sessions.length > 1 && endOthersLink(request)}`;
    await show(request, response, { title: "Your sessions", body });
  };
}

function endOthersLink(request: Request): HtmlContent {
  return html`<p>
    <a class="button" href="${addressOf(request, "end-others")}">Sign out all other sessions</a>
  </p>`;
}

/** Returns one of the user's own living sessions; `null` for any other `ref`. */
async function ownSession(
  { curfew }: PagesContext,
  userId: string,
  ref: string,
): Promise<SessionView | null> {
  const session = await curfew.sessions.get(ref);
  return session?.userId === userId ? session : null;
}

function askToEnd(context: PagesContext): Answer {
  return async (request, response) => {
    const { ref: currentRef, userId } = ownerOf(request);
    const session = await ownSession(context, userId, parameter(request, "ref"));
    if (!session) {
      await context.show(request, response, notFoundPage(addressOf(request, "")));
      return;
    }
    const isOwn = session.ref === currentRef;
    const question = confirmPage(request, {
      title: isOwn ? "Sign out of this device?" : `Sign out ${deviceName(session)}?`,
      details: await sessionTable(context, request, {
        caption: "The session that ends",
        sessions: [session],
      }),
      action: "end",
      fields: { ref: session.ref },
      button: "Sign out",
      cancel: addressOf(request, ""),
    });
    await context.show(request, response, question);
  };
}

function end(context: PagesContext): Answer {
  return async (request, response) => {
    const { ref: currentRef, userId, actor } = ownerOf(request);
    const session = await ownSession(context, userId, field(request, "ref"));
    if (!session) {
      await context.show(request, response, notFoundPage(addressOf(request, "")));
    } else if (session.ref === currentRef) {
      await context.curfew.signOut(request);
      redirect(request, response, "");
    } else {
      await context.curfew.sessions.end(session.ref, { userId, actor });
      notify(request, `Signed out ${deviceName(session)}.`);
      redirect(request, response, "");
    }
  };
}

function askToEndOthers({ show }: PagesContext): Answer {
  return async (request, response) => {
    const question = confirmPage(request, {
      title: "Sign out all other sessions?",
      details: html`<p>
        You stay signed in on this device. All your other devices and programs are signed out.
      </p>`,
      action: "end-others",
      fields: {},
      button: "Sign out all others",
      cancel: addressOf(request, ""),
    });
    await show(request, response, question);
  };
}

function endOthers({ curfew }: PagesContext): Answer {
  return async (request, response) => {
    const { ref: except, userId, actor } = ownerOf(request);
    const { ended } = await curfew.sessions.endAll({ userId, except, actor });
    notify(request, `Signed out ${count(ended, "other session")}.`);
    redirect(request, response, "");
  };
}
