/**
 * For TypeDoc: modules have the names by which they are imported, guides have their headings for names, and links to the
 * rest of the site work on every page.
 */
import { readFileSync } from "node:fs";

const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

/** By the folder or file of each entry: the name of its module. */
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
      if (name === undefined) throw new Error(`no entry of the package is called ${module.name}`);
      module.name = name;
    }
  });
  // By now every guide has its address, which its file name gives.
  app.renderer.on("beginRender", ({ project }) => {
    for (const document of project.documents ?? []) {
      const text = document.content.map((part) => part.text).join("");
      const [, heading] = /^# (.+)$/m.exec(text) ?? [];
      if (heading !== undefined) document.name = heading.replaceAll("`", "");
    }
  });
  // The reference stands in a folder of the site, and its pages in folders of their own.
  app.renderer.on("endPage", (page) => {
    const depth = page.url.split("/").length;
    page.contents = page.contents?.replaceAll('href="site:', `href="${"../".repeat(depth)}`);
  });
}
