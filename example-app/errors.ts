import type { ErrorRequestHandler, Request, RequestHandler } from "express";
import { html } from "express-curfew";
import type { Show } from "./layout.js";

/** Answers 404 to unknown addresses. */
export function answerNotFound(show: Show): RequestHandler {
  return (request, response) => {
    if (wantsPage(request)) show(request, response, { title: "Not found", status: 404, body: null });
    else response.status(404).json({ error: "not_found" });
  };
}

/** Answers errors. A CurfewError has its own status and headers, as errors of http-errors do. */
export function answerErrors(show: Show): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, expose, message, headers } = partsOf(error);
    if (status >= 500) console.error(error);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    const text = expose ? message : "Something went wrong here. Please try again in a moment.";
    if (wantsPage(request)) {
      const body = html`<p>${text}</p>
        <p><a href="/">Home</a></p>`;
      show(request, response, { title: "That did not work", status, body });
    } else {
      response.status(status).json({ error: text });
    }
  };
}

function wantsPage(request: Request): boolean {
  return !request.path.startsWith("/api/") && request.accepts(["html", "json"]) === "html";
}

interface Parts {
  readonly status: number;
  readonly expose: boolean;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

function partsOf(error: unknown): Parts {
  const { status, expose, message, shortMessage, headers } = (
    typeof error === "object" && error !== null ? error : {}
  ) as Partial<Parts & { shortMessage: string }>;
  const isStatus = typeof status === "number" && status >= 400 && status < 600;
  return {
    status: isStatus ? status : 500,
    expose: expose === true,
    message: shortMessage ?? String(message),
    headers: headers ?? {},
  };
}
