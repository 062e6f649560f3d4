/** Bundles the browser's script with esbuild, and writes the module that `curfew.routes()` serves it from. */
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ARABIC } from "../src/client/words/arabic.js";
import { GERMAN } from "../src/client/words/german.js";
import { PROJECT_FOLDER } from "./entry-points.js";

/** The module that the build writes. It is committed, so that tests need no build. */
export const CLIENT_MODULE = join(PROJECT_FOLDER, "src/http/routes/client.generated.ts");

/** Budget of the whole script, gzipped, in bytes. */
export const CLIENT_BUDGET = 8 * 1_024;

const HASH_LENGTH = 10;

/**
 * Names that only the script itself uses, so that the bundle may shorten them. Names of the DOM, of answers, of messages
 * between tabs and of the public API must not be here.
 */
export const INTERNAL_NAMES: readonly string[] =
  "isMinimized isBusy isReplaced banner cover problem retryInMs actions reopen sentAt answeredAt endsAt warnsAt nextAskAt failures miss say countdown render watchInput dispatch isVisible isOnline isPublic isLoginPage here homeUrl returnTo leave recall remember later listen wall steady retryAt failed toView holds takeJump follow reported dueAt keep settle mayStay toUsersPage toLogin retryAfterMs wake restored hide hear dismiss begin note ask warning".split(
    " ",
  );

/** The browser's script. */
export interface ClientBundle {
  readonly code: string;
  /** Source map as JSON. */
  readonly map: string;
  /** Names the script in its address. */
  readonly hash: string;
  readonly gzippedBytes: number;
}

/** Bundles the script. The same sources always give the same bundle. */
export async function bundleClient(): Promise<ClientBundle> {
  const { outputFiles } = await build({
    entryPoints: ["src/client/script.ts"],
    absWorkingDir: PROJECT_FOLDER,
    outfile: "dist/client.js",
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    mangleProps: new RegExp(`^(?:${INTERNAL_NAMES.join("|")})$`),
    sourcemap: "external",
    write: false,
  });
  const textOf = (end: string): string => {
    const file = outputFiles.find(({ path }) => path.endsWith(end));
    if (file === undefined) throw new Error(`esbuild wrote no ${end}`);
    return file.text;
  };
  const code = textOf(".js");
  const hash = createHash("sha256").update(code).digest("hex").slice(0, HASH_LENGTH);
  return { code, map: textOf(".map"), hash, gzippedBytes: gzipSync(code, { level: 9 }).length };
}

/** Returns the text of the generated module. */
export function renderClientModule({ code, map, hash }: ClientBundle): string {
  const packedMap = brotliCompressSync(map).toString("base64");
  const words = { ar: JSON.stringify(ARABIC), de: JSON.stringify(GERMAN) };
  return `/** Written by scripts/client-bundle.ts: npm run build. */

/** Hash of the script. */
export const CLIENT_HASH = "${hash}";

/** The browser's script. */
export const CLIENT_CODE: string = ${JSON.stringify(code)};

/** Its source map: brotli in base64. */
export const CLIENT_MAP: string = "${packedMap}";

/** Texts in other languages, as JSON. */
export const CLIENT_WORDS: Readonly<Record<string, string>> = ${JSON.stringify(words)};
`;
}

/** Writes the module if the script has changed, and prints the script's size. */
export async function buildClient(): Promise<void> {
  const bundle = await bundleClient();
  const text = renderClientModule(bundle);
  if (readFileSync(CLIENT_MODULE, { encoding: "utf8", flag: "a+" }) !== text)
    writeFileSync(CLIENT_MODULE, text);
  console.log(sizeLine(bundle));
}

/** Returns a line about the script's size. */
export function sizeLine({ code, gzippedBytes }: ClientBundle): string {
  return `Browser script: ${code.length} bytes, ${gzippedBytes} gzipped, budget: ${CLIENT_BUDGET}`;
}
