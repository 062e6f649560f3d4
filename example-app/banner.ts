import { DEMO_ACCOUNTS } from "./users.js";

/** What is known once everything runs. */
export interface Running {
  readonly url: string;
  /** Which Redis, and what becomes of its contents. */
  readonly redis: string;
  readonly secret: string;
}

/** What is printed at start: where to go, who may sign in, and what to try. */
export function banner({ url, redis, secret }: Running): string {
  const accounts = DEMO_ACCOUNTS.map(
    ({ userId, password, isAdmin }) =>
      `  ${userId.padEnd(6)} ${password}${isAdmin ? "  (administrator)" : ""}`,
  );
  return `express-curfew example: ${url}
Redis:  ${redis}
Secret: ${secret}
The clock is the example's own: the bar at the foot of each page skips time, and nothing turns it back.

Users and passwords:
${accounts.join("\n")}

Try it in a browser, or with curl. Sign in, shorten everybody's session, skip time, be refused with the reason:
  curl -c ana   -d user=ana   -d password=ana-likes-tea     ${url}/login
  curl -c admin -d user=admin -d password=admin-likes-rules ${url}/login
  curl -b ana ${url}/api/me
  curl -b admin -X PATCH -H 'Content-Type: application/json' -d '{"session_minutes":5}' ${url}/api/4.0/session_config
  curl -d minutes=5 ${url}/time
  curl -b ana ${url}/api/me

One browser at a time (sign admin in again first, its 5 minutes are over, too): the first is told who came second.
  curl -c admin -d user=admin -d password=admin-likes-rules ${url}/login
  curl -b admin -X PATCH -H 'Content-Type: application/json' -d '{"unlimited_sessions_per_user":false}' ${url}/api/4.0/session_config
  curl -c first  -d user=bob -d password=bob-likes-coffee ${url}/login
  curl -c second -d user=bob -d password=bob-likes-coffee -A 'Mozilla/5.0 (Macintosh) Firefox/140.0' ${url}/login
  curl -b first ${url}/api/me

More to see: example-app/README.md. Stop with Ctrl+C.
`;
}
