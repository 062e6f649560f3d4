import { describe, expect, it } from "vitest";
import { serverVersion } from "../harness/server-version.js";
import { countsIn, whatRan } from "./run-cell.js";

describe("a run of the matrix", () => {
  it.each([
    ["redis_version:7.0.15\r\nredis_git_sha1:00000000\r\n", "Redis 7.0.15"],
    ["# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n", "Valkey 8.1.1"],
    ["", "Redis of an unknown version"],
  ])("is named after the server's own report", (info, version) => {
    expect(serverVersion(info)).toBe(version);
  });

  it("returns the Node and the server that ran", () => {
    const own = "Node v24.1.0\nTests run against Valkey 8.1.1 on port 4711 (CURFEW_REDIS_SERVER=/x (y)/z).\n";
    expect(whatRan(own)).toBe("Node 24.1.0, Valkey 8.1.1");
    const given = "Node v20.19.0\nTests run against Redis 7.0.15 at REDIS_URL.\n";
    expect(whatRan(given)).toBe("Node 20.19.0, Redis 7.0.15");
  });

  it("takes its counts from the last line, and no count for a failure", () => {
    expect(countsIn("x\n688 passed, 0 failed\n")).toEqual({ passed: 688, failed: 0, skipped: 0 });
    expect(countsIn("1 passed, 2 failed, 3 skipped\n")).toEqual({ passed: 1, failed: 2, skipped: 3 });
    expect(countsIn("it broke")).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
