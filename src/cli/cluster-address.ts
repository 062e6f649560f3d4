/** The address of a node of a Cluster. */
import { UsageError } from "./arguments.js";

/** A node, and the options for the connections to all nodes. */
interface ClusterNode {
  readonly host: string;
  readonly port: number;
  readonly keyPrefix: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: object;
}

const DEFAULT_PORT = 6379;

/** Reads `rediss://user:password@host:port?keyPrefix=app:`. @throws UsageError, which never repeats the password */
export function clusterNodeIn(text: string): ClusterNode {
  const url = /^rediss?:/.test(text) && URL.canParse(text) ? new URL(text) : null;
  if (!url?.hostname)
    throw new UsageError(
      "with --cluster the address is the URL of a node; write --redis redis://user:password@host:6379",
    );
  const { hostname, port, username, password, protocol, searchParams } = url;
  for (const name of searchParams.keys())
    if (name !== "keyPrefix")
      throw new UsageError(`with --cluster the address takes no ${name}; it takes only keyPrefix`);
  return {
    // An address of IPv6 has brackets in a URL only.
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || DEFAULT_PORT),
    keyPrefix: searchParams.get("keyPrefix") ?? "",
    ...(username === "" ? {} : { username: decoded(username) }),
    ...(password === "" ? {} : { password: decoded(password) }),
    ...(protocol === "rediss:" ? { tls: {} } : {}),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(
      "the user or the password in the address has a % that is not percent-encoded; write %25",
    );
  }
}
