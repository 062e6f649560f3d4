import { invalidArgument } from "./check-options.js";
import { createBearer } from "./http/bearer/bearer.js";
import { extend, reportActivity, reportInput } from "./http/sign-in/extend.js";
import { freshGuard, refuseCrossSite, sameSiteGuard, signInGuard } from "./http/guards/guards.js";
import { limitRequests } from "./http/guards/limit-requests.js";
import { loginHint } from "./http/login/login-hint.js";
import { describeAgent } from "./http/request/describe-agent.js";
import { placeLookup } from "./http/request/locate.js";
import { activityRule } from "./http/session/request-activity.js";
import { CLIENT_FILE } from "./http/routes/client-files.js";
import { EventStreams } from "./http/routes/event-streams.js";
import { createRoutes } from "./http/routes/routes.js";
import { settleSession } from "./http/session/end-response.js";
import { createSessionMiddleware } from "./http/session/session-middleware.js";
import { reauthenticate } from "./http/sign-in/reauthenticate.js";
import { signIn, signOut, type SignInDependencies } from "./http/sign-in/sign-in.js";
import { sudo } from "./http/sign-in/sudo.js";
import { Embed } from "./embed/embed.js";
import { createAccountPages } from "./pages/account-pages.js";
import { createAdminPages } from "./pages/admin-pages.js";
import { createPassport } from "./passport/passport.js";
import { parseOptions, type CurfewOptions } from "./options.js";
import { openStorage } from "./state/open-storage.js";
import { closeSockets } from "./http/request/close-sockets.js";
import { watchSession } from "./http/request/watch-session.js";
import { UseCounter } from "./state/use-counter.js";
import { createAuditApi } from "./api/audit-api.js";
import { createSessionsApi } from "./api/sessions-api.js";
import { createSettingsApi } from "./api/settings-api.js";
import type { Curfew } from "./curfew.js";

/**
 * Creates the session enforcement of an app.
 *
 * @throws CurfewError `invalid_option`; names the option and the value to write
 */
export function createCurfew(options: CurfewOptions): Curfew {
  const config = parseOptions(options);
  const opened = openStorage(config);
  const { storage } = opened;
  const { events } = storage;
  const { loginUrl, routesPath, trustedOrigins } = config;
  const counter = new UseCounter(storage);
  const streams = new EventStreams(opened.ends, settleSession);
  const signInDependencies: SignInDependencies = {
    locate: placeLookup(config.locate, events),
    describeAgent: (userAgent) => describeAgent(userAgent, config.describeAgent),
  };
  const middlewareDependencies = {
    storage,
    loginUrl,
    routesPath,
    countsAsActivity: activityRule(config.activity, trustedOrigins, events),
    describeAgent: signInDependencies.describeAgent,
  };
  let embed: Embed | null = null;
  const curfew: Curfew = {
    session: (sessionOptions) => createSessionMiddleware(middlewareDependencies, sessionOptions),
    routes: (routesOptions = {}) =>
      createRoutes(
        {
          ...curfew,
          reportInput,
          loginUrl,
          routesPath,
          refuseCrossSite: refuseCrossSite(trustedOrigins, events),
          refuseOtherSites: refuseCrossSite(trustedOrigins, events, "all"),
          streams,
          counter,
        },
        routesOptions,
      ),
    clientUrl: `${routesPath}/${CLIENT_FILE}`,
    signIn: (request, signInOptions) => signIn(signInDependencies, request, signInOptions),
    sudo: (request, sudoOptions) => sudo(signInDependencies, request, sudoOptions),
    signOut,
    extend: (request) => extend(request, config.allowEarlyExtension),
    reportActivity,
    reauthenticate,
    loginHint: (request, hintOptions) => loginHint(loginUrl, request, hintOptions),
    requireSignIn: (guardOptions) => signInGuard(loginUrl, guardOptions),
    requireFresh: (guardOptions) => freshGuard(loginUrl, guardOptions),
    requireSameSite: (...given: unknown[]) => sameSiteGuard(trustedOrigins, events, ...given),
    limitRequests: (limitOptions) => limitRequests(counter, limitOptions),
    passport: (passportOptions) => createPassport(signInDependencies, passportOptions),
    bearer: (bearerOptions) => createBearer(storage, signInDependencies, bearerOptions),
    embed: (embedOptions) => {
      embed = new Embed(
        {
          ...middlewareDependencies,
          ...signInDependencies,
          refuseCrossSite: refuseCrossSite(trustedOrigins, events),
        },
        embedOptions,
      );
      return embed.router;
    },
    embedUrl: (urlOptions) => {
      if (embed === null)
        throw invalidArgument("embedUrl", "needs curfew.embed(), which signs and opens the URL");
      return embed.url(urlOptions);
    },
    accountPages: (pagesOptions = {}) => createAccountPages(curfew, pagesOptions),
    adminPages: (pagesOptions) => createAdminPages(curfew, pagesOptions),
    settings: createSettingsApi(storage),
    sessions: createSessionsApi(storage),
    audit: createAuditApi(storage, opened.audit),
    watch: (session, onEnd) => watchSession(opened.ends, session, onEnd),
    closeSockets: (server) => {
      closeSockets(storage, opened.ends, server);
    },
    on: (name, listener) => events.on(name, listener),
    ready: (readyOptions) => opened.ready(readyOptions),
    close: () => {
      streams.close();
      return opened.close();
    },
  };
  return curfew;
}
