/** Bundles the browser's script and the files that it loads with esbuild, and writes the module that `curfew.routes()` serves them from. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, type BuildOptions, type Plugin } from "esbuild";
import { ARABIC } from "../src/client/words/arabic.js";
import { GERMAN } from "../src/client/words/german.js";
import { PROJECT_FOLDER } from "./entry-points.js";

/** The module that the build writes. It is committed, so that tests need no build. */
const CLIENT_MODULE = join(PROJECT_FOLDER, "src/http/routes/client.generated.ts");

/** Budgets of the files, gzipped, in bytes. ADR 18 explains them. */
export const BUDGETS = {
  client: 5 * 1_024,
  dialog: 4 * 1_024,
  drafts: 3 * 1_024,
  offer: 2_688,
} as const;

const HASH_LENGTH = 10;

/**
 * Names that only the script itself uses, so that the bundle may shorten them. Names of the DOM, of answers, of messages
 * between tabs and of the public API must not be here.
 */
export const INTERNAL_NAMES: readonly string[] =
  "known isMinimized isBusy isReplaced banner cover problem retryInMs actions reopen sentAt isFresh endsAt warnsAt nextAskAt failures miss say countdown render watchInput dispatch isVisible isOnline isPublic isLoginPage here homeUrl returnTo leave recall remember later listen wall steady retryAt failed toView holds takeJump follow reported dueAt keep settle mayStay toUsersPage toLogin retryAfterMs wake restored hide hear begin note ask warning keepsEqual offered conflicts isOld namesOf markSent deleteSent editor vault".split(
    " ",
  );

/** One file for the browser. */
export interface BundledFile {
  /** Name with a hash, such as "client-0123456789.js". */
  readonly file: string;
  readonly code: string;
  /** Source map as JSON. */
  readonly map: string;
  readonly gzippedBytes: number;
}

/**
 * The files. Each page loads the script, which loads the others: the dialog before it is needed, the code of drafts on
 * pages that have drafts, and the code that offers a stored draft.
 */
export type ClientBundle = Readonly<Record<keyof typeof BUDGETS, BundledFile>>;

/** Bundles the files. The same sources always give the same files. */
export async function bundleClient(): Promise<ClientBundle> {
  const mangleProps = new RegExp(`^(?:${INTERNAL_NAMES.join("|")})$`);
  // esbuild returns the shortened names only if it gets some.
  const { names, ...dialog } = await bundleFile("dialog", "src/client/element.ts", {
    mangleProps,
    mangleCache: {},
  });
  const { names: namesOfOffer, ...offer } = await bundleFile("offer", "src/client/drafts/offer.ts", {
    mangleProps,
    mangleCache: {},
  });
  const drafts = await bundleFile("drafts", "src/client/drafts/index.ts", {
    plugins: [loads("./offer.js", offer)],
    mangleProps,
    // The code of drafts hands objects to the offer.
    mangleCache: namesOfOffer,
  });
  const urlOf = ({ file }: BundledFile): string => JSON.stringify(`./${file}`);
  const client = await bundleFile("client", "src/client/script.ts", {
    define: { DIALOG_URL: urlOf(dialog), DRAFTS_URL: urlOf(drafts) },
    external: [dialog, drafts].map(({ file }) => `./${file}`),
    mangleProps,
    // The script hands objects to the dialog.
    mangleCache: names,
  });
  return { client, dialog, drafts, offer };
}

/** Makes a dynamic import load another file. */
function loads(path: string, { file }: BundledFile): Plugin {
  return {
    name: "loads",
    setup: (build) => {
      build.onResolve({ filter: /./ }, (args) =>
        args.path === path && args.kind === "dynamic-import"
          ? { path: `./${file}`, external: true }
          : undefined,
      );
    },
  };
}

async function bundleFile(
  name: keyof ClientBundle,
  entry: string,
  options: BuildOptions,
): Promise<BundledFile & { readonly names: NonNullable<BuildOptions["mangleCache"]> }> {
  const { outputFiles = [], mangleCache: names = {} } = await build({
    entryPoints: [entry],
    absWorkingDir: PROJECT_FOLDER,
    outfile: `dist/${name}.js`,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    sourcemap: "external",
    // A declaration without a value need not be in the file.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    write: false,
    ...options,
  });
  const textOf = (end: string): string => {
    const file = outputFiles.find(({ path }) => path.endsWith(end));
    if (file === undefined) throw new Error(`esbuild wrote no ${end}`);
    return file.text;
  };
  const code = textOf(".js");
  const hash = createHash("sha256").update(code).digest("hex").slice(0, HASH_LENGTH);
  const gzippedBytes = gzipSync(code, { level: 9 }).length;
  return { file: `${name}-${hash}.js`, code, map: textOf(".map"), gzippedBytes, names };
}

/** Returns the text of the generated module. */
function renderClientModule(bundle: ClientBundle): string {
  const words = { ar: JSON.stringify(ARABIC), de: JSON.stringify(GERMAN) };
  const files = Object.entries(bundle).map(([name, { file, code, map }]) => {
    const served = { file, code, map: brotliCompressSync(map).toString("base64") };
    return `  ${name}: ${JSON.stringify(served)},\n`;
  });
  // Named, so that the declarations do not repeat the code.
  const names = Object.keys(bundle)
    .map((name) => JSON.stringify(name))
    .join(" | ");
  return `/** Written by scripts/client-bundle.ts: npm run build. */

/** One file: its name, its code, and its source map (brotli in base64). */
export interface ServedFile {
  readonly file: string;
  readonly code: string;
  readonly map: string;
}

/** The browser's script, and the files that it loads. */
export const CLIENT_FILES: Readonly<Record<${names}, ServedFile>> = {
${files.join("")}};

/** Texts in other languages, as JSON. */
export const CLIENT_WORDS: Readonly<Record<string, string>> = ${JSON.stringify(words)};
`;
}

/** Writes the module if a file has changed, and prints the sizes. */
export async function buildClient(): Promise<void> {
  const bundle = await bundleClient();
  const text = renderClientModule(bundle);
  if (readFileSync(CLIENT_MODULE, { encoding: "utf8", flag: "a+" }) !== text)
    writeFileSync(CLIENT_MODULE, text);
  for (const line of sizeLines(bundle)) console.log(line);
}

const namesOf = (bundle: ClientBundle): (keyof ClientBundle)[] =>
  Object.keys(bundle) as (keyof ClientBundle)[];

/** Returns a line about the size of each file. */
export function sizeLines(bundle: ClientBundle): string[] {
  return namesOf(bundle).map((name) => {
    const { code, gzippedBytes } = bundle[name];
    return `${name}.js: ${String(code.length)} bytes, ${String(gzippedBytes)} gzipped, budget: ${String(BUDGETS[name])}`;
  });
}

/** True if each file is within its budget. */
export function fitsBudgets(bundle: ClientBundle): boolean {
  return namesOf(bundle).every((name) => bundle[name].gzippedBytes <= BUDGETS[name]);
}
