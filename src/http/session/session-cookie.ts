import expressSession, { type Cookie, type CookieOptions } from "express-session";
import type { PlainCookie } from "../request/context.js";

/** The used members of express-session's class, without the accessors that are overridden. */
interface CookieInstance {
  readonly secure?: boolean | "auto" | undefined;
}

// express-session gives the class away under this name, and its types only the type.
const BaseCookie = (
  expressSession as unknown as { readonly Cookie: new (attributes: object) => CookieInstance }
).Cookie;

/**
 * For each cookie, how long the browser keeps it, in milliseconds. A private field would break copies of a session:
 * lodash, a Proxy and `Object.create` copy without the constructor, and a read of the field throws there (rule M16).
 */
const lifetimes = new WeakMap<object, number | null>();

/**
 * The cookie of a signed-in session. The rules decide its lifetime, regardless of the app (rules P4, D10).
 * Unlike express-session's cookie it does not slide with use (facts X3, X4).
 */
export class SessionCookie extends BaseCookie {
  /** Sets the lifetime. @param maxAgeMs - time that the browser keeps the cookie; `null` until the browser closes */
  lives(maxAgeMs: number | null): this {
    lifetimes.set(this, maxAgeMs);
    return this;
  }

  get expires(): Date | null {
    return null;
  }
  set expires(_ignored: Date | null | undefined) {
    // Decided by the rules.
  }
  get maxAge(): number | undefined {
    return undefined;
  }
  set maxAge(_ignored: number | undefined) {
    // Decided by the rules.
  }

  /** Attributes that express-session writes into the header. */
  get data(): CookieOptions {
    const maxAgeMs = lifetimes.get(this) ?? null;
    if (maxAgeMs === null) return attributesOf(this);
    const expires = new Date(Date.now() + maxAgeMs);
    // Both are sent (rule P2): where they differ, browsers go by the time that needs no clock (RFC 6265, 5.3).
    return Object.assign(attributesOf(this), { expires, maxAge: Math.ceil(maxAgeMs / 1_000) });
  }

  /** Returns the stored attributes, without a lifetime. */
  toJSON(): object {
    return { ...attributesOf(this), originalMaxAge: null, expires: null };
  }
}

/** Returns the attributes as express-session's class tells them. */
function attributesOf(cookie: SessionCookie): CookieOptions {
  return Reflect.get(BaseCookie.prototype, "data", cookie) as CookieOptions;
}

/** Makes a cookie of the attributes of another, or of those stored. */
export function sessionCookie(attributes: CookieOptions): SessionCookie & Cookie {
  return new SessionCookie(attributes) as unknown as SessionCookie & Cookie;
}

/** Makes the cookie of an anonymous session. */
export function plainCookie(attributes: CookieOptions): PlainCookie {
  return new BaseCookie(attributes) as unknown as PlainCookie;
}
