/** The script that `curfew.routes()` serves. It takes its options from its own `<script>` element. */
import type * as DraftsModule from "./drafts/index.js";
import type { Drafts } from "./drafts/index.js";
import { startCurfew } from "./index.js";
import type { Words } from "./words/english.js";

/** Address of the drafts' file, from this file. scripts/client-bundle.ts writes it. */
declare const DRAFTS_URL: string;

const own = document.querySelector<HTMLElement>("script[data-base]");
const dataset: DOMStringMap = own ? own.dataset : {};
// The script's own address is below the routes.
const base = dataset["base"] ?? new URL(".", import.meta.url).pathname.replace(/\/$/, "");
const language = dataset["lang"] ?? (document.documentElement.lang || "en");

/** The client of this page. */
export const client = startCurfew({
  base,
  language,
  loginUrl: dataset["login"] ?? "/login",
  homeUrl: dataset["home"] ?? "/",
  isPublic: "public" in dataset,
  username: dataset["username"] ?? "",
  extraEvents: dataset["events"]?.split(" ") ?? [],
});

const wordsUrl = dataset["words"] ?? (/^en\b/.test(language) ? "" : `${base}/words.${language}.json`);

/** Loads the words of another language. English remains if that fails. */
async function loadWords(): Promise<Words> {
  if (wordsUrl === "") return {};
  const response = await fetch(wordsUrl);
  if (!response.ok) return {};
  const words = (await response.json()) as Words;
  client.setWords(words);
  return words;
}

/** Loads the code of drafts where a form asks for it, or where drafts are stored: a sign-out deletes them. */
async function loadDrafts(words: Promise<Words>): Promise<Drafts | null> {
  const forms = document.querySelectorAll<HTMLFormElement>("form[data-curfew-draft]");
  if (forms.length === 0 && !Object.keys(localStorage).some((name) => name.startsWith("curfew:d:")))
    return null;
  const { startDrafts } = (await import(DRAFTS_URL)) as typeof DraftsModule;
  const started = startDrafts({ base, language, words: await words });
  for (const form of forms) {
    const { curfewDraft = "" } = form.dataset;
    started.register(curfewDraft === "" ? location.pathname : curfewDraft, form);
  }
  return started;
}

const words = loadWords().catch(() => ({}));

/** The drafts of this page; `null` if it has none. */
export const drafts = loadDrafts(words).catch(() => null);
