import type { Request, Response } from "express";

/**
 * Express sets the prototype of each request and response. V8 before 13 (Node 22 and earlier) gives every such
 * object a hidden class of its own from then on: each property added takes microseconds and a kilobyte, and no
 * inline cache ever hits (nodejs/node#37457). V8 13 (Node 24) shares them again.
 */
const HAS_OWN_SHAPES = Number.parseInt(process.versions.v8, 10) < 13;

/**
 * Turns a request and its response into dictionaries, which share their hidden class: everything that comes
 * after, Express itself included, gets cheaper. Where V8 shares the fast ones anyway, this does nothing.
 *
 * To V8 an object is a dictionary once a property other than its last has been deleted; `url` and `req` are
 * plain properties that Node documents, and are put back at once.
 */
export function shareShape(request: Request, response: Response): void {
  if (!HAS_OWN_SHAPES) return;
  const { url } = request;
  delete (request as { url?: string }).url;
  request.url = url;
  const { req } = response;
  delete (response as { req?: Request }).req;
  response.req = req;
}
