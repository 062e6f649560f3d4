/** Writes docs/http.md from the descriptions of the HTTP APIs: `npm run docs:http`. */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format, resolveConfig } from "prettier";
import { AUTH0_API } from "../src/dialects/auth0/auth0-openapi.js";
import { LOOKER_API } from "../src/dialects/looker/looker-openapi.js";
import { EMBED_API } from "../src/embed/embed-openapi.js";
import { ROUTES_API } from "../src/http/routes/routes-openapi.js";
import { ACCOUNT_PAGES_API } from "../src/pages/account-openapi.js";
import { ADMIN_PAGES_API } from "../src/pages/admin-openapi.js";
import type { AnswerSpec, ApiSpec, OperationSpec, Schema } from "../src/openapi.js";

const PAGE = fileURLToPath(new URL("../docs/http.md", import.meta.url));

const INTRODUCTION = `# HTTP routes

This page lists all HTTP routes of the package. \`npm run docs:http\` writes it from the descriptions that the routers serve. With the option \`openApi: true\`, each router answers \`GET /openapi.json\` with its description in OpenAPI 3.1. The tests compare their answers with the descriptions.
`;

const APIS: readonly ApiSpec[] = [
  ROUTES_API,
  ACCOUNT_PAGES_API,
  ADMIN_PAGES_API,
  EMBED_API,
  LOOKER_API,
  AUTH0_API,
];

/** Returns the text of docs/http.md. */
export async function httpPage(): Promise<string> {
  const text = [INTRODUCTION, ...APIS.map(section)].join("\n");
  return format(text, { ...(await resolveConfig(PAGE)), parser: "markdown" });
}

function section({ title, description, operations, schemas }: ApiSpec): string {
  const parts = Object.entries(operations).map(([name, operation]) => operationPart(name, operation));
  const members = Object.entries(schemas).map(([name, schema]) => schemaPart(title, name, schema));
  return [`## ${title}`, description, ...parts, `### Bodies of the ${title}`, ...members].join("\n\n");
}

function operationPart(name: string, { summary, parameters = {}, body, answers }: OperationSpec): string {
  const lines = Object.entries(parameters).map(([parameter, text]) => `- \`${parameter}\`: ${text}`);
  if (body) {
    const { schema, type = "application/json" } = body;
    lines.push(`- Body (\`${type}\`): ${typeOf(schema)}`);
    for (const [path, member] of membersOf(schema))
      lines.push(`  - \`${path}\`: ${typeOf(member)}. ${textOf(member)}`);
  }
  const rows = Object.entries(answers).map(([status, answer]) => `| ${status} | ${answerText(answer)} |`);
  const table = ["| Status | Answer |", "| --- | --- |", ...rows].join("\n");
  return [`### \`${name}\``, summary, ...(lines.length > 0 ? [lines.join("\n")] : []), table].join("\n\n");
}

function answerText({ description, schema }: AnswerSpec): string {
  const name = schema && nameOf(schema);
  return name === undefined || name === "Problem" || name === "Error"
    ? description
    : `${description}: \`${name}\``;
}

function schemaPart(title: string, name: string, schema: Schema): string {
  const rows = membersOf(schema).map(
    ([path, member]) => `| \`${path}\` | ${typeOf(member)} | ${textOf(member)} |`,
  );
  return [
    `#### \`${name}\` (${title})`,
    ["| Member | Type | Meaning |", "| --- | --- | --- |", ...rows].join("\n"),
  ].join("\n\n");
}

/** Returns the members of an object with their paths, and the members of inner objects. */
function membersOf(schema: Schema, path = ""): [string, Schema][] {
  const { properties, items } = schema as { properties?: Record<string, Schema>; items?: Schema };
  if (items) return membersOf(items, `${path}[]`);
  return Object.entries(properties ?? {}).flatMap(([name, member]): [string, Schema][] => {
    const own = path === "" ? name : `${path}.${name}`;
    return [[own, member], ...membersOf(member, own)];
  });
}

function nameOf(schema: Schema): string | undefined {
  return (schema["$ref"] as string | undefined)?.split("/").at(-1);
}

function typeOf(schema: Schema): string {
  const name = nameOf(schema);
  if (name !== undefined) return `\`${name}\``;
  const { type = "any", enum: values } = schema as { type?: string | string[]; enum?: string[] };
  if (values) return values.map((value) => `\`"${value}"\``).join(", ");
  const types = [type].flat();
  return types.map((each) => (each === "array" ? "list" : each)).join(" or ");
}

function textOf(schema: Schema): string {
  const {
    description = "",
    minimum,
    maximum,
  } = schema as {
    description?: string;
    minimum?: number;
    maximum?: number;
  };
  if (minimum === undefined || maximum === undefined) return description;
  const range = `${minimum.toLocaleString("en")} to ${maximum.toLocaleString("en")}`;
  return `${description.replace(/\.$/, "")}: ${range}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(PAGE, await httpPage());
  console.log(`Wrote ${PAGE}`);
}
