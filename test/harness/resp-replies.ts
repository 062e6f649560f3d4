/** Cuts the bytes that Redis sends into whole answers, of RESP2 and RESP3. */

/** One answer as it came over the wire. */
export interface RespReply {
  readonly bytes: Buffer;
  /** True if it answers no command: a push message of RESP3. */
  readonly isPush: boolean;
}

const NEWLINE = Buffer.from("\r\n");
const BLOBS = "$!=";
const AGGREGATES = "*~>%|";

/** Collects chunks and returns complete answers. */
export class RespReplyReader {
  #buffer: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): RespReply[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const replies: RespReply[] = [];
    for (let end = this.#endOf(0); end !== undefined; end = this.#endOf(0)) {
      const bytes = this.#buffer.subarray(0, end);
      replies.push({ bytes, isPush: bytes[0] === ">".charCodeAt(0) });
      this.#buffer = this.#buffer.subarray(end);
    }
    return replies;
  }

  /** Returns the end of the value that begins at `start`; `undefined` if the value is incomplete. */
  #endOf(start: number): number | undefined {
    const lineEnd = this.#buffer.indexOf(NEWLINE, start);
    if (lineEnd === -1) return undefined;
    const mark = this.#buffer.toString("latin1", start, start + 1);
    const size = Number(this.#buffer.toString("latin1", start + 1, lineEnd));
    const next = lineEnd + NEWLINE.length;
    if (BLOBS.includes(mark)) {
      const end = size < 0 ? next : next + size + NEWLINE.length;
      return end <= this.#buffer.length ? end : undefined;
    }
    if (!AGGREGATES.includes(mark)) return next;
    // A map has a key and a value for each entry. Attributes precede the value to which they belong.
    const values = mark === "%" ? 2 * size : mark === "|" ? 2 * size + 1 : size;
    let end: number | undefined = next;
    for (let index = 0; index < values && end !== undefined; index += 1) end = this.#endOf(end);
    return end;
  }
}
