/**
 * A TypeDoc plugin: names modules by their import path and guides by their heading, and makes links to the rest of the
 * site work on every page.
 */
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** The module name of each entry, by its folder or file. */
const names = new Map([
  ["index", manifest.name],
  ["text", `${manifest.name}/text`],
  ["testing", `${manifest.name}/testing`],
  ["json-schema", `${manifest.name}/json-schema`],
]);

export function load(app) {
  app.converter.on("resolveBegin", ({ project }) => {
    for (const module of project.children ?? []) {
      const name = names.get(module.name);
      if (name === undefined) throw new Error(`unknown entry of the package: ${module.name}`);
      module.name = name;
    }
  });
  // By now every guide has its address, which derives from its file name.
  app.renderer.on("beginRender", ({ project }) => {
    for (const document of project.documents ?? []) {
      const text = document.content.map((part) => part.text).join("");
      const [, heading] = /^# (.+)$/m.exec(text) ?? [];
      if (heading !== undefined) document.name = heading.replaceAll("`", "");
    }
  });
  // The reference is in a folder of the site, and its pages are in subfolders.
  app.renderer.on("endPage", (page) => {
    const depth = page.url.split("/").length;
    page.contents = page.contents?.replaceAll('href="site:', `href="${"../".repeat(depth)}`);
  });
}
