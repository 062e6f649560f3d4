/** Bundles the browser's script and the code of drafts with esbuild, and writes the module that `curfew.routes()` serves them from. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build, type BuildOptions } from "esbuild";
import { ARABIC } from "../src/client/words/arabic.js";
import { GERMAN } from "../src/client/words/german.js";
import { PROJECT_FOLDER } from "./entry-points.js";

/** The module that the build writes. It is committed, so that tests need no build. */
export const CLIENT_MODULE = join(PROJECT_FOLDER, "src/http/routes/client.generated.ts");

/** Budgets of the two files, gzipped, in bytes. ADR 18 explains them. */
export const BUDGETS = { client: 8 * 1_024 + 512, drafts: 4 * 1_024 + 768 } as const;

const HASH_LENGTH = 10;

/**
 * Names that only the script itself uses, so that the bundle may shorten them. Names of the DOM, of answers, of messages
 * between tabs and of the public API must not be here.
 */
export const INTERNAL_NAMES: readonly string[] =
  "isMinimized isBusy isReplaced banner cover problem retryInMs actions reopen sentAt answeredAt endsAt warnsAt nextAskAt failures miss say countdown render watchInput dispatch isVisible isOnline isPublic isLoginPage here homeUrl returnTo leave recall remember later listen wall steady retryAt failed toView holds takeJump follow reported dueAt keep settle mayStay toUsersPage toLogin retryAfterMs wake restored hide hear dismiss begin note ask warning".split(
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

/** The files: the script, and the code of drafts, which the script loads where it is needed. */
export interface ClientBundle {
  readonly client: BundledFile;
  readonly drafts: BundledFile;
}

/** Bundles the files. The same sources always give the same files. */
export async function bundleClient(): Promise<ClientBundle> {
  const drafts = await bundleFile("drafts", "src/client/drafts/index.ts", {});
  const client = await bundleFile("client", "src/client/script.ts", {
    define: { DRAFTS_URL: JSON.stringify(`./${drafts.file}`) },
    external: [`./${drafts.file}`],
    mangleProps: new RegExp(`^(?:${INTERNAL_NAMES.join("|")})$`),
  });
  return { client, drafts };
}

async function bundleFile(
  name: keyof ClientBundle,
  entry: string,
  options: BuildOptions,
): Promise<BundledFile> {
  const { outputFiles = [] } = await build({
    entryPoints: [entry],
    absWorkingDir: PROJECT_FOLDER,
    outfile: `dist/${name}.js`,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    sourcemap: "external",
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
  return { file: `${name}-${hash}.js`, code, map: textOf(".map"), gzippedBytes };
}

/** Returns the text of the generated module. */
export function renderClientModule({ client, drafts }: ClientBundle): string {
  const words = { ar: JSON.stringify(ARABIC), de: JSON.stringify(GERMAN) };
  const literal = ({ file, code, map }: BundledFile): string =>
    JSON.stringify({ file, code, map: brotliCompressSync(map).toString("base64") });
  return `/** Written by scripts/client-bundle.ts: npm run build. */

/** One file: its name, its code, and its source map (brotli in base64). */
export interface ServedFile {
  readonly file: string;
  readonly code: string;
  readonly map: string;
}

/** The browser's script. */
export const CLIENT: ServedFile = ${literal(client)};

/** The code of drafts, which the script loads. */
export const DRAFTS: ServedFile = ${literal(drafts)};

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

/** Returns a line about the size of each file. */
export function sizeLines({ client, drafts }: ClientBundle): string[] {
  const line = (title: string, { code, gzippedBytes }: BundledFile, budget: number): string =>
    `${title}: ${code.length} bytes, ${gzippedBytes} gzipped, budget: ${budget}`;
  return [
    line("Browser script", client, BUDGETS.client),
    line("Code of drafts", drafts, BUDGETS.drafts),
    `Both: ${client.gzippedBytes + drafts.gzippedBytes} gzipped`,
  ];
}

/** True if both files are within their budgets. */
export function fitsBudgets({ client, drafts }: ClientBundle): boolean {
  return client.gzippedBytes <= BUDGETS.client && drafts.gzippedBytes <= BUDGETS.drafts;
}
