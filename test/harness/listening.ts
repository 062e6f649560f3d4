/** Reads the addresses on which a process listens from the kernel. */
import { readdir, readFile, readlink } from "node:fs/promises";

const LISTENING = "0A";

/** Returns the addresses on which a process listens, such as `127.0.0.1:3000`; `null` without /proc (not Linux). */
export async function listeningAddresses(pid: number): Promise<string[] | null> {
  try {
    const inodes = await socketsOf(pid);
    const lines = [...(await linesOf(pid, "tcp")), ...(await linesOf(pid, "tcp6"))];
    return lines
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === LISTENING && inodes.has(inode ?? ""))
      .map(([, address]) => readable(address ?? ""));
  } catch {
    return null;
  }
}

async function socketsOf(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`;
  const targets = await Promise.all(
    (await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => "")),
  );
  return new Set(targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []));
}

async function linesOf(pid: number, table: "tcp" | "tcp6"): Promise<string[]> {
  const text = await readFile(`/proc/${pid}/net/${table}`, "utf8").catch((error: unknown) => {
    if (table === "tcp") throw error;
    return "";
  });
  return text.split("\n").slice(1);
}

/** Translates `0100007F:0BB8` to `127.0.0.1:3000`. An IPv6 address only has to differ from 127.0.0.1. */
function readable(address: string): string {
  const [host = "", port = ""] = address.split(":");
  const bytes = host.match(/../g) ?? [];
  const name =
    bytes.length === 4
      ? bytes
          .toReversed()
          .map((byte) => parseInt(byte, 16))
          .join(".")
      : `[${host}]`;
  return `${name}:${parseInt(port, 16)}`;
}
