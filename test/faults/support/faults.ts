/** All faults of one command. */
import type { WireFault } from "../../harness/fault-proxy.js";

/** A fault with its name in the report. */
export interface NamedFault {
  readonly name: string;
  readonly wire: WireFault;
  /** True if Redis works again after the fault, so that one retry succeeds unnoticed. */
  readonly isHarmless?: boolean;
  /**
   * Commands at which the fault is believed: a key of another type holds no session. The state is then the state of a damaged
   * key. Case F1 damages keys for real.
   */
  readonly isBelievedAt?: readonly string[];
}

const error = (message: string): NamedFault => ({
  name: message.split(" ", 1)[0] ?? message,
  wire: { kind: "error", message },
});

/** Errors that Redis may answer instead of a result. */
const ERRORS: readonly NamedFault[] = [
  error("OOM command not allowed when used memory > 'maxmemory'."),
  error("READONLY You can't write against a read only replica."),
  error("LOADING Redis is loading the dataset in memory"),
  { ...error("NOSCRIPT No matching script. Please use EVAL."), isHarmless: true },
  {
    ...error("WRONGTYPE Operation against a key holding the wrong kind of value"),
    isBelievedAt: ["GET", "LRANGE"],
  },
  error("NOAUTH Authentication required."),
  error("NOPERM User default has no permissions to run this command"),
  error("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."),
  error("BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."),
  error("CLUSTERDOWN The cluster is down"),
  error("TRYAGAIN Multiple keys request during rehashing of slot"),
  error("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
  error(
    "ERR Error running script (call to f_1): @user_script:1: -READONLY You can't write against a replica.",
  ),
  {
    name: "LOADING, lasting",
    wire: { kind: "error", message: "LOADING Redis is loading the dataset in memory", lasting: true },
  },
  {
    name: "OOM, lasting",
    wire: {
      kind: "error",
      message: "OOM command not allowed when used memory > 'maxmemory'.",
      lasting: true,
    },
  },
];

/** Faults of the connection. */
const CONNECTION_FAULTS: readonly NamedFault[] = [
  { name: "cut before the command", wire: { kind: "cut", when: "before" } },
  { name: "cut before its answer", wire: { kind: "cut", when: "after" } },
  { name: "cut for a while", wire: { kind: "cut", when: "before", lasting: true } },
  { name: "commands stalled", wire: { kind: "stall", of: "commands" } },
  { name: "answers stalled", wire: { kind: "stall", of: "answers" } },
];

/** Every fault. */
export const FAULTS: readonly NamedFault[] = [...CONNECTION_FAULTS, ...ERRORS];
