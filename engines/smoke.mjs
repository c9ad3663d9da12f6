/** Loads the built package by its name, by `import` and by `require`. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";

const use = `
if (!UserId.is("@alice:example.org") || conformance.cases.length === 0) throw new Error("unusable");
if (!JsonText.is("{}") || jsonSchema("ToDeviceMessage", "2020-12").$ref === undefined) throw new Error("unusable");
console.log("loaded");
`;

const programs = {
  import: [
    "smoke.mjs",
    `import { UserId } from "matrix-send-to-device";
import { jsonSchema } from "matrix-send-to-device/json-schema";
import { conformance } from "matrix-send-to-device/testing";
import { JsonText } from "matrix-send-to-device/text";
${use}`,
  ],
  require: [
    "smoke.cjs",
    `const { UserId } = require("matrix-send-to-device");
const { jsonSchema } = require("matrix-send-to-device/json-schema");
const { conformance } = require("matrix-send-to-device/testing");
const { JsonText } = require("matrix-send-to-device/text");
${use}`,
  ],
};

/** A folder in which the package is installed, as a link to the root. */
export function consumerIn(folder) {
  mkdirSync(`${folder}/node_modules`, { recursive: true });
  symlinkSync("../../..", `${folder}/node_modules/matrix-send-to-device`);
  writeFileSync(`${folder}/package.json`, '{ "private": true }\n');
  for (const [file, program] of Object.values(programs))
    writeFileSync(`${folder}/${file}`, program);
}

/** What goes wrong when an engine loads the package. */
export function loadFaults({ name, command, args }, folder) {
  return Object.entries(programs).flatMap(([way, [file]]) => {
    const { stdout, stderr } = spawnSync(command, [...args, file], {
      cwd: folder,
      encoding: "utf8",
    });
    return stdout === "loaded\n" ? [] : [`${name}: ${way}: ${stderr.trim().slice(0, 1000)}`];
  });
}
