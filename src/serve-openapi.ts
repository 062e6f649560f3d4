import type { RequestHandler } from "express";
import { openApiDocument, type ApiSpec } from "./openapi.js";

/** Sends the description of an API, with the path of its mount. The description holds no data of the app. */
export function sendDescription(api: ApiSpec): RequestHandler {
  return (request, response) => {
    response.json(openApiDocument(api, request.baseUrl === "" ? "/" : request.baseUrl));
  };
}
