/** Work after the response: clean-up, activity, notes. Only {@link BackgroundWork.close} waits for it. */
export class BackgroundWork {
  readonly #underWay = new Set<Promise<void>>();
  #isClosed = false;
  #isClosing = false;

  /** True as soon as `close` was called. Long work then stops. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /**
   * Begins work and reports its failure to `failed`. After `close` no work begins and no failure is reported, because the
   * connection is closed.
   */
  begin(work: () => Promise<unknown>, failed: (error: unknown) => void): void {
    if (this.#isClosed) return;
    const done: Promise<void> = work().then(
      () => {
        this.#underWay.delete(done);
      },
      (error: unknown) => {
        this.#underWay.delete(done);
        if (!this.#isClosed) failed(error);
      },
    );
    this.#underWay.add(done);
  }

  /** Waits at most `withinMs` until all work is done, including work that began during the wait. */
  async close(withinMs: number): Promise<void> {
    this.#isClosing = true;
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#isClosed = true;
        resolve();
      }, withinMs);
    });
    while (this.#underWay.size > 0 && !this.#isClosed)
      await Promise.race([Promise.all(this.#underWay), tooLate]);
    clearTimeout(timer);
    this.#isClosed = true;
  }
}
