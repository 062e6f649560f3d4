import express, { type RequestHandler } from "express";

/** Reads an object or an array in JSON, unless a parser of the app has read the body. */
export function readJson(limit: string): RequestHandler {
  return unlessRead(express.json({ limit }));
}

/** Reads the fields of a form, unless a parser of the app has read the body. */
export function readForm(limit: string): RequestHandler {
  return unlessRead(express.urlencoded({ extended: false, limit }));
}

/** The parsers of Express 4 do not notice that body-parser 2 has read the body, and fail (rule M22). */
function unlessRead(parse: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.readableEnded) next();
    else parse(request, response, next);
  };
}
