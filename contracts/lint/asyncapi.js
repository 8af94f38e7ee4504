// Reads AsyncAPI documents with the official parser; whatever it says beyond advice fails.
import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const ADVICE = 2;
const parser = new Parser();
let failed = false;

for (const name of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(await readFile(name, "utf8"), { source: name });
  const faults = diagnostics.filter(({ severity }) => severity < ADVICE);
  for (const { code, message, path } of faults) console.error(`${name}: ${path.join(".")}: ${message} (${code})`);
  failed ||= document === undefined || faults.length > 0;
}

process.exitCode = failed ? 1 : 0;
