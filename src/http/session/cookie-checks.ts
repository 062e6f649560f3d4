/** Checks of options about cookies. */
import { serialize } from "cookie";
import { isText, type Check } from "../../check-options.js";

/** Checks a part of the cookie with the package that writes cookies. That package would complain only at a sign-in. */
export function isSerializable(
  part: (value: never) => [name: string, attributes: object],
  fix: string,
): Check {
  return (value) => {
    try {
      const [name, attributes] = part(value as never);
      serialize(name, "", attributes);
      return isText(value);
    } catch {
      return fix;
    }
  };
}

/** Checks the name of a cookie. */
export const isCookieName = isSerializable(
  (name: string) => [name, {}],
  "must be the name of a cookie: letters, digits and characters such as . _ -, without spaces, commas or semicolons",
);

/** Checks a secret, or a list of secrets. */
export const isSecret: Check = (value) => {
  const secrets = [value].flat();
  return secrets.length > 0 && secrets.every((secret) => isText(secret) === null)
    ? null
    : "is missing; give a random string of at least 32 characters, for instance process.env.SESSION_SECRET";
};
