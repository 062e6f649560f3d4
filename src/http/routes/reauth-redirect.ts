/** The way to sign in again in another tab. */
import type { Request } from "express";
import { invalidOption } from "../../errors.js";
import { safeReturnTo } from "../../policy/index.js";
import { loginAddress } from "../request/answers.js";
import { addressForBrowser, requireCurrent } from "../request/context.js";
import { knownLanguage } from "../request/language.js";
import type { RoutesOptions } from "./routes-options.js";

/** An answer that leads to another page of this site. */
export class Redirect {
  constructor(readonly to: string) {}
}

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
  // The last page has the language of the page with the dialog.
  const language = knownLanguage(request.query["lang"]);
  const query = language === undefined ? "" : `?lang=${language}`;
  const done = { return_to: addressForBrowser(request, `${request.baseUrl}/reauth-done${query}`) };
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
