/** A route that is still running when something else happens to its session. */
import type { Express } from "express";
import { dataOf } from "./app.js";

/** Route `POST /slow`, which writes to the session and waits before it answers. */
export interface SlowRoute {
  /** Resolves when the first request is in its handler. */
  readonly entered: Promise<void>;
  /** Lets that request answer, and express-session save. */
  open(): void;
  configure(app: Express): void;
}

export function slowRoute(): SlowRoute {
  let enter: () => void;
  let answer: (() => void) | undefined;
  return {
    entered: new Promise<void>((resolve) => (enter = resolve)),
    open: () => answer?.(),
    configure: (app) => {
      app.post("/slow", (request, response) => {
        dataOf(request)["slow"] = "written";
        answer = () => response.json({});
        enter();
      });
    },
  };
}
