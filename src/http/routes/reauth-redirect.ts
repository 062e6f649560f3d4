/** Signing in again in another tab: the way there, and the page that the tab comes back to. */
import type { Request } from "express";
import { invalidOption } from "../../errors.js";
import { safeReturnTo } from "../../policy/index.js";
import { loginAddress } from "../request/answers.js";
import { addressForBrowser, requireCurrent } from "../request/context.js";
import type { RoutesOptions } from "./routes-options.js";

/** An answer that leads to another page of this site. */
export class Redirect {
  constructor(readonly to: string) {}
}

/** An answer that is a page. */
export class Page {
  constructor(readonly html: string) {}
}

/** The page's script. Other tabs take its message as a hint, and ask the server. */
export const DONE_SCRIPT = `const base = new URL(".", import.meta.url).pathname.replace(/\\/$/, "");
new BroadcastChannel("curfew:" + base).postMessage({ v: 1, type: "reauthenticated", sessionTag: "" });
close();
`;

/** The page after signing in again. A tab that a script has not opened can't close itself. */
export const DONE_PAGE = new Page(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>You're signed in again</title><link rel="icon" href="data:,">
<script type="module" src="reauth-done.js"></script></head>
<body><main><h1>You're signed in again</h1><p>Close this tab, and continue in the tab where you were.</p></main></body></html>
`);

/**
 * Returns the way to sign in again. A visitor without a session is sent to the login page.
 *
 * @throws CurfewError `invalid_option` if the app's function returns an address that is not on this site
 */
export async function reauthRedirect(
  request: Request,
  loginUrl: string,
  reauthUrl: RoutesOptions["reauthUrl"],
): Promise<Redirect> {
  const done = { return_to: addressForBrowser(request, `${request.baseUrl}/reauth-done`) };
  if (request.curfew.state !== "active") return new Redirect(loginAddress(loginUrl, done));
  if (reauthUrl === undefined) return new Redirect(loginAddress(loginUrl, { reauth: "1", ...done }));
  const { userId } = requireCurrent(request).record;
  const given = typeof reauthUrl === "function" ? await reauthUrl({ userId, req: request }) : reauthUrl;
  if (safeReturnTo(given, "") === "")
    throw invalidOption(
      "routes.reauthUrl",
      'returned an address that is not a path on this site, such as "/sso/start"',
    );
  return new Redirect(loginAddress(given, done));
}
