/**
 * Runs a benchmark on the Node.js that its figures are judged on: `tsx bench/on-node.ts pages-at-scale.ts`. The
 * arguments `--node 24` choose another version.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { fetchNode } from "../test/harness/node-versions.js";
import { JUDGED_NODE, NODE_VERSIONS } from "./nodes.js";

const [file = "", ...rest] = process.argv.slice(2);
const at = rest.indexOf("--node");
const version = at < 0 ? JUDGED_NODE : (rest[at + 1] ?? "");
if (!NODE_VERSIONS.some((known) => known === version)) {
  process.stderr.write(`--node: expected one of ${NODE_VERSIONS.join(", ")}.\n`);
  process.exit(2);
}
const others = at < 0 ? rest : rest.toSpliced(at, 2);
const program = fileURLToPath(new URL(file, import.meta.url));
const child = spawn(await fetchNode(version), ["--import", "tsx", program, ...others], { stdio: "inherit" });
const [code] = (await once(child, "exit")) as [number | null];
process.exitCode = code ?? 1;
