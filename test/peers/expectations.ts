/** Failures that a refused option explains, or a difference in docs/compatibility.md. */
import type { Mode } from "./modes.js";

/** Least number of tests that pass; a lower number is a defect too. */
export const LEAST_PASSED: Readonly<Record<Mode, number>> = { visitor: 99, "signed in": 81, loaded: 73 };

/** Tests that fail for one reason. */
export interface Expectation {
  /** Option, or heading of docs/compatibility.md. */
  readonly why: string;
  readonly refused: boolean;
  /** Titles without the suite's first word, each with the modes in which the test fails. */
  readonly tests: Readonly<Record<string, readonly Mode[]>>;
}

const SIGNED_IN: readonly Mode[] = ["signed in"];
const LOADED: readonly Mode[] = ["loaded"];
const KNOWN: readonly Mode[] = ["signed in", "loaded"];
const ALL: readonly Mode[] = ["visitor", ...KNOWN];

export const EXPECTED: readonly Expectation[] = [
  {
    why: "session of another middleware",
    refused: false,
    tests: {
      "should do nothing if req.session exists": ALL,
    },
  },
  {
    why: "check of the secret",
    refused: false,
    tests: {
      "should error without secret": ALL,
      "should get secret from req.secret": ALL,
      "secret option should reject empty arrays": ALL,
      "secret option should sign and unsign with a Buffer": ALL,
    },
  },
  {
    why: "store",
    refused: true,
    tests: {
      "should pass session fetch error": ALL,
      "should treat ENOENT session fetch error as not found": ALL,
      "when session without cookie property in store should pass error from inflate": ALL,
      "resave option when false should pass session touch error": ALL,
      "saveUninitialized option should pass session save error": ALL,
      "unset option should pass session destroy error": ALL,
    },
  },
  {
    why: "rolling",
    refused: true,
    tests: {
      "should update cookie expiration when slow write": ALL,
      "rolling option should force cookie on unmodified session": ALL,
      "rolling option should not force cookie on uninitialized session if saveUninitialized option is set to false":
        KNOWN,
      "rolling option should force cookie and save uninitialized session if saveUninitialized option is set to true":
        KNOWN,
    },
  },
  {
    why: "cookie.maxAge and cookie.expires",
    refused: true,
    tests: {
      "when response ended should have saved session with updated cookie expiration": ALL,
      "when session expired in store should create a new session": ALL,
      "when session expired in store should have a new sid": ALL,
      "when session expired in store should not exist in store": ALL,
      "req.session should only set-cookie when modified": ALL,
      "req.session .touch() should reset session expiration": ALL,
      "req.session .cookie .* should override defaults": ALL,
      "req.session .cookie .* should forward errors setting cookie": ALL,
      "req.session .cookie .originalMaxAge should equal original maxAge": ALL,
      "req.session .cookie .originalMaxAge should equal original maxAge for all requests": ALL,
      "req.session .cookie .originalMaxAge should equal original maxAge for all requests (2)": ALL,
      "req.session .cookie .maxAge should set cookie expires relative to maxAge": ALL,
      "req.session .cookie .maxAge should modify cookie expires when changed": KNOWN,
      "req.session .cookie .maxAge should modify cookie expires when changed to large value": KNOWN,
      "req.session should persist": KNOWN,
    },
  },
  {
    why: "cookie as a function",
    refused: true,
    tests: {
      'cookie option when "cookie" is a function should call custom function and apply cookie options': ALL,
      'cookie option when "cookie" is a function should provide req argument': ALL,
    },
  },
  {
    why: 'cookie.sameSite: "auto"',
    refused: true,
    tests: {
      'cookie option when "sameSite" set to "auto" basic functionality should set SameSite=None for secure connections':
        ALL,
      'cookie option when "sameSite" set to "auto" with proxy settings when "proxy" is "true" should set SameSite=None when X-Forwarded-Proto is https':
        ALL,
      'cookie option when "sameSite" set to "auto" combined with secure auto when "secure" is "auto" should set both Secure and SameSite=None when secure':
        ALL,
      'cookie option when "sameSite" set to "auto" combined with secure auto when "secure" is "false" should set SameSite=None without Secure when secure':
        ALL,
      'cookie option when "sameSite" set to "auto" combined with secure auto when "secure" is "true" should set both Secure and SameSite=None when secure':
        ALL,
      'cookie option when "sameSite" set to "auto" combined with secure auto when "secure" is "true" should not set cookie when insecure':
        KNOWN,
    },
  },
  {
    why: "genid",
    refused: true,
    tests: {
      "genid option should reject non-function values": ALL,
      "genid option should allow custom function": ALL,
      "genid option should encode unsafe chars": ALL,
      "genid option should provide req argument": ALL,
    },
  },
  {
    why: "resave",
    refused: true,
    tests: {
      "resave option should default to true": ALL,
      "resave option when true should force save on unmodified session": ALL,
    },
  },
  {
    why: "text of errors",
    refused: false,
    tests: {
      "unset option should reject unknown values": ALL,
    },
  },
  {
    why: "store that is away",
    refused: false,
    tests: {
      "req.session should not be set if store is disconnected": ALL,
      "req.session should be set when store reconnects": ALL,
    },
  },
  {
    why: "cookies parsed by cookie-parser",
    refused: false,
    tests: {
      "cookieParser() should read from req.cookies": ALL,
      "cookieParser() should read from req.signedCookies": ALL,
    },
  },
  {
    why: "cookies of a sign-in",
    refused: false,
    tests: {
      "should not save with bogus req.sessionID": KNOWN,
      "unset option should not set cookie if initial session destroyed": KNOWN,
      "proxy option when enabled should work when no header": KNOWN,
      "proxy option when disabled should not trust X-Forwarded-Proto": KNOWN,
      "proxy option when disabled should ignore req.secure": KNOWN,
      "proxy option when unspecified should not trust X-Forwarded-Proto": KNOWN,
      "req.session .destroy() should destroy the previous session": SIGNED_IN,
      "req.session .cookie .secure should not set-cookie when insecure": KNOWN,
    },
  },
  {
    why: "saveUninitialized",
    refused: true,
    tests: {
      "saveUninitialized option should default to true": KNOWN,
      "saveUninitialized option should force save of uninitialized session": KNOWN,
      "saveUninitialized option should prevent save of uninitialized session": KNOWN,
    },
  },
  {
    why: "lifetime of a signed-in cookie",
    refused: false,
    tests: {
      "req.session .cookie .expires when given a Date should set absolute": KNOWN,
    },
  },
  {
    why: "no new cookie for a known session",
    refused: false,
    tests: {
      'cookie option when "secure" set to "auto" when "proxy" is "true" should set secure when X-Forwarded-Proto is https':
        LOADED,
      'cookie option when "secure" set to "auto" when "proxy" is undefined should set secure if req.secure = true':
        LOADED,
      'cookie option when "sameSite" set to "auto" basic functionality should set SameSite=Lax for insecure connections':
        LOADED,
      'cookie option when "sameSite" set to "auto" with proxy settings when "proxy" is "true" should set SameSite=Lax when X-Forwarded-Proto is http':
        LOADED,
      'cookie option when "sameSite" set to "auto" with proxy settings when "proxy" is "false" should set SameSite=Lax when X-Forwarded-Proto is https':
        LOADED,
      'cookie option when "sameSite" set to "auto" combined with secure auto when "secure" is "auto" should set neither Secure nor SameSite=None when insecure':
        LOADED,
      'cookie option when "sameSite" set to "auto" combined with secure auto when "secure" is "false" should set SameSite=Lax without Secure when insecure':
        LOADED,
      "req.session .cookie .* should serialize as parameters": LOADED,
      'req.session .cookie .partitioned when "true" should set partitioned attribute': LOADED,
    },
  },
];
