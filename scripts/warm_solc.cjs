// The compiler of the npm package "solc", kept running: one line of standard JSON in, one line of its output out.
// Usage: node warm_solc.cjs MODULE
"use strict";
const readline = require("readline");
const solc = require(process.argv[2]);
// The package turns any later failure into silence; let it be seen.
for (const event of ["uncaughtException", "unhandledRejection"]) process.removeAllListeners(event);
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(`${JSON.stringify(JSON.parse(solc.compile(line)))}\n`);
});
