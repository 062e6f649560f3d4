/** The child's end of a question and answer over a process's IPC channel. */
import type { Answer, Question } from "./messages.js";

type Handlers = Record<string, (argument: never) => unknown>;

/** Answers the parent's questions until the parent is gone. */
export function answerParent(handlers: Handlers): void {
  process.on("message", (question: Question) => {
    void reply(handlers, question);
  });
  // Leaving by itself, so that a profile that was asked for is written.
  process.once("disconnect", () => process.exit(0));
}

async function reply(handlers: Handlers, { id, name, argument }: Question): Promise<void> {
  let answer: Answer;
  try {
    const handler = handlers[name];
    if (!handler) throw new Error(`no such question: ${name}`);
    answer = { id, result: await handler(argument as never) };
  } catch (error) {
    answer = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(answer);
}
