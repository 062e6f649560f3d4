import { isFunction, type OptionsSpec } from "../check-options.js";

/** Options of calls that read all sessions. */
export interface LongWorkOptions<Progress> {
  /** Receives the progress after each part of the list. @default none */
  readonly onProgress?: (progress: Progress) => void;
  /** Stops the work. The call then resolves with the progress so far. @default none */
  readonly signal?: AbortSignal;
}

/** Returns the spec of {@link LongWorkOptions}. */
export function longWorkSpec<Progress>(by: string, usage: string): OptionsSpec<LongWorkOptions<Progress>> {
  return {
    by,
    usage,
    checks: {
      onProgress: isFunction,
      signal: (value) => (value instanceof AbortSignal ? null : "must be an AbortSignal"),
    },
  };
}

/** Returns the last progress of a work, after all steps or after the signal. */
export async function doAll<Progress>(
  first: Progress,
  steps: AsyncIterable<Progress>,
  { onProgress, signal }: LongWorkOptions<Progress>,
): Promise<Progress> {
  let latest = first;
  if (signal?.aborted) return latest;
  for await (latest of steps) {
    onProgress?.(latest);
    if (signal?.aborted) break;
  }
  return latest;
}
