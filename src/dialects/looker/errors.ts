import type { Request, Response } from "express";
import type { SettingsProblem } from "../../policy/index.js";
import { fieldOf } from "./session-config.js";

const DOCUMENTATION = "https://cloud.google.com/looker/docs/r/err/4.0";

/** Where Looker documents an error of an operation. */
function documentationUrl(request: Request, status: number): string {
  return `${DOCUMENTATION}/${String(status)}/${request.method.toLowerCase()}${request.path}`;
}

/** Answers with Looker's `Error`. */
export function sendError(request: Request, response: Response, status: number, message: string): void {
  response.status(status).json({ message, documentation_url: documentationUrl(request, status) });
}

/** Answers with Looker's `ValidationError`: every bad field at once (rule L7). */
export function sendValidationError(
  request: Request,
  response: Response,
  problems: readonly SettingsProblem[],
): void {
  const documentation_url = documentationUrl(request, 422);
  const errors = problems.map(({ field: setting, code, problem }) => {
    const field = fieldOf(setting);
    // The check of a limit speaks of numbers; here it is a boolean.
    const message = setting === "maxSessionsPerUser" ? "must be true or false" : problem;
    return { field, code, message: `${field} ${message}`, documentation_url };
  });
  response.status(422).json({ message: "Validation Failed", errors, documentation_url });
}
