import { expect } from "vitest";
import { T } from "./policy-fixtures.js";
import type { PlayedSession, Player, TimeVector } from "./time-vector.js";

/** Plays a vector with a driver, and checks each step. */
export async function playVector(player: Player, { first = {}, steps }: TimeVector): Promise<void> {
  player.setTime(T);
  const sessions: PlayedSession[] = [await player.signIn(first)];
  let last = T;
  for (const step of steps) {
    const { at: now, session: index = 0 } = step;
    const session = sessions[index];
    if (!session) throw new Error(`the vector has no session ${String(index)}`);
    const label = `after ${String((now - T) / 60_000)} minutes`;
    if ("act" in step && step.every !== undefined)
      for (let time = last + step.every; time < now; time += step.every) {
        player.setTime(time);
        await session.act();
      }
    player.setTime(now);
    last = now;
    if ("signIn" in step) sessions.push(await player.signIn(step.signIn));
    else if ("save" in step) await player.save(step.save);
    else if ("act" in step) await session.act();
    else if ("extend" in step) expect(await session.extend(), label).toBe(step.extend);
    else if (typeof step.is === "string") expect(await session.look(), label).toBe(step.is);
    else {
      const found = await session.look();
      expect(found, label).toBeTypeOf("object");
      expect(found, label).toMatchObject(step.is);
    }
  }
}
