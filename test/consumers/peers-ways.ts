/** The package on a real Redis: with the lowest versions of its peers, and in NestJS. */
import { readFileSync } from "node:fs";
import { Project, type Way } from "./project.js";

const MANIFEST = new URL("../../package.json", import.meta.url);
const PARSERS = ["body-parser-1@npm:body-parser@1.20.0", "body-parser-2@npm:body-parser@2.0.0"];
const NEST = [
  ...[
    "@nestjs/common@11",
    "@nestjs/core@11",
    "@nestjs/platform-express@11",
    "reflect-metadata@0.2",
    "rxjs@7",
  ],
  ...["express-session@1", "ioredis@6", "typescript@5.9"],
  ...["@types/express@5", "@types/express-session@1", "@types/node@20"],
];

/** Returns the lowest version of each peer that package.json promises. */
function lowestPeers(): Readonly<Record<string, string>> {
  const { peerDependencies } = JSON.parse(readFileSync(MANIFEST, "utf8")) as {
    peerDependencies: Record<string, string>;
  };
  const lowest = (range: string): string => /\d+\.\d+\.\d+/.exec(range)?.[0] ?? range;
  return Object.fromEntries(Object.entries(peerDependencies).map(([name, range]) => [name, lowest(range)]));
}

/** An app with the lowest peers, and one with NestJS. */
export class PeerApps {
  readonly #lowest = new Project();
  readonly #nest = new Project();
  readonly #versions = lowestPeers();

  get folders(): string[] {
    return [this.#lowest.folder, this.#nest.folder];
  }

  /** Installs the tarball with the peers. */
  async install(tarball: string): Promise<void> {
    const peers = Object.entries(this.#versions).map((peer) => peer.join("@"));
    await this.#lowest.install(tarball, [...peers, ...PARSERS]);
    await this.#nest.install(tarball, NEST);
    for (const project of [this.#lowest, this.#nest]) project.copy("browser.cjs", "browser.cjs");
    this.#lowest.copy("lowest-peers.cjs", "lowest-peers.cjs");
    this.#nest.copy("nest.ts", "nest.ts");
    this.#nest.write("tsconfig.json", {
      compilerOptions: {
        module: "commonjs",
        moduleResolution: "node10",
        target: "es2022",
        strict: true,
        esModuleInterop: true,
        experimentalDecorators: true,
        emitDecoratorMetadata: true,
        types: ["node"],
      },
      files: ["nest.ts"],
    });
  }

  /** Returns both apps, on this Redis. */
  ways(redisUrl: string): Way[] {
    const names = Object.entries(this.#versions).map((peer) => peer.join(" "));
    const env = { REDIS_URL: redisUrl, LOWEST: JSON.stringify(this.#versions) };
    return [
      {
        name: `M22: the lowest peers, ${names.join(", ")}`,
        try: () => this.#lowest.node(["lowest-peers.cjs"], { env }),
      },
      {
        name: "M24: NestJS 11",
        try: async () => {
          await this.#nest.node([this.#nest.installed("typescript/bin/tsc"), "-p", "."]);
          await this.#nest.node(["nest.js"], { env });
        },
      },
    ];
  }
}
