/**
 * Runs a scenario, even in a fresh clone: installs missing dependencies, builds, and starts.
 *
 *     node run-example.mjs federation
 */
import { execSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [scenario, ...options] = process.argv.slice(2);
const hosts = fileURLToPath(new URL(".", import.meta.url));
const library = join(hosts, "../..");

function npm(args, folder) {
  try {
    execSync(`npm ${args}`, { cwd: folder, stdio: "inherit" });
  } catch (error) {
    // The command has printed the reason.
    process.exit(error.status ?? 1);
  }
}

for (const folder of [library, hosts]) {
  if (!existsSync(join(folder, "node_modules"))) npm("ci", folder);
}
npm("run --silent build", library);
npm(
  `run --silent ${scenario} -- ${options.map((option) => JSON.stringify(option)).join(" ")}`,
  hosts,
);
