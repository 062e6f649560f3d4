import {
  checkArguments,
  checkOptions,
  invalidArgument,
  isBoolean,
  isPath,
  isPositive,
  isWhole,
  type Check,
  type OptionsSpec,
} from "../check-options.js";
import { isSecret } from "../http/session/cookie-checks.js";
import { isStrippedPrefix, type CurfewSessionOptions } from "../http/session/session-options.js";
import { MAX_USER_ID_LENGTH } from "../state/sessions/record-format.js";
import { isStorable, LABEL_CHECKS, type SessionLabels } from "../state/values/session-labels.js";

/** Options of `curfew.embed()`. */
export interface EmbedOptions extends Pick<CurfewSessionOptions, "secret" | "proxy" | "strippedPrefix"> {
  /**
   * Sites whose pages may show the embedded pages in a frame: at most 20 origins, of HTTPS or of localhost. A host may begin
   * with `*.` for all hosts below it.
   * @example ["https://portal.example", "https://*.customer.example"]
   */
  readonly ancestors: readonly string[];
  /** Path at which the handler is mounted. All embedded pages are below it. @default "/embed" */
  readonly path?: string;
  /** True serves the description of the routes at `GET /openapi.json`, to every visitor. @default false */
  readonly openApi?: boolean;
}

/** Options of `curfew.embedUrl()`. */
export interface EmbedUrlOptions extends SessionLabels {
  /** The app's own id of the user: 1 to 255 characters. */
  readonly userId: string;
  /** The page to show: a path below the path of `curfew.embed()`, with a query if it needs one. */
  readonly path: string;
  /**
   * Sites whose pages may show this session's pages, some of those that `curfew.embed()` names.
   * @default all of those
   */
  readonly ancestors?: readonly string[];
  /** Lifetime of the session, at most 43,200 minutes (30 days). Settings and extensions do not change it. @default 5 */
  readonly lifetimeMinutes?: number;
  /** Time in which the URL can be opened, at most 3,600 seconds. @default 60 */
  readonly validSeconds?: number;
  /** Proof of the user's identity, for lists of sessions. @default "embed" */
  readonly credentialsType?: string;
}

const MAX_ANCESTORS = 20;
const MAX_PATH_LENGTH = 2_000;
const MAX_LIFETIME_MINUTES = 43_200;
const MAX_VALID_SECONDS = 3_600;
const ORIGIN = /^https:\/\/(?:\*\.)?[a-z\d-]+(?:\.[a-z\d-]+)*(?::\d{1,5})?$/i;
const LOCAL_ORIGIN = /^http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?$/i;

const isAncestors: Check = (value) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ANCESTORS)
    return `must be an array of 1 to ${String(MAX_ANCESTORS)} origins, such as ["https://portal.example"]`;
  const wrong = (value as unknown[]).find(
    (origin) => typeof origin !== "string" || !(ORIGIN.test(origin) || LOCAL_ORIGIN.test(origin)),
  );
  return wrong === undefined
    ? null
    : `has an entry that is not an origin such as "https://portal.example": ${JSON.stringify(wrong)}`;
};

const isAtMost =
  (most: number, unit: string): Check =>
  (value) =>
    isPositive(unit)(value) ?? (Number(value) <= most ? null : `must be at most ${String(most)} ${unit}`);

const EMBED: OptionsSpec<EmbedOptions> = {
  by: "embed",
  usage: 'app.use("/embed", curfew.embed({ secret, ancestors: ["https://portal.example"] }))',
  checks: {
    secret: isSecret,
    ancestors: isAncestors,
    path: (value) =>
      typeof value === "string" && /^(?:\/[\w.~-]+)+$/.test(value)
        ? null
        : 'must be a path such as "/embed", without a slash at its end',
    proxy: isBoolean,
    strippedPrefix: isStrippedPrefix,
    openApi: isBoolean,
  },
  required: ["secret", "ancestors"],
};

const EMBED_URL: OptionsSpec<EmbedUrlOptions> = {
  by: "embedUrl",
  usage: 'curfew.embedUrl({ userId: "ann", path: "/embed/report" })',
  checks: {
    ...LABEL_CHECKS,
    userId: isStorable(MAX_USER_ID_LENGTH),
    path: (value) =>
      typeof value === "string" && value.length <= MAX_PATH_LENGTH
        ? isPath(value)
        : `must be a path of at most ${String(MAX_PATH_LENGTH)} characters`,
    ancestors: isAncestors,
    lifetimeMinutes: isAtMost(MAX_LIFETIME_MINUTES, "minutes"),
    validSeconds: isWhole(1, MAX_VALID_SECONDS, "seconds"),
    credentialsType: isStorable(MAX_USER_ID_LENGTH),
  },
  required: ["userId", "path"],
};

/** The options of `curfew.embed()`, complete. */
export type ParsedEmbedOptions = EmbedOptions & Required<Pick<EmbedOptions, "path" | "strippedPrefix">>;

/** Checks and completes the options. @throws CurfewError `invalid_option` */
export function parseEmbedOptions(options: EmbedOptions): ParsedEmbedOptions {
  checkOptions(EMBED, options);
  return { ...options, path: options.path ?? "/embed", strippedPrefix: options.strippedPrefix ?? "" };
}

/** Checks the options of a URL. @throws CurfewError `invalid_argument` */
export function checkEmbedUrl(given: EmbedUrlOptions, { path, ancestors }: ParsedEmbedOptions): void {
  checkArguments(EMBED_URL, given);
  if (!isBelow(given.path, path))
    throw invalidArgument("embedUrl", `path must be below "${path}", where curfew.embed() is mounted`);
  const foreign = given.ancestors?.find((origin) => !ancestors.includes(origin));
  if (foreign !== undefined)
    throw invalidArgument(
      "embedUrl",
      `ancestors has ${JSON.stringify(foreign)}, which is not among the ancestors of curfew.embed(); add it there`,
    );
}

/** Compared as a browser resolves the path, so that no `..` leads out of the embedded pages. */
function isBelow(path: string, mount: string): boolean {
  const { pathname, host } = new URL(path, "http://embed.invalid");
  return host === "embed.invalid" && pathname.startsWith(`${mount}/`);
}
