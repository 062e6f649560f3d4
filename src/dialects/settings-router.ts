/** Reading and changing the session settings, in the format of any vendor. */
import type { Request, RequestHandler, Response, Router } from "express";
import type { CurrentSettings } from "../api/settings-api.js";
import { changerOf } from "../authorize.js";
import type { UpdateOptions } from "../state/settings/settings-store.js";
import { asHandler, DialectError, readBody, requireObject, type DialectCurfew } from "./dialect-router.js";

/** A body in a vendor's format, translated. */
export interface Translated {
  /** The settings, unchecked. */
  readonly patch: Readonly<Record<string, unknown>>;
  /** Values without effect here. */
  readonly extra?: NonNullable<UpdateOptions["extra"]>;
}

/** Settings as they are saved and as they apply. */
export type ShownSettings = Omit<CurrentSettings, "version">;

/** A vendor's format of the session settings. */
export interface SettingsFormat {
  /** Path of the settings. */
  readonly path: string;
  /** Options of every update. */
  readonly updateOptions?: Pick<UpdateOptions, "coupled" | "idleMinutesWhenTurnedOn">;
  /** Translates a change. @throws DialectError for a body or a query that the vendor's schema forbids */
  translate(body: Readonly<Record<string, unknown>>, request: Request): Translated;
  /** Sends the settings. `hasUpdated` is true after an update. */
  send(
    request: Request,
    response: Response,
    current: ShownSettings,
    hasUpdated: boolean,
  ): Promise<void> | void;
}

/** Guards of the two operations. */
export interface SettingsGuards {
  readonly read: RequestHandler;
  readonly update: RequestHandler;
}

/** Adds `GET` and `PATCH` of the settings. Responses have an `ETag`, and a `PATCH` with `If-Match` cannot overwrite. */
export function addSettingsRoutes(
  router: Router,
  curfew: DialectCurfew,
  format: SettingsFormat,
  guards: SettingsGuards,
): void {
  const send = async (
    request: Request,
    response: Response,
    current: CurrentSettings,
    hasUpdated: boolean,
  ): Promise<void> => {
    response.setHeader("ETag", `"${String(current.version)}"`);
    await format.send(request, response, current, hasUpdated);
  };
  router.get(
    format.path,
    guards.read,
    asHandler(async (request, response) => {
      await send(request, response, await curfew.settings.get(), false);
    }),
  );
  router.patch(
    format.path,
    guards.update,
    readBody,
    asHandler(async (request, response) => {
      const { patch, extra = {} } = format.translate(requireObject(request, "the settings"), request);
      const updated = await curfew.settings.update(patch, {
        ...format.updateOptions,
        extra,
        ...ifVersionOf(request),
        ...changerOf(request),
      });
      await send(request, response, updated, true);
    }),
  );
}

/** Returns the version in `If-Match` as an option. @throws DialectError 412 if no version can match */
function ifVersionOf(request: Request): { readonly ifVersion?: number } {
  const ifMatch = request.get("if-match")?.trim();
  if (ifMatch === undefined || ifMatch === "*") return {};
  const version = /^"(\d{1,15})"$/.exec(ifMatch)?.[1];
  if (version === undefined) throw new DialectError(412, "If-Match must be an ETag of these settings.");
  return { ifVersion: Number(version) };
}
