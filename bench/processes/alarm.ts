/** How soon before its time an alarm may ring. */
const EARLY_MS = 0.005;
/** Naps end some hundredths of a millisecond late; the rest is waited for awake. */
const AWAKE_MS = 0.06;
const NAP_MS = 0.1;
/** Timers count in whole milliseconds and may be one late, so they are for what lies further ahead. */
const TIMER_MS = 2.2;
const TIMER_ENDS_MS_BEFORE = 1.2;

/** Nobody wakes who waits here. */
const silence = new Int32Array(new SharedArrayBuffer(4));

/**
 * An alarm that rings to some hundredths of a millisecond, which timers can't. It naps between looks at the clock, so
 * that it takes a fifth of a processor rather than all of one; what else happens in the process waits for such a nap.
 *
 * @returns sets the alarm, which then rings once; an alarm that is set already is only put off
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
