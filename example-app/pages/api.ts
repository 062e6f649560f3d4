import express, { type Router } from "express";
import { active, field, type Context } from "../context.js";

const MAX_NOTE_LENGTH = 500;

/** Serves a JSON API for scripts and apps. Without a session it answers 401 with the reason. */
export function jsonApi({ curfew, users }: Context): Router {
  const router = express.Router();
  router.use(curfew.requireSignIn(), express.json({ limit: "8kb" }));
  router.get("/me", (request, response) => {
    const { session, remainingMs, limit, action } = active(request);
    const { userId } = session;
    const { note = null } = request.session;
    response.json({ userId, isAdmin: users.isAdmin(userId), note, remainingMs, limit, action, session });
  });
  router.put("/note", (request, response) => {
    request.session.note = field(request, "note").slice(0, MAX_NOTE_LENGTH);
    response.json({ note: request.session.note });
  });
  return router;
}
