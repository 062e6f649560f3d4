/** `redis: "embedded:"` in apps that install js-redis-server as docs/redis.md says. */
import { readFileSync } from "node:fs";
import { fetchNode } from "../harness/node-versions.js";
import { Project, type Way } from "./project.js";

const PAGE = new URL("../../docs/redis.md", import.meta.url);
const NODES = ["20", "22", "26"];

/** An app's folder, and what it installs. */
interface App {
  readonly ioredis: string;
  readonly project: Project;
  readonly manifest: object;
}

/** Returns what the page tells the app's developer to install, and to write into package.json beside ioredis 6. */
function fromPage(): { readonly installed: string; readonly overrides: object } {
  const page = readFileSync(PAGE, "utf8");
  const installed = /^npm i -D (js-redis-server@\S+)$/m.exec(page)?.[1];
  const line = /^"overrides": .*$/m.exec(page)?.[0];
  if (installed === undefined || line === undefined) throw new Error("docs/redis.md has no such lines.");
  return { installed, overrides: JSON.parse(`{${line}}`) as object };
}

/** Apps with ioredis 5 and 6. */
export class EmbeddedApps {
  readonly #apps: readonly App[] = [
    { ioredis: "5", project: new Project(), manifest: {} },
    { ioredis: "6", project: new Project(), manifest: fromPage().overrides },
  ];

  get folders(): string[] {
    return this.#apps.map(({ project }) => project.folder);
  }

  /** Installs the tarball, and after that js-redis-server. */
  async install(tarball: string): Promise<void> {
    for (const { ioredis, project, manifest } of this.#apps) {
      const others = ["express@5", "express-session@1", `ioredis@${ioredis}`, "jest@30"];
      await project.install(tarball, others, manifest);
      await project.add(["--save-dev", fromPage().installed]);
      project.copy("embedded.cjs", "embedded.cjs");
      project.write("jest/package.json", { type: "commonjs" });
      project.write("jest/jest.config.json", { transform: {} });
      project.copy("embedded.spec.cjs", "jest/embedded.spec.js");
    }
  }

  /** Returns each app on each Node, and in Jest with CommonJS. */
  ways(): Way[] {
    return this.#apps.flatMap(({ ioredis, project }) => [
      ...NODES.map((version) => ({
        name: `embedded Redis, ioredis ${ioredis}, Node ${version}`,
        try: async () => project.node(["embedded.cjs"], { node: await fetchNode(version) }),
      })),
      {
        name: `embedded Redis, ioredis ${ioredis}, Jest with CommonJS`,
        try: () =>
          project.node([project.installed("jest/bin/jest.js"), "--config", "jest.config.json"], {
            folder: "jest",
          }),
      },
    ]);
  }
}
