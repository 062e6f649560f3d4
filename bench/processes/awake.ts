/**
 * Keeps processors from being halted while those who are measured wait. A virtual machine's processor with nothing to do
 * is given back to its host, and takes tens of microseconds to come back for each packet; with one request at a time
 * that would be a good part of all that is measured. Its threads have the lowest priority, and give way to everybody.
 */
import { availableParallelism, constants, setPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { answerParent } from "./child.js";

// Threads have the priority of the one that starts them.
setPriority(constants.priority.PRIORITY_LOW);
let threads: Worker[] = [];

function keepAwake(): void {
  threads = Array.from({ length: availableParallelism() }, () => new Worker("for (;;);", { eval: true }));
}

async function letSleep(): Promise<void> {
  await Promise.all(threads.map((thread) => thread.terminate()));
  threads = [];
}

answerParent({ keepAwake, letSleep });
