import type { Request, Response } from "express";
import type { SettingsProblem } from "../../policy/index.js";
import { fieldOf } from "./session-config.js";

const DOCUMENTATION = "https://cloud.google.com/looker/docs/r/err/4.0";

/** Returns the address of Looker's page about an error of an operation. */
function documentationUrl(request: Request, status: number): string {
  return `${DOCUMENTATION}/${String(status)}/${request.method.toLowerCase()}${request.path}`;
}

/** Sends Looker's `Error`. */
export function sendError(request: Request, response: Response, status: number, message: string): void {
  response.status(status).json({ message, documentation_url: documentationUrl(request, status) });
}

/** Sends Looker's `ValidationError` with every wrong field (rule L7). */
export function sendValidationError(
  request: Request,
  response: Response,
  problems: readonly SettingsProblem[],
): void {
  const documentation_url = documentationUrl(request, 422);
  const errors = problems.map(({ field: setting, code, problem }) => {
    const field = fieldOf(setting);
    // The problem of the limit mentions numbers, but this field is a boolean.
    const message = setting === "maxSessionsPerUser" ? "must be true or false" : problem;
    return { field, code, message: `${field} ${message}`, documentation_url };
  });
  response.status(422).json({ message: "Validation Failed", errors, documentation_url });
}
