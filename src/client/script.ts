/** The script that `curfew.routes()` serves. It takes its options from its own `<script>` element. */
import { startCurfew } from "./index.js";
import type { Words } from "./words/english.js";

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
if (wordsUrl !== "")
  void fetch(wordsUrl)
    .then((response) => (response.ok ? (response.json() as Promise<Words>) : {}))
    .then((words) => client.setWords(words))
    // English remains.
    .catch(() => undefined);
