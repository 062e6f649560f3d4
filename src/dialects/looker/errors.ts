import type { Request, Response } from "express";
import type { SettingsProblem } from "../../policy/index.js";
import type { Failure } from "../dialect-router.js";
import { fieldOf } from "./session-config.js";

const DOCUMENTATION = "https://cloud.google.com/looker/docs/r/err/4.0";

/** Returns the address of Looker's page about an error of an operation. Looker writes `:user_id` for the user's id. */
function documentationUrl(request: Request, status: number): string {
  const { path = request.path } = (request.route ?? {}) as { readonly path?: string };
  return `${DOCUMENTATION}/${String(status)}/${request.method.toLowerCase()}${path}`;
}

/** One wrong field, as Looker's `ValidationErrorDetail` has it. */
export interface FieldError {
  readonly field: string;
  readonly code: string;
  readonly message: string;
}

/** Sends a failure in Looker's format. */
export function sendFailure(
  request: Request,
  response: Response,
  { status, message, problems }: Failure,
): void {
  if (problems.length > 0) sendValidationError(request, response, problems.map(fieldErrorOf));
  else sendError(request, response, status, message);
}

/** Sends Looker's `Error`. */
export function sendError(request: Request, response: Response, status: number, message: string): void {
  response.status(status).json({ message, documentation_url: documentationUrl(request, status) });
}

/** Sends Looker's `ValidationError` with every wrong field (rule L7). */
export function sendValidationError(
  request: Request,
  response: Response,
  fieldErrors: readonly FieldError[],
): void {
  const documentation_url = documentationUrl(request, 422);
  const errors = fieldErrors.map((each) => ({ ...each, documentation_url }));
  response.status(422).json({ message: "Validation Failed", errors, documentation_url });
}

function fieldErrorOf({ field: setting, code, problem }: SettingsProblem): FieldError {
  const field = fieldOf(setting);
  // The problem of the limit mentions numbers, but this field is a boolean.
  const message = setting === "maxSessionsPerUser" ? "must be true or false" : problem;
  return { field, code, message: `${field} ${message}` };
}
