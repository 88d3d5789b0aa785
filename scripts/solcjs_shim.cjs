#!/usr/bin/env node
// Presents the npm package "solc" as the native compiler's command line, as far as py-solc-x and ape use it:
// --version, and --standard-json on stdin with --base-path and --include-path. `solc_setup.py` fills in the
// two constants and the interpreter. (The package's own "solcjs" prints a line before its JSON.)
"use strict";
const fs = require("fs");
const path = require("path");

const MODULE = "@MODULE@";
const LONG_VERSION = "@VERSION@";
const OPTIONS_WITH_VALUE = new Set(["--base-path", "--include-path", "--allow-paths"]);

function refuse(message) {
  process.stderr.write(`solcjs shim: ${message}\n`);
  process.exit(1);
}

function parse(argv) {
  const options = { roots: [], standardJson: false };
  for (let i = 0; i < argv.length; i++) {
    const equals = argv[i].startsWith("--") ? argv[i].indexOf("=") : -1;
    const name = equals < 0 ? argv[i] : argv[i].slice(0, equals);
    if (OPTIONS_WITH_VALUE.has(name)) {
      const value = equals < 0 ? argv[++i] : argv[i].slice(equals + 1);
      if (value === undefined) refuse(`${name} needs a value`);
      if (name === "--base-path") options.roots.unshift(value);
      if (name === "--include-path") options.roots.push(value);
    } else if (name === "--version") {
      process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${LONG_VERSION}\n`);
      process.exit(0);
    } else if (name === "--standard-json" || name === "-") {
      options.standardJson = true;
    } else {
      refuse(`unrecognised option ${name}`);
    }
  }
  if (!options.standardJson) refuse("only --version and --standard-json are supported");
  if (options.roots.length === 0) options.roots.push(process.cwd());
  return options;
}

function reader(roots) {
  return (name) => {
    for (const root of roots) {
      const file = path.resolve(root, name);
      if (fs.existsSync(file) && fs.statSync(file).isFile()) return { contents: fs.readFileSync(file, "utf8") };
    }
    return { error: `File not found: ${name}` };
  };
}

const options = parse(process.argv.slice(2));
const input = fs.readFileSync(0, "utf8");
const solc = require(MODULE);
// The package turns any later failure into silence; let it be seen.
for (const event of ["uncaughtException", "unhandledRejection"]) process.removeAllListeners(event);
const output = Buffer.from(solc.compile(input, { import: reader(options.roots) }), "utf8");
for (let written = 0; written < output.length; ) written += fs.writeSync(1, output, written);
