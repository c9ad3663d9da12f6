/** A browser and a web server for the tests of the built pages. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { findChromium, howToInstall } from "../chromium.mjs";

export const dist = new URL("../dist/", import.meta.url).pathname;

/** Starts Chromium, which `npm run site:test` installs if possible. */
export async function launch(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error(howToInstall);
  // CI runs as root, for which Chromium's sandbox is unavailable.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

const types: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

export type Server = {
  readonly address: string;
  /** The requested paths. */
  readonly requests: Array<string>;
  readonly close: () => void;
};

/** Serves the built site. */
export function serve(): Promise<Server> {
  const requests: Array<string> = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const path = normalize(
      decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname),
    );
    const file = join(dist, path.endsWith("/") ? `${path}index.html` : path);
    try {
      const body = readFileSync(file);
      response.writeHead(200, {
        "content-type": types[extname(file)] ?? "application/octet-stream",
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve, reject) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") {
        reject(new Error("the server has no port"));
        return;
      }
      resolve({
        requests,
        address: `http://127.0.0.1:${address.port}`,
        close: () => {
          server.close();
          server.closeAllConnections();
        },
      });
    });
  });
}
