/** The child's end of the questions and answers over the IPC channel. */
import type { Answer, Question } from "./messages.js";

type Handlers = Record<string, (argument: never) => unknown>;

/** Answers the parent's questions until the parent disconnects. */
export function answerParent(handlers: Handlers): void {
  process.on("message", (question: Question) => {
    void reply(handlers, question);
  });
  // An exit by its own call lets `node --cpu-prof` write its profile.
  process.once("disconnect", () => process.exit(0));
}

async function reply(handlers: Handlers, { id, name, argument }: Question): Promise<void> {
  let answer: Answer;
  try {
    const handler = handlers[name];
    if (!handler) throw new Error(`Unknown question: ${name}`);
    answer = { id, result: await handler(argument as never) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(answer);
}
