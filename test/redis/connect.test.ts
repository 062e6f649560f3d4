/** What is taken as the place of Redis. */
import { describe, expect, it } from "vitest";
import { Events } from "../../src/events.js";
import { connect } from "../../src/redis/connect.js";

const at = (url: string) => connect(url, new Events(() => undefined));

describe("a URL", () => {
  it.each([
    ["redis://127.0.0.1:1/0?enableOfflineQueue=true", "enableOfflineQueue"],
    ["rediss://127.0.0.1:1?family=4&connectTimeout=9999#x", "connectTimeout"],
    ["/tmp/redis.sock?maxRetriesPerRequest=20", "maxRetriesPerRequest"],
    ["redis://127.0.0.1:1?role=slave", "role"],
  ])("Q26: %s is refused, for it would undo what keeps an app answering", (url, name) => {
    expect(() => at(url)).toThrow(`redis: has ${name} in its URL`);
    expect(() => at(url)).toThrow(expect.objectContaining({ code: "invalid_option" }));
  });

  it("may say the rest", () => {
    const { client, close } = at("redis://127.0.0.1:1/3?family=4&connectionName=mine");
    close();
    expect(client.options).toMatchObject({
      db: 3,
      family: 4,
      connectionName: "mine",
      enableOfflineQueue: false,
      connectTimeout: 1_000,
    });
  });
});
