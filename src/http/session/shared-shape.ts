import type { Request, Response } from "express";

/**
 * Express sets the prototype of each request and response. V8 before 13 (Node 22 and earlier) then gives each object
 * its own hidden class. Each added property takes microseconds and a kilobyte, and no inline cache ever hits
 * (nodejs/node#37457). V8 13 (Node 24) shares the classes again, and there the work-around would cost time.
 */
const HAS_OWN_SHAPES = Number.parseInt(process.versions.v8, 10) < 13;

/**
 * Turns a request and its response into dictionaries, which share their hidden class. Everything that follows gets
 * faster, also Express itself. Only the order of their properties changes. Does nothing if V8 shares the fast classes
 * itself.
 */
export function shareShape(request: Request, response: Response): void {
  if (!HAS_OWN_SHAPES) return;
  // Plain properties in Node's documentation, and never the last that was added.
  putBack(request, "url");
  putBack(response, "req");
}

/** To V8 an object is a dictionary once a property other than its last has been deleted. */
function putBack<Name extends string>(object: Record<Name, unknown>, name: Name): void {
  // If a property is inherited, as in Node's HTTP/2 compatibility API, it may have no setter.
  if (!Object.hasOwn(object, name)) return;
  const value = object[name];
  Reflect.deleteProperty(object, name);
  object[name] = value;
}
