/** Checks of a Redis server: version, role, memory, persistence and clock. */
import { durationText, SECOND_MS } from "../../policy/index.js";
import { evictingPolicy } from "../../redis/eviction-policy.js";
import { ok, problem, type Finding } from "./finding.js";
import type { NodeFacts } from "./node-facts.js";

/** Oldest version that the package promises. */
const MIN_VERSION = 7;
/** Oldest version that runs at all: the first with exclusive ranges of streams, which pages of the audit trail need. */
const LOWEST_VERSION = 6.2;
/** Greatest difference of clocks without a finding, in milliseconds. */
const CLOCK_MS = SECOND_MS;

/** Checks one server. */
export function checkNode(facts: NodeFacts): Finding[] {
  const { info } = facts;
  const told =
    info === null
      ? [
          problem(
            "unknown",
            "server",
            "Redis refuses INFO",
            "run the doctor as a Redis user with +info, to check version, memory and persistence",
          ),
        ]
      : [checkVersion(info), checkRole(info), checkEviction(info), checkPersistence(info, facts.save)];
  return [...told, checkClock(facts)];
}

const valueIn = (info: string, name: string): string | undefined =>
  new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1];

function checkVersion(info: string): Finding {
  const valkey = valueIn(info, "valkey_version");
  const version = valkey ?? valueIn(info, "redis_version") ?? "";
  const found = `${valkey === undefined ? "Redis" : "Valkey"} ${version}`;
  const number = Number.parseFloat(version);
  if (number >= MIN_VERSION) return ok("version", found);
  const fix = "use Redis 7.0 or later, or Valkey";
  return problem(number >= LOWEST_VERSION ? "warn" : "fail", "version", found, fix);
}

function checkRole(info: string): Finding {
  if (valueIn(info, "role") !== "slave")
    return ok("role", `master, ${valueIn(info, "connected_slaves") ?? "0"} replicas`);
  return problem(
    "fail",
    "role",
    "replica",
    "give the app the address of the master: replicas lag, so an ended session would pass",
  );
}

function checkEviction(info: string): Finding {
  const policy = evictingPolicy(info);
  if (policy !== null)
    return problem(
      "fail",
      "eviction",
      `maxmemory-policy ${policy}`,
      "CONFIG SET maxmemory-policy noeviction: an evicted key signs a user out",
    );
  const limit = valueIn(info, "maxmemory") ?? "0";
  return ok("eviction", limit === "0" ? "no memory limit" : "noeviction");
}

function checkPersistence(info: string, save: string | null): Finding {
  if (valueIn(info, "aof_enabled") === "1")
    return valueIn(info, "aof_last_write_status") === "err"
      ? problem(
          "fail",
          "persistence",
          "the last write to the append-only file failed",
          "look at Redis's disk",
        )
      : ok("persistence", "append-only file");
  if (valueIn(info, "rdb_last_bgsave_status") === "err")
    return problem("fail", "persistence", "the last snapshot failed", "look at Redis's disk and memory");
  if (save === "")
    return problem(
      "warn",
      "persistence",
      "none",
      "CONFIG SET appendonly yes: a restart of Redis signs everyone out and loses the settings",
    );
  return problem(
    "warn",
    "persistence",
    save === null ? "no append-only file" : `snapshots only (save ${save})`,
    "CONFIG SET appendonly yes: after a crash of Redis, sessions that ended since the last snapshot are open again",
  );
}

function checkClock({ clockAheadMs, roundTripMs }: NodeFacts): Finding {
  const apartMs = Math.abs(clockAheadMs);
  if (apartMs <= CLOCK_MS + roundTripMs / 2) return ok("clock", "within a second of this machine's clock");
  const direction = clockAheadMs > 0 ? "ahead of" : "behind";
  return problem(
    "warn",
    "clock",
    `${durationText(apartMs)} ${direction} this machine's clock`,
    "synchronize the clocks (NTP): Redis's clock decides when sessions end",
  );
}

/** Checks that the masters of a Cluster agree about the time. Each session runs by the clock of its own master. */
export function checkMasters(nodes: readonly NodeFacts[]): Finding[] {
  if (nodes.length < 2) return [];
  const ahead = nodes.map(({ clockAheadMs }) => clockAheadMs);
  const apartMs = Math.max(...ahead) - Math.min(...ahead);
  if (apartMs <= CLOCK_MS) return [ok("masters", `${String(nodes.length)}, with clocks within a second`)];
  return [
    problem(
      "warn",
      "masters",
      `clocks ${durationText(apartMs)} apart`,
      "synchronize the clocks (NTP): each session runs by the clock of its own master",
    ),
  ];
}
