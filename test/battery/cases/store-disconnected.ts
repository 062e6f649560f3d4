/** Case B8: the session store reports that it is disconnected, and express-session continues without sessions. */
import { inParallel, Tally, type AppPair, type BatteryCase } from "../support/battery-case.js";
import { Browser } from "../../harness/browser.js";
import { send } from "../../harness/http.js";
import { CANARY } from "../support/guarded-app.js";
import { isWholeSeconds } from "../support/load.js";
import { signInPeople } from "../support/outage.js";

interface Count {
  unavailable: number;
  protectedSeen: number;
  others: number;
}

const PATHS = ["/me", "/page", "/guarded/x", "/write", "/curfew/status"] as const;
const PEOPLE = 10;

async function tell(app: AppPair, event: "disconnect" | "connect"): Promise<number> {
  const answers = await Promise.all(
    app.ports.map((port) => send(port, `/control/store/${event}`, { body: {} })),
  );
  return answers.filter(({ json }) => json["heard"] === true).length;
}

/** Asks for every page, half of the time with the cookie of a signed-in user. */
async function askAll(
  app: AppPair,
  people: readonly Browser[],
  requests: number,
  paths: readonly string[],
): Promise<Count> {
  const count: Count = { unavailable: 0, protectedSeen: 0, others: 0 };
  await inParallel(requests, 10, async (index) => {
    const person = people[Math.floor(index / 2) % people.length];
    const browser = index % 2 === 0 && person ? person : new Browser();
    const path = paths[index % paths.length] ?? "/me";
    const body = { key: "b8" };
    const answer =
      path === "/write"
        ? browser.at(app.port(index)).post(path, body)
        : browser.at(app.port(index)).get(path);
    const { status, headers, text } = await answer;
    if (status === 503 && isWholeSeconds(headers["retry-after"])) count.unavailable += 1;
    else count.others += 1;
    if (text.includes(CANARY)) count.protectedSeen += 1;
  });
  return count;
}

/** B8. */
export const storeDisconnected: BatteryCase = {
  id: "B8",
  title: "The store emits 'disconnect', so requests have no req.session",
  passesAt:
    "1,000 of 1,000 requests are 503 with Retry-After, with and without a cookie; 0 protected pages shown",
  async run(stage) {
    const requests = stage.count(1_000);
    const app = await stage.startApp();
    const people = await signInPeople(app, PEOPLE);
    const heard = await tell(app, "disconnect");
    const away = await askAll(app, people, requests, PATHS);
    await tell(app, "connect");
    let letIn = 0;
    await inParallel(PEOPLE, 4, async (index) => {
      if ((await people[index]?.at(app.port(index)).get("/me"))?.status === 200) letIn += 1;
    });
    const tally = new Tally()
      .exactly("stores that said so", heard, 2)
      .exactly("answered 503 with Retry-After", away.unavailable, requests)
      .none("protected", away.protectedSeen)
      .exactly("let in again after 'connect'", letIn, PEOPLE);

    const naive = await stage.startApp({ kind: "naive" });
    const naivePeople = await signInPeople(naive, PEOPLE, "naive");
    await tell(naive, "disconnect");
    const naiveRequests = stage.count(100);
    const byHand = await askAll(naive, naivePeople, naiveRequests, ["/me", "/write"]);
    return tally.naiveFails("answered otherwise than 503", byHand.others, naiveRequests, 0.9);
  },
};
