/** iron-session as its README shows: all data in a sealed cookie, none on a server. */
import type { Request, Response } from "express";
import { getIronSession, type IronSession, type SessionOptions } from "iron-session";
import { noteFound, readFound, SECRET, type Contestant, type SessionContent } from "./contestant.js";

const OPTIONS: SessionOptions = {
  password: SECRET,
  cookieName: "iron",
  // The apps listen on plain HTTP.
  cookieOptions: { secure: false },
};

const sessionOf = (request: Request, response: Response): Promise<IronSession<SessionContent>> =>
  getIronSession<SessionContent>(request, response, OPTIONS);

/** Creates the contestant without a round trip; nothing can end its sessions early. */
export function iron(): Contestant {
  return {
    middleware: [],
    guards: [
      async (request, response, next) => {
        const { userId, payload } = await sessionOf(request, response);
        if (userId === undefined || payload === undefined) {
          response.status(401).json({ error: "not_signed_in" });
          return;
        }
        noteFound(request, payload);
        next();
      },
    ],
    signIn: async (request, userId, payload, response) => {
      const session = await sessionOf(request, response);
      Object.assign(session, { userId, payload });
      await session.save();
    },
    read: readFound,
  };
}
