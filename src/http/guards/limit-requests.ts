import { isIPv6 } from "node:net";
import type { Request, RequestHandler } from "express";
import { checkOptions, isWhole, type Check, type OptionsSpec } from "../../check-options.js";
import { CurfewError } from "../../errors.js";
import type { UseCounter } from "../../state/use-counter.js";

/** Options of `curfew.limitRequests()`. */
export interface LimitRequestsOptions {
  /**
   * Name of the limit: 1 to 32 letters, digits, `-` and `_`. Limits of one name share their counters, in all processes.
   *
   * @example "login"
   */
  readonly name: string;
  /** Most requests a minute from one address. More get 429 `too_many_requests`. */
  readonly perMinute: number;
}

const isName: Check = (value) =>
  typeof value === "string" && /^[\w-]{1,32}$/.test(value) ? null : 'must be a short name, such as "login"';

const OPTIONS: OptionsSpec<LimitRequestsOptions> = {
  by: "limitRequests",
  usage: 'curfew.limitRequests({ name: "login", perMinute: 60 })',
  checks: { name: isName, perMinute: isWhole(1, 1_000_000) },
  required: ["name", "perMinute"],
};

const MINUTE_MS = 60_000;

/** `curfew.limitRequests`. @throws CurfewError `invalid_option` */
export function limitRequests(counter: UseCounter, options: LimitRequestsOptions): RequestHandler {
  checkOptions(OPTIONS, (options as LimitRequestsOptions | undefined) ?? {});
  const limit = { name: `address-${options.name}`, uses: options.perMinute, windowMs: MINUTE_MS };
  return (request, _response, next) => {
    counter.take(limit, { of: addressOf(request) }).then(({ isAllowed, retryInMs }) => {
      if (isAllowed) next();
      else next(tooManyRequests(retryInMs));
    }, next);
  };
}

/** Returns the error for a request above a limit. */
export function tooManyRequests(retryInMs: number): CurfewError<"too_many_requests"> {
  return new CurfewError("too_many_requests", "Too many requests. Wait a minute.", { retryInMs });
}

/** Groups of an IPv6 address that one customer of a provider can't change: 56 bits, of which the last group has 8. */
const IPV6_GROUPS = 4;

/** Returns a client's address. A client has many IPv6 addresses, so its network counts. */
function addressOf({ ip = "" }: Request): string {
  const address = ip.replace(/^::ffff:(?=[\d.]+$)/i, "").replace(/%.*$/, "");
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const gap = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  const groups = [...front, ...Array<string>(gap).fill("0"), ...back].slice(0, IPV6_GROUPS);
  const numbers = groups.map((group) => parseInt(group, 16) || 0);
  return [...numbers.slice(0, 3), (numbers[3] ?? 0) & 0xff00].map((each) => each.toString(16)).join(":");
}
