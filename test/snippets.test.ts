import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { codeBlocks, pages } from "./harness/markdown.js";
import { ROOT } from "./harness/source-files.js";

/** Declarations that the pages' snippets rely on: an app with its curfew, and the app's own functions. */
const GIVEN = `
import type { Express, Request, Response, RequestHandler } from "express";
import type { Curfew } from "express-curfew";
declare global {
  const app: Express, curfew: Curfew, req: Request, res: Response;
  const secret: string, url: string, ref: string, cursor: string, isShuttingDown: boolean;
  const older: { settings: object };
  const Redis: typeof import("ioredis").Redis, createCurfew: typeof import("express-curfew").createCurfew;
  interface User { readonly id: string }
  const user: User;
  function checkPassword(body: unknown): Promise<User>;
  function isPassword(userId: string, password: string): Promise<boolean>;
  function checkClient(client: unknown): Promise<{ readonly owner: string } | null>;
  function isAdminId(userId: string | undefined): boolean;
  const isAdmin: (req: Request) => boolean;
  function mayAdminister(req: Request, operation: string): boolean;
  function mayActAs(req: Request, userId: string): boolean;
  function wait(ms: unknown): void;
  function cors(options: object): RequestHandler;
  const csrfProtection: RequestHandler, requireToken: RequestHandler, listOrders: RequestHandler;
  const agent: typeof import("supertest").agent;
  function after(work: () => Promise<void>): void;
  const io: {
    readonly engine: { use(handler: RequestHandler): void };
    use(check: (socket: { request: unknown }, next: (error?: Error) => void) => void): void;
    on(event: "connection", listener: (...args: unknown[]) => void): void;
  };
  const passport: {
    initialize(): RequestHandler;
    session(): RequestHandler;
    authenticate(strategy: string, options: object): RequestHandler;
  };
  namespace Express {
    interface Request {
      user?: User;
    }
  }
}
declare module "express-session" {
  interface SessionData {
    userId?: string;
  }
}
`;

/** Types of NestJS, which the project does not install. */
const NEST = `
declare module "@nestjs/common" {
  const Controller: () => ClassDecorator, Post: (path: string) => MethodDecorator;
  const Body: () => ParameterDecorator, Req: () => ParameterDecorator;
}
`;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ["node"],
  experimentalDecorators: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  paths: {
    "express-curfew": [join(ROOT, "src/index.ts")],
    "express-curfew/auth0": [join(ROOT, "src/dialects/auth0/index.ts")],
    "express-curfew/looker": [join(ROOT, "src/dialects/looker/index.ts")],
    "express-curfew/testing": [join(ROOT, "src/testing/index.ts")],
  },
};

/**
 * Returns the compiler's errors for each text, all in one program. The texts exist only in memory, in the
 * test's folder.
 */
function complaintsOf(texts: ReadonlyMap<string, string>): Map<string, string[]> {
  const files = new Map([...texts].map(([name, text]) => [join(ROOT, "test", name), text]));
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists.call(host, file);
  host.readFile = (file) => files.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = files.get(file);
    return text === undefined
      ? getSourceFile.call(host, file, version, ...rest)
      : ts.createSourceFile(file, text, version);
  };
  const program = ts.createProgram([...files.keys()], OPTIONS, host);
  return new Map(
    [...texts.keys()].map((name) => {
      const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(join(ROOT, "test", name)));
      return [name, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))];
    }),
  );
}

describe("the TypeScript on the pages", () => {
  // Each snippet is a module, so that two snippets may use the same names.
  const snippets = new Map(
    pages().flatMap((page) =>
      codeBlocks(page, "ts").map((code, index) => [
        `${page.replaceAll("/", "-")}-${index + 1}.mts`,
        `${code}\nexport {};\n`,
      ]),
    ),
  );
  const complaints = complaintsOf(new Map([["given.d.mts", GIVEN], ["nest.d.ts", NEST], ...snippets]));

  it.each([...snippets.keys()])("compiles: %s", (name) => {
    expect(complaints.get(name)).toEqual([]);
  });
});
