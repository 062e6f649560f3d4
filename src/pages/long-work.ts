/** The parts of pages that show long work: progress, and pages that reload themselves. */
import type { Request } from "express";
import { REFRESH_PARAMETER } from "../http/request/request-path.js";
import type { Job } from "../state/job.js";
import { html, type HtmlContent } from "./html.js";
import { addressOf } from "./page.js";

/** Longest wait of a request for work that it begins, in milliseconds. Little work is then done on the first page. */
const FIRST_WAIT_MS = 500;

/** Waits a moment for work that has just begun. */
export async function waitBriefly(ended: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FIRST_WAIT_MS);
  });
  await Promise.race([ended, enough]);
  clearTimeout(timer);
}

/** Returns the address at which a page shows the work again, by itself: not activity (rule M4). */
export function refreshAddress(
  request: Request,
  path: string,
  id: string,
  { state }: Pick<Job<unknown, unknown>, "state">,
): string | undefined {
  return state === "running" ? addressOf(request, path, { job: id, [REFRESH_PARAMETER]: 1 }) : undefined;
}

/** Returns the progress of work, with a link for browsers that do not reload by themselves. */
export function progressText(
  request: Request,
  path: string,
  id: string,
  { state, share }: { readonly state: Job<unknown, unknown>["state"]; readonly share: number },
): HtmlContent {
  if (state === "done") return null;
  const percent = Math.floor(share * 100);
  if (state === "failed")
    return html`<p class="note" role="alert">Redis did not answer, so this has stopped at ${percent} %.</p>`;
  return html`<p>
    <label>Sessions read: <progress max="100" value="${percent}"></progress> ${percent} %</label>
    <a href="${addressOf(request, path, { job: id })}">Update</a>
  </p>`;
}
