/** Bundles the apps of docs/single-page-apps.md, word for word, as a single-page app is bundled. */
import { basename, join } from "node:path";
import { build, type Plugin } from "esbuild";
import { compileScript, parse } from "vue/compiler-sfc";
import { codeBlocks } from "../harness/markdown.js";
import { ROOT } from "../harness/source-files.js";

const PAGE = "docs/single-page-apps.md";
const REACT = `import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { SessionWarning } from "./SessionWarning.jsx";
createRoot(document.querySelector("#root")).render(<StrictMode><SessionWarning /></StrictMode>);`;
const VUE = `import { createApp } from "vue";
import App from "./App.vue";
createApp(App).mount("#root");`;
/** React starts each effect twice in this mode only. */
const DEFINE = {
  "process.env.NODE_ENV": '"development"',
  __VUE_OPTIONS_API__: "false",
  __VUE_PROD_DEVTOOLS__: "false",
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
};

/** Files by name, as a server sends them. The first file of an app is `app.js`. */
export type Files = ReadonlyMap<string, string>;

/** Bundles the app of a framework. */
export async function bundleDocs(framework: "React" | "Vue"): Promise<Files> {
  const [jsx = "", js = "", vue = ""] = ["jsx", "js", "vue"].map((language) => codeBlocks(PAGE, language)[0]);
  const sources = { "SessionWarning.jsx": jsx, "session.js": js, "App.vue": compileVue(vue) };
  const { outputFiles } = await build({
    stdin: { contents: framework === "React" ? REACT : VUE, loader: "jsx", resolveDir: ROOT },
    entryNames: "app",
    bundle: true,
    splitting: true,
    format: "esm",
    jsx: "automatic",
    outdir: join(ROOT, "temp/docs"),
    write: false,
    define: DEFINE,
    alias: { "express-curfew/client": join(ROOT, "src/client/index.ts") },
    plugins: [inMemory(sources)],
  });
  return new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
}

/** Takes files of the page in place of files on the disk. */
function inMemory(sources: Readonly<Record<string, string>>): Plugin {
  const namespace = "docs";
  return {
    name: namespace,
    setup: ({ onResolve, onLoad }) => {
      onResolve({ filter: /^\.\// }, ({ path }) =>
        basename(path) in sources ? { path: basename(path), namespace } : undefined,
      );
      onLoad({ filter: /./, namespace }, ({ path }) => ({
        contents: sources[path] ?? "",
        loader: "jsx",
        resolveDir: ROOT,
      }));
    },
  };
}

/** Compiles a component to JavaScript, as Vue's bundler plugins do. */
function compileVue(source: string): string {
  const { descriptor, errors } = parse(source);
  if (errors.length > 0) throw new Error(`${PAGE}: ${String(errors[0])}`);
  return compileScript(descriptor, { id: "app", inlineTemplate: true }).content;
}
