/** Headers of real browsers and programs. */
export * from "../../src/testing/header-sets.js";
