import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Request, Response } from "express";
import { describe, expect, it } from "vitest";
import { shareShape } from "../../src/http/session/shared-shape.js";

function exchange(): { request: Request; response: Response } {
  const request = new IncomingMessage(new Socket());
  request.url = "/account?page=2";
  request.method = "GET";
  const response = new ServerResponse(request);
  return { request: request as Request, response: response as unknown as Response };
}

const propertiesOf = (object: object) =>
  Reflect.ownKeys(object)
    .map((name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const)
    .sort(([a], [b]) => String(a).localeCompare(String(b)));

describe("a request and its response, after their shapes are shared", () => {
  it("have every property they had, with the same values", () => {
    const { request, response } = exchange();
    const before = [propertiesOf(request), propertiesOf(response)];
    shareShape(request, response);
    expect([propertiesOf(request), propertiesOf(response)]).toEqual(before);
    expect(request.url).toBe("/account?page=2");
    expect(response.req).toBe(request);
  });

  it("are left alone where url and req are inherited, as in the HTTP/2 compatibility API", () => {
    const readOnly = { get: () => null };
    const request = Object.create(Object.create(null, { url: readOnly }) as object) as object;
    const response = Object.create(Object.create(null, { req: readOnly }) as object) as object;
    shareShape(request as unknown as Request, response as unknown as Response);
    expect([Object.keys(request), Object.keys(response)]).toEqual([[], []]);
  });
});
