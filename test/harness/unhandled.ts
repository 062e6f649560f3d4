import { onTestFinished } from "vitest";

/** Returns a list of the errors that would end a process without a listener. The list grows until the test ends. */
export function noteUnhandled(): readonly unknown[] {
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => {
    unhandled.push(reason);
  };
  process.on("unhandledRejection", note);
  onTestFinished(() => {
    process.off("unhandledRejection", note);
  });
  return unhandled;
}
