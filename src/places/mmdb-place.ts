/** Places in entries of the usual .mmdb files. */
import type { Place } from "../policy/index.js";

/**
 * Returns the place of an entry. There are two kinds of entries: names by language in nested objects (GeoIP2, GeoLite2,
 * DB-IP), and flat texts (IPinfo, ip-location-db).
 *
 * @returns `null` if the entry names no place
 */
export function placeIn(entry: unknown, language: string): Place | null {
  const { city, subdivisions, country, registered_country: registered, ...flat } = fieldsOf(entry);
  const [subdivision] = Array.isArray(subdivisions) ? (subdivisions as unknown[]) : [];
  const place = {
    city: textOf(city) ?? nameOf(city, language),
    state:
      nameOf(subdivision, language) ??
      textOf(flat["state1"]) ??
      textOf(flat["region"]) ??
      textOf(flat["state"]),
    country:
      textOf(flat["country_name"]) ??
      nameOf(country, language) ??
      nameOf(registered, language) ??
      countryName(textOf(country) ?? textOf(flat["country_code"]), language),
  };
  return Object.values(place).every((name) => name === null) ? null : place;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);

function nameOf(value: unknown, language: string): string | null {
  const names = fieldsOf(fieldsOf(value)["names"]);
  return textOf(names[language]) ?? textOf(names["en"]);
}

/** Returns the name of a country for its code; another text is a name already. */
function countryName(text: string | null, language: string): string | null {
  if (text === null || !/^[A-Z]{2}$/.test(text)) return text;
  return new Intl.DisplayNames([language, "en"], { type: "region" }).of(text) ?? text;
}
