import { DEMO_CLIENT } from "./api-client.js";
import { DEMO_ACCOUNTS } from "./users.js";

/** Facts about a running example, for the text at start. */
export interface Running {
  readonly url: string;
  /** Name of the Redis, and the fate of its contents at exit. */
  readonly redis: string;
  readonly secret: string;
}

/** Returns the text at start: the address, the accounts and some lines to try. */
export function banner({ url, redis, secret }: Running): string {
  const accounts = DEMO_ACCOUNTS.map(
    ({ userId, password, isAdmin }) =>
      `  ${userId.padEnd(6)} ${password}${isAdmin ? "  (administrator)" : ""}`,
  );
  return `express-curfew example: ${url}
Redis:  ${redis}
Secret: ${secret}
The example has its own clock: the bar at the foot of each page skips time, and a restart resets it.

Users and passwords:
${accounts.join("\n")}

API client of both SDKs, for POST /api/4.0/login (Looker) and POST /oauth/token (Auth0):
  client id      ${DEMO_CLIENT.clientId}
  client secret  ${DEMO_CLIENT.clientSecret}

Try it in a browser, or with curl. Sign in, shorten all sessions, skip time, and see the reason of the refusal:
  curl -c ana   -d user=ana   -d password=ana-likes-tea     ${url}/login
  curl -c admin -d user=admin -d password=admin-likes-rules ${url}/login
  curl -b ana ${url}/api/me
  curl -b admin -X PATCH -H 'Content-Type: application/json' -d '{"session_minutes":5}' ${url}/api/4.0/session_config
  curl -d minutes=5 ${url}/time
  curl -b ana ${url}/api/me

Allow one browser at a time; the first browser's answer names the second device. Admin's 5 minutes are over, too:
  curl -c admin -d user=admin -d password=admin-likes-rules ${url}/login
  curl -b admin -X PATCH -H 'Content-Type: application/json' -d '{"unlimited_sessions_per_user":false}' ${url}/api/4.0/session_config
  curl -c first  -d user=bob -d password=bob-likes-coffee ${url}/login
  curl -c second -d user=bob -d password=bob-likes-coffee -A 'Mozilla/5.0 (Macintosh) Firefox/140.0' ${url}/login
  curl -b first ${url}/api/me

More to see: example-app/README.md. Stop with Ctrl+C.
`;
}
