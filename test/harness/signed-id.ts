import { createHmac } from "node:crypto";

/** Returns a session id as express-session signs it for a cookie, computed without the package's own code. */
export function signedId(id: string, secret: string): string {
  const signature = createHmac("sha256", secret).update(id).digest("base64").replace(/=+$/, "");
  return `s:${id}.${signature}`;
}
