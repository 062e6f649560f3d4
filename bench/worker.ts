/** Starts the benchmark's processes and asks them questions. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { Answer, Question } from "./processes/messages.js";

/** The questions that one kind of process answers, as functions of one argument at most. */
type Calls<Type> = { [Name in keyof Type]: (argument: never) => unknown };

interface Waiting {
  readonly resolve: (result: never) => void;
  readonly reject: (error: Error) => void;
}

/** A process of the benchmark. */
export class Worker<Type extends Calls<Type>> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** @param node - path of the Node.js that runs the script */
  constructor(script: string, node: string = process.execPath) {
    this.#child = fork(script, {
      execPath: node,
      // The parent's own arguments load a TypeScript loader.
      execArgv: [],
      env: { ...process.env, NODE_ENV: "production" },
    });
    this.#child.on("message", ({ id, result, error }: Answer) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(result as never);
      else waiting?.reject(new Error(error));
    });
    this.#child.once("exit", (code, signal) => {
      for (const { reject } of this.#waiting.values())
        reject(new Error(`${script} ended with ${String(code ?? signal)}`));
    });
  }

  ask<Name extends keyof Type & string>(
    name: Name,
    ...[argument]: Parameters<Type[Name]>
  ): Promise<ReturnType<Type[Name]>> {
    this.#lastId += 1;
    const question: Question = { id: this.#lastId, name, argument };
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { resolve, reject });
      this.#child.send(question);
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.disconnect();
    await exited;
  }
}
