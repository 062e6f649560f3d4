import express, { type RequestHandler } from "express";

/**
 * Reads a JSON body, unless a parser of the app has read the body. `express.json()` of Express 4 does not notice that
 * body-parser 2 has done so, and fails (rule M22).
 */
export function readJson(limit: string): RequestHandler {
  const parse: RequestHandler = express.json({ limit });
  return (request, response, next) => {
    if (request.readableEnded) next();
    else parse(request, response, next);
  };
}
