/**
 * Keeps processors awake while measured processes wait. A virtual machine gives an idle processor back to its host. The
 * processor then takes tens of microseconds to return for each packet, a large part of a single request's time. The
 * threads here have the lowest priority and give way to all others.
 */
import { availableParallelism, constants, setPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { answerParent } from "./child.js";

// A thread has the priority of the thread that starts it.
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
