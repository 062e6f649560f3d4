import { checkOptions, type OptionsSpec } from "../../check-options.js";
import { safeReturnTo } from "../../policy/index.js";
import { isSignedInId } from "../../state/session-id.js";
import { isExpress, sendSignInRequired } from "../request/answers.js";
import type { RequestContext } from "../request/context.js";
import { sendCookieWithHeaders } from "./answer-cookie.js";
import { isUnder, pathOf, pathOfUrl } from "../request/request-path.js";

/** Options of `session({ answerEnded })`. */
export interface AnswerEndedOptions {
  /**
   * Paths whose unsafe requests reach the app although the session has ended, with all paths below. Name the paths that
   * people use while they are signed out.
   * @example ["/saml/callback", "/password-reset"]
   */
  readonly except?: readonly string[];
}

const OPTIONS: OptionsSpec<AnswerEndedOptions> = {
  by: "session.answerEnded",
  usage: 'answerEnded: true or answerEnded: { except: ["/password-reset"] }',
  checks: {
    except: (value) =>
      Array.isArray(value) && value.every((path) => safeReturnTo(path, "") !== "")
        ? null
        : 'must be an array of paths on this site, such as ["/password-reset"]',
  },
};

/** The pages and routes that answer by themselves. */
interface OwnPaths {
  readonly loginUrl: string;
  readonly routesPath: string;
}

/** Answers a request, or returns false if the app must answer. */
export type EndedAnswerer = (context: RequestContext) => boolean;

/**
 * Returns the function that answers unsafe requests of ended sessions before the app's CSRF check can refuse them (rule
 * M6); `null` if the option is off.
 *
 * @throws CurfewError `invalid_option`
 */
export function endedAnswerer(
  option: boolean | AnswerEndedOptions | undefined,
  { loginUrl, routesPath }: OwnPaths,
): EndedAnswerer | null {
  if (option === undefined || option === false) return null;
  if (option !== true) checkOptions(OPTIONS, option);
  const { except = [] } = option === true ? {} : option;
  const passing = [pathOfUrl(loginUrl), routesPath, ...except].map((path) => path.replace(/\/$/, ""));
  return (context) => {
    const { request, response, cookieId, keepsCookie } = context;
    if (request.curfew.state !== "ended" || !isExpress(request) || isSafe(request.method)) return false;
    // A visitor's cookie that carries a reason has been answered before, so the app's CSRF check decides.
    if (cookieId === null || keepsCookie || !isSignedInId(cookieId)) return false;
    const path = pathOf(request);
    if (passing.some((base) => (base === "" ? path === "/" : isUnder(path, base)))) return false;
    context.replacesCookie = true;
    sendCookieWithHeaders(context);
    sendSignInRequired(request, response, loginUrl);
    return true;
  };
}

function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD" || method === "OPTIONS" || method === "TRACE";
}
