/** What goes on after the answer: tidying, activity, notes. Nobody waits for it but {@link BackgroundWork.close}. */
export class BackgroundWork {
  readonly #underWay = new Set<Promise<void>>();
  #isClosed = false;

  /**
   * Begins something; after closing, nothing, since there is no connection for it any more. What fails because of
   * that is nobody's news either.
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

  /** Waits until all of it is done, also what it has begun itself meanwhile, but not for longer than that. */
  async close(withinMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const inVain = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#isClosed = true;
        resolve();
      }, withinMs);
    });
    while (this.#underWay.size > 0 && !this.#isClosed)
      await Promise.race([Promise.all(this.#underWay), inVain]);
    clearTimeout(timer);
    this.#isClosed = true;
  }
}
