import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { locateByMmdb } from "../../src/index.js";
import { mmdbOf, type MmdbValue } from "../harness/mmdb.js";

const names = (en: string, de = en): MmdbValue => ({ names: { en, de } });
const BERLIN = {
  city: names("Berlin"),
  subdivisions: [names("Land Berlin")],
  country: names("Germany", "Deutschland"),
};
const LISBON = { city: "Lisbon", state1: "Lisboa", country_code: "PT" };
const NETWORKS = { "192.0.2.0/24": BERLIN, "198.51.100.0/24": LISBON };

function fileOf(bytes: Buffer | string): string {
  const folder = mkdtempSync(join(tmpdir(), "curfew-mmdb-"));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, "places.mmdb");
  writeFileSync(file, bytes);
  return file;
}

describe("locateByMmdb", () => {
  it("reads nested names and flat texts", async () => {
    const locate = locateByMmdb(fileOf(mmdbOf(6, { ...NETWORKS, "2001:db8::/32": LISBON })));
    expect(await locate("192.0.2.7")).toEqual({ city: "Berlin", state: "Land Berlin", country: "Germany" });
    expect(await locate("198.51.100.255")).toEqual({ city: "Lisbon", state: "Lisboa", country: "Portugal" });
    expect(await locate("2001:db8::1")).toMatchObject({ city: "Lisbon" });
  });

  it.each<[string, MmdbValue, object]>([
    [
      "a country alone, as GeoLite2 Country",
      { country: names("Chile") },
      { city: null, state: null, country: "Chile" },
    ],
    ["IPinfo", { country: "France", country_code: "FR" }, { city: null, state: null, country: "France" }],
    ["a registered country", { registered_country: names("Peru") }, { country: "Peru" }],
    ["a code that no country has", { country_code: "ZZ" }, { country: "Unknown Region" }],
  ])("reads %s", async (_name, entry, place) => {
    const locate = locateByMmdb(fileOf(mmdbOf(4, { "192.0.2.0/24": entry })));
    expect(await locate("192.0.2.1")).toMatchObject(place);
  });

  it("names places in another language, or else in English", async () => {
    const locate = locateByMmdb(fileOf(mmdbOf(4, NETWORKS)), { language: "de" });
    expect(await locate("192.0.2.7")).toMatchObject({ city: "Berlin", country: "Deutschland" });
    expect(await locate("198.51.100.1")).toMatchObject({ country: "Portugal" });
  });

  it.each([4, 6] as const)(
    "unwraps IPv4 in IPv6, and knows no other address, in a file of IPv%i",
    async (version) => {
      const locate = locateByMmdb(fileOf(mmdbOf(version, NETWORKS)));
      expect(await locate("::ffff:192.0.2.7")).toMatchObject({ city: "Berlin" });
      for (const ip of ["203.0.113.1", "10.0.0.1", "::1", "2001:db8::1", "c000:207::", "unknown", ""])
        expect(await locate(ip)).toBeNull();
    },
  );

  it("notices a replaced file, and keeps the earlier one while the new one is unreadable", async () => {
    const file = fileOf(mmdbOf(4, { "192.0.2.0/24": BERLIN }));
    const locate = locateByMmdb(file, { checkSeconds: 1 });
    const replace = async (bytes: Buffer | string) => {
      writeFileSync(`${file}.new`, bytes);
      renameSync(`${file}.new`, file);
      await new Promise((resolve) => setTimeout(resolve, 1_010));
    };
    expect(await locate("192.0.2.1")).toMatchObject({ city: "Berlin" });
    await replace("half a file");
    await expect(locate("192.0.2.1")).rejects.toThrow();
    expect(await locate("192.0.2.1")).toMatchObject({ city: "Berlin" });
    await replace(mmdbOf(4, { "192.0.2.0/24": LISBON }));
    expect(await locate("192.0.2.1")).toMatchObject({ city: "Lisbon" });
  });

  it("fails its look-ups without a file", async () => {
    await expect(locateByMmdb("/nowhere/places.mmdb")("192.0.2.1")).rejects.toThrow(/ENOENT/);
  });

  it.each([
    [["", {}], /needs the path/],
    [[undefined, {}], /needs the path/],
    [["x.mmdb", { lang: "de" }], /lang/],
    [["x.mmdb", { checkSeconds: 0 }], /checkSeconds/],
  ])("names the mistake in %j", (given, message) => {
    expect(() => locateByMmdb(...(given as [string]))).toThrow(message);
  });
});
