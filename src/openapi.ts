/** Descriptions of HTTP APIs in OpenAPI 3.1, which the routers serve and docs/http.md shows. */

/** A schema of JSON. */
export type Schema = Readonly<Record<string, unknown>>;

/** One answer of an operation. */
export interface AnswerSpec {
  readonly description: string;
  /** Schema of the body; left out for an answer without a body. */
  readonly schema?: Schema;
  /** Media type of the body. @default "application/json" */
  readonly type?: string;
  /** Schemas of other bodies with the same status, by media type. */
  readonly others?: Readonly<Record<string, Schema>>;
}

/** The answers of an operation, by status. */
export type Answers = Readonly<Record<number, AnswerSpec>>;

/** One operation: a method and a path. */
export interface OperationSpec {
  readonly summary: string;
  /** Descriptions of the parameters in the path and in the query, by name. All parameters of the query are optional. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Body of the request, and its media type. */
  readonly body?: { readonly schema: Schema; readonly type?: string };
  readonly answers: Answers;
}

/** A vendor's API, or the routes of the browser. */
export interface ApiSpec {
  readonly title: string;
  /** Version of the API, in the words of its vendor. */
  readonly version: string;
  readonly description: string;
  /** Operations by method and path, such as `GET /sessions/{ref}`. */
  readonly operations: Readonly<Record<string, OperationSpec>>;
  /** Schemas that `ref` names. */
  readonly schemas: Readonly<Record<string, Schema>>;
}

/** A document of OpenAPI 3.1. */
export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: { readonly title: string; readonly description: string; readonly version: string };
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** Returns the document of an API. @param url - path at which the app has mounted the API */
export function openApiDocument(api: ApiSpec, url: string): OpenApiDocument {
  const { title, version, description, operations, schemas } = api;
  const paths: Record<string, Record<string, Schema>> = {};
  for (const [name, operation] of Object.entries(operations)) {
    const [method = "", path = ""] = name.split(" ");
    (paths[path] ??= {})[method.toLowerCase()] = operationIn(operation, path);
  }
  const info = { title, description, version };
  return { openapi: "3.1.0", info, servers: [{ url }], paths, components: { schemas } };
}

function operationIn({ summary, parameters = {}, body, answers }: OperationSpec, path: string): Schema {
  const described = Object.entries(parameters).map(([name, description]) => {
    const isInPath = path.includes(`{${name}}`);
    return {
      name,
      in: isInPath ? "path" : "query",
      required: isInPath,
      description,
      schema: { type: "string" },
    };
  });
  const responses = Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      {
        description: answer.description,
        ...(answer.schema ? { content: contentOf(bodiesOf(answer)) } : {}),
      },
    ]),
  );
  return {
    summary,
    ...(described.length > 0 ? { parameters: described } : {}),
    ...(body ? { requestBody: { required: true, content: contentOf(bodiesOf(body)) } } : {}),
    responses,
  };
}

const contentOf = (bodies: Readonly<Record<string, Schema>>): Schema =>
  Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }]));

/** Returns the schemas of an answer's or a request's bodies, by media type. */
export function bodiesOf({
  schema,
  type = "application/json",
  others,
}: Omit<AnswerSpec, "description">): Readonly<Record<string, Schema>> {
  return schema ? { [type]: schema, ...others } : {};
}

/** Returns a reference to a schema of the same API. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

/** Returns the schema of a text. */
export const text = (description: string, more: Schema = {}): Schema => ({
  type: "string",
  description,
  ...more,
});

/** Returns the schema of a number. */
export const number = (description: string, more: Schema = {}): Schema => ({
  type: "number",
  description,
  ...more,
});

/** Returns the schema of a whole number. */
export const whole = (description: string, more: Schema = {}): Schema => ({
  type: "integer",
  description,
  ...more,
});

/** Returns the schema of `true` or `false`. */
export const boolean = (description: string): Schema => ({ type: "boolean", description });

/** Returns the schema of one of some texts. */
export const oneOf = (values: readonly string[], description: string): Schema => ({
  type: "string",
  enum: values,
  description,
});

/** Returns the schema of a value that may be `null`. */
export const orNull = (schema: Schema): Schema => ({
  ...schema,
  type: [schema["type"], "null"],
  ...(Array.isArray(schema["enum"]) ? { enum: [...(schema["enum"] as unknown[]), null] } : {}),
});

/** Returns the schema of a list. */
export const list = (items: Schema, description: string): Schema => ({ type: "array", items, description });

/** Returns the schema of an object with any names. */
export const map = (values: Schema, description: string): Schema => ({
  type: "object",
  additionalProperties: values,
  description,
});

/** Returns the schema of an object with exactly these members. @param optional - names that may be left out */
export function object(members: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(members).filter((name) => !optional.includes(name));
  return { type: "object", properties: members, required, additionalProperties: false };
}
