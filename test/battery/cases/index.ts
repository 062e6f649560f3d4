/** The battery's cases, in the order in which they run. */
import type { BatteryCase } from "../support/battery-case.js";
import { limitLowered, revocationDuringSignIns, simultaneousSignIns } from "./concurrent-logins.js";
import { redisFrozen, redisKilled } from "./redis-away.js";
import { outageMemory } from "./outage-memory.js";
import { redisAbsent, redisBack } from "./redis-back.js";
import { redisLatency } from "./redis-latency.js";
import { keysEvicted, memoryFull } from "./redis-memory.js";
import { redisEmptied } from "./redis-emptied.js";
import { storeDisconnected } from "./store-disconnected.js";
import { noFailOpen } from "./fail-open.js";
import { cacheHeaders } from "./caches.js";
import { crossSiteRequests, harmlessMethods } from "./cross-site.js";
import { firstPageOfAMillion, memoryOfAMillion, requestsAtAMillion } from "./growth.js";
import { manySessionsOfOneUser, nothingLeftBehind } from "./growth-ends.js";
import { soak } from "./soak.js";
import { cookieAttributes, forwardedFor } from "./http-surface.js";
import { logInjection, openRedirects, prototypePollution } from "./injection.js";
import { secureCookieWithoutTls } from "./no-tls.js";
import { masterFrozen, masterKilled } from "./sentinel-failover.js";
import { requestFloods } from "./rate-limits.js";
import { secretsInAnswers, secretsInRedis } from "./secrets.js";
import { clockJumps } from "./clock-jumps.js";
import { skewedAppClocks } from "./clocks.js";
import { deletedUser, locationOff } from "./privacy.js";
import { redisVersions } from "./redis-versions.js";
import { secretRotation, tamperedCookies, unknownIds } from "./cookies-tampered.js";
import { corruptRecords, damagedStamps } from "./damaged-records.js";
import { absoluteLimit, idleLimit } from "./deadlines.js";
import { endVersusWrite } from "./end-vs-write.js";
import { evictionUnderNaturalTiming, evictionVersusSlowWrite } from "./evict-vs-write.js";
import { faultsEverywhere } from "./faults-everywhere.js";
import { failoverUndoes } from "./failover-undone.js";
import { failedWrites } from "./failed-writes.js";
import { plantedId } from "./fixation.js";
import { cookieLifetimes, keyLifetimes } from "./lifetimes.js";
import { readOnlyConnection, scriptsFlushed } from "./live-connection.js";
import { damagedSettings } from "./settings-damaged.js";
import { patchFuzz } from "./settings-fuzz.js";
import { changeSeenAtOnce, persistenceSwitchedOff, shorterAndLonger } from "./settings-live.js";
import { clusterSuite } from "./cluster-suite.js";
import { clusterFailover } from "./cluster-failover.js";
import { slotMigration } from "./slot-migration.js";
import { openConnections, reasonsTold } from "./open-connections.js";
import { concurrentPatches, lockedFields, transitions } from "./settings-writes.js";
import { parallelWrites } from "./user-data.js";

/** Every case. */
export const CASES: readonly BatteryCase[] = [
  evictionVersusSlowWrite,
  endVersusWrite,
  evictionUnderNaturalTiming,
  simultaneousSignIns,
  revocationDuringSignIns,
  openConnections,
  parallelWrites,
  limitLowered,
  plantedId,
  failedWrites,
  redisKilled,
  redisFrozen,
  redisBack,
  outageMemory,
  redisAbsent,
  redisLatency,
  storeDisconnected,
  memoryFull,
  keysEvicted,
  redisEmptied,
  noFailOpen,
  faultsEverywhere,
  idleLimit,
  absoluteLimit,
  clockJumps,
  masterKilled,
  masterFrozen,
  failoverUndoes,
  skewedAppClocks,
  readOnlyConnection,
  scriptsFlushed,
  keyLifetimes,
  cookieLifetimes,
  changeSeenAtOnce,
  shorterAndLonger,
  patchFuzz,
  concurrentPatches,
  damagedSettings,
  transitions,
  persistenceSwitchedOff,
  lockedFields,
  corruptRecords,
  damagedStamps,
  tamperedCookies,
  unknownIds,
  secretRotation,
  crossSiteRequests,
  harmlessMethods,
  openRedirects,
  prototypePollution,
  forwardedFor,
  cookieAttributes,
  secureCookieWithoutTls,
  cacheHeaders,
  requestFloods,
  logInjection,
  secretsInRedis,
  secretsInAnswers,
  locationOff,
  deletedUser,
  reasonsTold,
  redisVersions,
  clusterSuite,
  slotMigration,
  clusterFailover,
  manySessionsOfOneUser,
  soak,
  nothingLeftBehind,
  memoryOfAMillion,
  requestsAtAMillion,
  firstPageOfAMillion,
];
