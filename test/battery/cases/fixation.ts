/** Case A12: an id planted before the sign-in is worthless after it. */
import { inParallel, Tally, type BatteryCase } from "../support/battery-case.js";
import { Browser, SESSION_COOKIE } from "../../harness/browser.js";

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
      await attacker.at(app.port(index)).get("/cart");
      if (attacker.cookies.has(SESSION_COOKIE)) planted += 1;
      const victim = attacker.clone();
      await victim.at(app.port(index + 1)).trySignIn(`a12-${index}`);
      if (victim.cookie(SESSION_COOKIE) !== attacker.cookie(SESSION_COOKIE)) renewed += 1;
      if ((await attacker.clone().at(app.port(index)).get("/me")).status === 401) refused += 1;
      if ((await victim.at(app.port(index)).get("/me")).status === 200) signedIn += 1;
      // The attacker's own sign-in under the planted id does not touch the victim's session either.
      await attacker.at(app.port(index)).trySignIn(`a12-attacker-${index}`);
      if ((await victim.at(app.port(index + 1)).get("/me")).json["userId"] === `a12-${index}`) alone += 1;
    });
    return new Tally()
      .exactly("ids planted", planted, races)
      .exactly("planted ids refused", refused, races)
      .exactly("ids renewed", renewed, races)
      .exactly("victims signed in", signedIn, races)
      .exactly("victims left alone", alone, races).outcome;
  },
};
