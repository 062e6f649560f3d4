/** Case A12: an id planted before the sign-in is worthless after it. */
import { inParallel, Tally, type BatteryCase } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../support/browser.js";

/** A12. */
export const plantedId: BatteryCase = {
  id: "A12",
  title: "A planted anonymous id, a sign-in, then a request with the planted id",
  passesAt: "1,000 of 1,000 are 401, and the new id differs",
  async run(stage) {
    const app = await stage.startApp();
    const races = stage.count(1_000);
    let [planted, refused, renewed, signedIn, alone] = [0, 0, 0, 0, 0];
    await inParallel(races, 20, async (index) => {
      const attacker = new Browser();
      await attacker.get(app.port(index), "/cart");
      if (attacker.cookies.has(SESSION_COOKIE)) planted += 1;
      const victim = attacker.clone();
      await victim.signIn(app.port(index + 1), `a12-${index}`);
      if (victim.cookies.get(SESSION_COOKIE) !== attacker.cookies.get(SESSION_COOKIE)) renewed += 1;
      if ((await attacker.clone().get(app.port(index), "/me")).status === 401) refused += 1;
      if ((await victim.get(app.port(index), "/me")).status === 200) signedIn += 1;
      // The attacker's own sign-in under the planted id does not touch the victim's session either.
      await attacker.signIn(app.port(index), `a12-attacker-${index}`);
      if ((await victim.get(app.port(index + 1), "/me")).json["userId"] === `a12-${index}`) alone += 1;
    });
    return new Tally()
      .exactly("ids planted", planted, races)
      .exactly("planted ids refused", refused, races)
      .exactly("ids renewed", renewed, races)
      .exactly("victims signed in", signedIn, races)
      .exactly("victims left alone", alone, races).outcome;
  },
};
