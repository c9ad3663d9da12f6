/**
 * Finds Chromium for the page tests. If it is missing, installs Debian's package if possible.
 *
 * Never downloads a browser from elsewhere: set CHROMIUM to the executable of an installed one.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";

const candidates = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** The executable of Chromium, if one is installed. */
export function findChromium() {
  return candidates.find((path) => path !== undefined && isExecutable(path));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const howToInstall =
  "The tests of the site need Chromium. Install it (Debian: apt-get install chromium), or set CHROMIUM to its executable.";

function installChromium() {
  const canInstall = process.getuid?.() === 0 && isExecutable("/usr/bin/apt-get");
  if (!canInstall) return;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const options = { env, stdio: ["ignore", "ignore", "inherit"] };
  spawnSync("apt-get", ["update", "-q"], options);
  spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", "chromium"], options);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  if (findChromium() === undefined) installChromium();
  if (findChromium() === undefined) {
    console.error(howToInstall);
    process.exit(1);
  }
}
