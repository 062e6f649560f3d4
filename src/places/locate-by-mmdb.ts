import { readFile, stat } from "node:fs/promises";
import { isIPv4, isIPv6 } from "node:net";
import { checkOptions, isText, isWhole, type OptionsSpec } from "../check-options.js";
import { invalidOption } from "../errors.js";
import { SECOND_MS, type Place } from "../policy/index.js";
import { placeIn } from "./mmdb-place.js";

/** Options of {@link locateByMmdb}. */
export interface LocateByMmdbOptions {
  /** Language of the names, if the file has names in several languages. @default "en" */
  readonly language?: string;
  /** Time after which a replaced file is noticed, in seconds. @default 60 */
  readonly checkSeconds?: number;
}

/** The part of mmdb-lib that is used. */
interface Reader {
  readonly metadata: { readonly ipVersion: number };
  get(address: string): unknown;
}

interface OpenedFile {
  readonly reader: Reader;
  /** Differs after each replacement of the file. */
  readonly mark: string;
}

const OPTIONS: OptionsSpec<LocateByMmdbOptions> = {
  by: "locateByMmdb",
  usage: 'locateByMmdb("/var/lib/geo/city.mmdb")',
  checks: { language: isText, checkSeconds: isWhole(1, 86_400, "seconds") },
};

const MAPPED = /^::ffff:(?=\d+\.)/i;

/**
 * Returns a function for the option `locate` that finds places in a file of the MaxMind DB format: GeoIP2 and GeoLite2 City
 * or Country, or a file with flat fields such as `city`, `state1` and `country_code`. It needs the package mmdb-lib. The
 * file is read at the first look-up, and again after it was replaced. While a replaced file is unreadable, the one before
 * stays in use, and one look-up a minute fails, which is logged (`locate_failed`).
 *
 * @param file - path of the .mmdb file
 * @throws CurfewError `invalid_option`
 * @example createCurfew({ redis, locate: locateByMmdb("/var/lib/geo/city.mmdb") })
 */
export function locateByMmdb(
  file: string,
  options: LocateByMmdbOptions = {},
): (ip: string) => Promise<Place | null> {
  if (isText(file) !== null) throw invalidOption("locateByMmdb", "needs the path of a .mmdb file");
  checkOptions(OPTIONS, options);
  const { language = "en", checkSeconds = 60 } = options;
  const database = new Database(file, checkSeconds * SECOND_MS);
  return async (ip) => {
    const reader = await database.open();
    const address = ip.replace(MAPPED, "");
    // A file of IPv4 networks alone gives wrong places for IPv6 addresses.
    const isCovered = isIPv4(address) || (isIPv6(address) && reader.metadata.ipVersion === 6);
    return isCovered ? placeIn(reader.get(address), language) : null;
  };
}

/** The file, which another program may replace. */
class Database {
  #opened: OpenedFile | null = null;
  #opening: Promise<OpenedFile> | null = null;
  #checkedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly file: string,
    private readonly checkEveryMs: number,
  ) {}

  async open(): Promise<Reader> {
    const isDue = performance.now() - this.#checkedAt >= this.checkEveryMs;
    if (this.#opened && !isDue) return this.#opened.reader;
    this.#opening ??= this.#read().finally(() => {
      this.#opening = null;
      this.#checkedAt = performance.now();
    });
    this.#opened = await this.#opening;
    return this.#opened.reader;
  }

  async #read(): Promise<OpenedFile> {
    const { mtimeMs, size, ino } = await stat(this.file);
    const mark = [mtimeMs, size, ino].join(" ");
    if (this.#opened?.mark === mark) return this.#opened;
    const [{ Reader }, bytes] = await Promise.all([importMmdb(), readFile(this.file)]);
    return { reader: new Reader(bytes), mark };
  }
}

async function importMmdb(): Promise<{ readonly Reader: new (bytes: Buffer) => Reader }> {
  try {
    return await import("mmdb-lib");
  } catch {
    throw invalidOption("locateByMmdb", "needs the package mmdb-lib; run npm install mmdb-lib");
  }
}
