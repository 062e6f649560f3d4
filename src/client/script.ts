/** The script that `curfew.routes()` serves. It takes its options from its own `<script>` element. */
import type * as DraftsModule from "./drafts/index.js";
import type { Drafts } from "./drafts/index.js";
import type * as ElementModule from "./element.js";
import { languageOf, start } from "./start.js";

/** Addresses of the other files, from this file. scripts/client-bundle.ts writes them. */
declare const DIALOG_URL: string;
declare const DRAFTS_URL: string;

const dataset: DOMStringMap = document.querySelector<HTMLElement>("script[data-base]")?.dataset ?? {};
// The script's own address is below the routes.
const base = dataset["base"] ?? new URL(".", import.meta.url).pathname.replace(/\/$/, "");
const language = languageOf(dataset["lang"]);
const words = dataset["words"] ?? (/^en\b/.test(language) ? {} : `${base}/words.${language}.json`);

/** Returns another address after each failure. */
const addressOf = (failures: number): string =>
  failures > 0 ? `${DIALOG_URL}?${String(failures)}` : DIALOG_URL;

/** The client of this page. */
export const client = start(
  {
    base,
    language,
    words,
    loginUrl: dataset["login"],
    homeUrl: dataset["home"],
    isPublic: "public" in dataset,
    username: dataset["username"],
    extraEvents: dataset["events"]?.split(" "),
  },
  (failures) => import(addressOf(failures)) as Promise<typeof ElementModule>,
);

/** Loads the code of drafts where a form asks for it, or where drafts are stored: a sign-out deletes them. */
async function loadDrafts(): Promise<Drafts | null> {
  const forms = document.querySelectorAll<HTMLFormElement>("form[data-curfew-draft]");
  if (forms.length === 0 && !Object.keys(localStorage).join().includes("curfew:d:")) return null;
  const { startDrafts } = (await import(DRAFTS_URL)) as typeof DraftsModule;
  const started = startDrafts({ base, language, words });
  for (const form of forms) {
    const { curfewDraft = "" } = form.dataset;
    started.register(curfewDraft === "" ? location.pathname : curfewDraft, form);
  }
  return started;
}

/** The drafts of this page; `null` if it has none. */
export const drafts = loadDrafts().catch(() => null);
