/** An alarm may ring this much early. */
const EARLY_MS = 0.005;
/** A nap ends late by some hundredths of a millisecond, so the last stretch is waited for awake. */
const AWAKE_MS = 0.06;
const NAP_MS = 0.1;
/** Timers count in whole milliseconds and may be one late, so only longer waits use a timer. */
const TIMER_MS = 2.2;
const TIMER_ENDS_MS_BEFORE = 1.2;

/** Nothing wakes a nap on this array. */
const silence = new Int32Array(new SharedArrayBuffer(4));

/**
 * Creates an alarm that is exact to some hundredths of a millisecond; a timer is not. The alarm naps between looks at
 * the clock and so takes a fifth of a processor. Other work of the process waits for the end of a nap.
 *
 * @returns a function that sets the alarm, which then rings once; setting it again moves it to the later time
 */
export function createAlarm(ring: () => void): (dueAt: number) => void {
  let dueAt = 0;
  let isSet = false;
  const look = (): void => {
    const leftMs = dueAt - performance.now();
    if (leftMs <= EARLY_MS) {
      isSet = false;
      ring();
    } else if (leftMs > TIMER_MS) {
      setTimeout(look, Math.floor(leftMs - TIMER_ENDS_MS_BEFORE));
    } else {
      if (leftMs > AWAKE_MS) Atomics.wait(silence, 0, 0, Math.min(NAP_MS, leftMs - AWAKE_MS));
      setImmediate(look);
    }
  };
  return (at) => {
    dueAt = at;
    if (isSet) return;
    isSet = true;
    setImmediate(look);
  };
}
