import { randomBytes } from "node:crypto";
import express, { type Router } from "express";
import { html } from "express-curfew";
import type { Context } from "../context.js";

const WITHIN_MINUTES = 5;

/** Serves a page that asks for the password again. */
export function recoveryCodePage({ curfew, show }: Context): Router {
  const router = express.Router();
  router.get(
    "/account/recovery-code",
    curfew.requireFresh({ withinMinutes: WITHIN_MINUTES }),
    (request, response) => {
      const body = html`<p>Your (made-up) recovery code is <code>${randomBytes(8).toString("hex")}</code>.</p>
        <p>You see it because you gave your password within the last ${WITHIN_MINUTES} minutes.</p>`;
      show(request, response, { title: "Recovery code", body });
    },
  );
  return router;
}
