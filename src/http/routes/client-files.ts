/** The browser's script and the files that it loads. They hold no secret and need no session. */
import { brotliDecompressSync } from "node:zlib";
import type { RequestHandler, Response, Router } from "express";
import { CLIENT_FILES, CLIENT_WORDS, type ServedFile } from "./client.generated.js";
import { DONE_SCRIPT } from "./reauth-done.js";

/** Name of the script. It changes with the script, so that browsers may keep it for ever. */
export const CLIENT_FILE = CLIENT_FILES.client.file;

const FOR_EVER = "public, max-age=31536000, immutable";
const FIVE_MINUTES = "public, max-age=300";
const SCRIPT = "text/javascript; charset=utf-8";
const JSON_TYPE = "application/json; charset=utf-8";

const codeOf = ({ file, code }: ServedFile): string => `${code}//# sourceMappingURL=${file}.map\n`;

/** Adds the routes of the files. */
export function addClientFiles(router: Router): void {
  for (const served of Object.values(CLIENT_FILES)) {
    router.get(
      `/${served.file}`,
      send(SCRIPT, FOR_EVER, () => codeOf(served)),
    );
    router.get(
      `/${served.file}.map`,
      send(JSON_TYPE, FOR_EVER, () => mapOf(served)),
    );
  }
  router.get(
    "/reauth-done.js",
    send(SCRIPT, FIVE_MINUTES, () => DONE_SCRIPT),
  );
  // The stable name, for pages that are not rendered by the server.
  router.get(
    "/client.js",
    send(SCRIPT, FIVE_MINUTES, () => codeOf(CLIENT_FILES.client)),
  );
  for (const [language, words] of Object.entries(CLIENT_WORDS))
    router.get(
      `/words.${language}.json`,
      send(JSON_TYPE, FIVE_MINUTES, () => words),
    );
}

function mapOf({ map }: ServedFile): string {
  return brotliDecompressSync(Buffer.from(map, "base64")).toString();
}

function send(type: string, cacheControl: string, read: () => string): RequestHandler {
  return (_request, response: Response) => {
    response.setHeader("Content-Type", type);
    response.setHeader("Cache-Control", cacheControl);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.send(read());
  };
}
