import { readFileSync } from "node:fs";

/** Linux counts processor time in /proc in hundredths of a second. */
const MICROS_OF_TICK = 10_000;

/** Returns the processor time of a process since its start, by the system's own accounting. */
export function processorMicrosOf(pid: number): number {
  return microsIn(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** Returns the processor time in the text of `/proc/<pid>/stat`: fields 14 (user) and 15 (system). */
export function microsIn(stat: string): number {
  // The second field is the program's name in brackets, which may hold spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MICROS_OF_TICK;
}
