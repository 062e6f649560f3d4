/** Cuts the bytes that a Redis client sends into whole commands. */

/** One command as it came over the wire. */
export interface RespFrame {
  readonly bytes: Buffer;
  /** Name of the command in upper case, then its arguments. */
  readonly args: readonly string[];
}

/** Collects chunks and returns complete commands. Reads arrays of bulk strings, as clients send them. */
export class RespFrameReader {
  #buffer: Buffer = Buffer.alloc(0);

  /** Adds a chunk. @throws Error if the bytes are not RESP */
  push(chunk: Buffer): RespFrame[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const frames: RespFrame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): RespFrame | undefined {
    const head = this.#number("*", 0);
    if (head === undefined) return undefined;
    const args: string[] = [];
    let at = head.end;
    for (let index = 0; index < head.value; index += 1) {
      const length = this.#number("$", at);
      if (length === undefined || this.#buffer.length < length.end + length.value + 2) return undefined;
      args.push(this.#buffer.toString("utf8", length.end, length.end + length.value));
      at = length.end + length.value + 2;
    }
    const bytes = this.#buffer.subarray(0, at);
    this.#buffer = this.#buffer.subarray(at);
    return { bytes, args: [(args[0] ?? "").toUpperCase(), ...args.slice(1)] };
  }

  #number(mark: "*" | "$", start: number): { value: number; end: number } | undefined {
    const end = this.#buffer.indexOf("\r\n", start);
    if (end === -1) return undefined;
    const line = this.#buffer.toString("latin1", start, end);
    const value = Number(line.slice(1));
    if (!line.startsWith(mark) || !Number.isInteger(value)) throw new Error(`Not a Redis command: ${line}`);
    return { value, end: end + 2 };
  }
}
