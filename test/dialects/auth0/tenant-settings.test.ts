/** Properties of the translation of Auth0's bodies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toSettings, toTenantSettings, WRITABLE } from "../../../src/dialects/auth0/tenant-settings.js";
import { DialectError } from "../../../src/dialects/dialect-router.js";
import { applyPatch, checkPatch, clampsOf, effectiveSettings } from "../../../src/policy/index.js";
import { limitsWith, settingsWith } from "../../harness/policy-fixtures.js";

const LIMITS = limitsWith();

const anyValue = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 2_400 }), weight: 5 },
  fc.integer({ min: -2, max: 600_000 }),
  fc.jsonValue(),
  fc.record({ mode: fc.constantFrom("persistent", "non-persistent", "other") }, { requiredKeys: [] }),
  fc.record({ oidc_logout_prompt_enabled: fc.oneof(fc.boolean(), fc.integer()) }),
);
const anyBody = fc.dictionary(fc.constantFrom(...WRITABLE, "friendly_name", "__proto__"), anyValue, {
  maxKeys: 5,
});

describe("a body in Auth0's format", () => {
  it("Q21, Q24: is refused with 400, or gives settings that can be saved", () => {
    let saved = 0;
    fc.assert(
      fc.property(anyBody, (body) => {
        try {
          const { patch } = toSettings(body);
          expect(checkPatch(patch, false)).toMatchObject({ ok: true });
          saved++;
        } catch (error) {
          expect(error).toBeInstanceOf(DialectError);
          expect(error).toMatchObject({ status: 400, code: "invalid_body" });
        }
      }),
      { numRuns: 2_000 },
    );
    expect(saved).toBeGreaterThan(20);
  });

  it("A2, A9: gives back the minutes that it has saved, and applies no more than the limits", () => {
    const minutes = fc.record({
      session_lifetime_in_minutes: fc.integer({ min: 1, max: 525_600 }),
      idle_session_lifetime_in_minutes: fc.integer({ min: 1, max: 144_000 }),
    });
    fc.assert(
      fc.property(minutes, (body) => {
        const { patch } = toSettings(body);
        const { settings } = applyPatch(settingsWith(), patch, { coupled: false });
        const effective = effectiveSettings(settings, LIMITS);
        const shown = { settings, effective, clamps: clampsOf(settings, effective), extra: {} };
        const { tenant, clamped } = toTenantSettings(shown);
        expect(Math.round(tenant.session_lifetime * 60)).toBe(body.session_lifetime_in_minutes);
        expect(Math.round((tenant.idle_session_lifetime ?? 0) * 60)).toBe(
          body.idle_session_lifetime_in_minutes,
        );
        expect(tenant.effective.session_lifetime).toBeLessThanOrEqual(720);
        expect(tenant.effective.idle_session_lifetime).toBeLessThanOrEqual(72);
        expect(clamped.includes("session_lifetime")).toBe(body.session_lifetime_in_minutes > 43_200);
        expect(clamped.includes("idle_session_lifetime")).toBe(body.idle_session_lifetime_in_minutes > 4_320);
      }),
    );
  });
});
