import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores([
    "dist/",
    "coverage/",
    "temp/",
    "example-app/dist/",
    "**/*.generated.*",
    // Compiled against the packed tarball by test/package/packed.test.ts, and not before there is one.
    "test/package/consumer/",
    // Compiled and run in projects of their own by test/consumers/run.ts.
    "test/consumers/fixtures/",
  ]),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: false, skipComments: false }],
      eqeqeq: ["error", "always"],
      "no-param-reassign": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/explicit-module-boundary-types": "error",
      // A number in a template is what it looks like; everything else still has to be spelled out.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // Underscore: a parameter that only holds a place.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_", destructuredArrayIgnorePattern: "^_" },
      ],
      // `process.env["X"]` and record types read from outside are clearer as what they are.
      "@typescript-eslint/dot-notation": "off",
      // `Record<K, V>` or an index signature, `interface` or `type`: whichever says more.
      "@typescript-eslint/consistent-indexed-object-style": "off",
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      // expect(object.method) takes the method as a value.
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: ["**/*.js", "**/*.mjs"],
    extends: [tseslint.configs.disableTypeChecked],
    rules: { "@typescript-eslint/explicit-module-boundary-types": "off" },
  },
);
