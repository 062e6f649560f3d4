/** Checks that the rights in docs/redis.md are exactly the rights that the source needs. */
import { describe, expect, it } from "vitest";
import { CLUSTER_COMMANDS, COMMANDS, redisRights, REPLICA_COMMANDS } from "./redis-rights.js";
import { codeBlocks } from "./markdown.js";
import { filesBelow, textOf } from "./source-files.js";

/** Commands that ioredis sends by itself, or that this package sends by a method of ioredis. */
const OF_THE_CLIENT = ["client|setname", "select", "subscribe", "eval", "evalsha"];
/** A command by its name: in Lua `redis.call('GET'`, in TypeScript `.call("GET"`. */
const CALL = /\b(?:p?call)\(\s*["']([A-Za-z]+)["']/g;

const called = filesBelow("src")
  .filter(
    (file) => /\.(?:ts|lua)$/.test(file) && !file.includes(".generated.") && !file.startsWith("src/cli/"),
  )
  .flatMap((file) => [...textOf(file).matchAll(CALL)].map(([, name = ""]) => name.toLowerCase()));

describe("the rights of the package's Redis user", () => {
  it("are the commands that the source sends, and no others", () => {
    expect([...COMMANDS].sort()).toEqual([...new Set([...called, ...OF_THE_CLIENT])].sort());
  });

  it("are listed in docs/redis.md", () => {
    const keys = { prefix: "curfew:", sessionPrefix: "sess:" };
    expect(codeBlocks("docs/redis.md", "text")).toContain(
      `ACL SETUSER app on >password ${redisRights(keys)}\n`,
    );
    for (const name of [...REPLICA_COMMANDS, ...CLUSTER_COMMANDS])
      expect(textOf("docs/redis.md")).toContain(`\`+${name}\``);
  });
});
