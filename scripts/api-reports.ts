/**
 * Compares the public declarations of each entry point with the reports in `etc/`, so that no change of the API goes
 * unnoticed. `--local` writes the reports again (`npm run api:update`).
 */
import { join } from "node:path";
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  ExtractorMessageCategory,
} from "@microsoft/api-extractor";
import { entryPoints, PROJECT_FOLDER, type EntryPoint } from "./entry-points.js";

const isLocal = process.argv.includes("--local");
const configFile = join(PROJECT_FOLDER, "config/api-extractor.json");

/** Compares an entry point with its report and prints the result. Returns true if both agree. */
function checkReport(entry: EntryPoint): boolean {
  const configObject = ExtractorConfig.loadFile(configFile);
  configObject.mainEntryPointFilePath = join(PROJECT_FOLDER, entry.types);
  // The browser's part has the DOM's types.
  if (entry.path === "client")
    configObject.compiler = { tsconfigFilePath: join(PROJECT_FOLDER, "src/client/tsconfig.build.json") };
  configObject.apiReport = {
    ...configObject.apiReport,
    enabled: true,
    reportFileName: `${entry.name}.api.md`,
  };
  const config = ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: configFile,
    packageJsonFullPath: join(PROJECT_FOLDER, "package.json"),
  });
  const result = Extractor.invoke(config, {
    localBuild: isLocal,
    messageCallback: (message) => {
      // The extractor prints the compiler's version and the written file. This script prints its own line.
      const isNoise = message.logLevel !== ExtractorLogLevel.Error;
      if (message.category === ExtractorMessageCategory.Console && isNoise) message.handled = true;
    },
  });
  const report = `etc/${entry.name}.api.md`;
  if (result.apiReportChanged) {
    console.log(
      isLocal ? `${report}: written` : `${report}: the API differs; npm run api:update, and review`,
    );
  } else if (result.errorCount + result.warningCount === 0) {
    console.log(`${report}: as reported`);
  }
  return result.succeeded;
}

const results = entryPoints().map(checkReport);
if (results.includes(false)) process.exitCode = 1;
