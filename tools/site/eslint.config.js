import js from "@eslint/js";
import globals from "globals";

const browser = { ecmaVersion: 2022, sourceType: "script", globals: globals.browser };

export default [
  {
    // Each script alone: the compiler knows the names of the others, and the joined script who uses them.
    files: ["igds_bench/report/site/static/js/**/*.js"],
    languageOptions: browser,
    rules: {
      ...js.configs.recommended.rules,
      "no-undef": "off",
      "no-unused-vars": ["error", { vars: "local" }],
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "max-lines": ["error", 250],
      "max-params": ["error", 6],
    },
  },
  {
    // All of them as the page holds them: nothing unknown, unused, or used before it is there.
    files: ["build/site.js"],
    languageOptions: browser,
    rules: {
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-shadow": ["error", { builtinGlobals: false }],
      "no-use-before-define": ["error", { functions: false, variables: false }],
      strict: ["error", "function"],
    },
  },
];
