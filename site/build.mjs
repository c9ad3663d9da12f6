/**
 * Builds the site into `dist`: the landing page, the inspector, and the reference with the guides.
 *
 * The inspector is one file with inline styles and scripts, which its policy allows by hash. It therefore works from any
 * server, and from a file URL, where browsers block module scripts.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const site = dirname(fileURLToPath(import.meta.url));
const root = dirname(site);
const out = join(site, "dist");
const read = (...path) => readFileSync(join(site, ...path), "utf8");

/** Bundles a script to one classic script. */
async function bundle(entry, name) {
  const result = await build({
    root: site,
    configFile: false,
    logLevel: "warn",
    resolve: {
      alias: [
        { find: "matrix-send-to-device/text", replacement: join(root, "src/text/index.ts") },
        { find: "matrix-send-to-device", replacement: join(root, "src/index.ts") },
        { find: /^style-mod$/, replacement: join(site, "inspector/style-mod.ts") },
      ],
    },
    build: {
      write: false,
      target: "es2022",
      lib: { entry: join(site, entry), formats: ["iife"], name },
    },
  });
  const chunk = [result].flat()[0].output.find(({ type }) => type === "chunk");
  // Escapes text that would end the element or begin a comment; the script means the same.
  return chunk.code.trim().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
}

const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Fills a template with placeholders `{{name}}` or, in place of an element, `<!--name-->`. */
function fill(template, values) {
  return template.replace(/\{\{(\w+)\}\}|<!--(\w+)-->/g, (_, attribute, content) => {
    const name = attribute ?? content;
    if (!Object.hasOwn(values, name)) throw new Error(`the template requires ${name}`);
    return values[name];
  });
}

function write(path, text) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), text);
}

const escapeHtml = (text) =>
  text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

async function inspector() {
  const style = read("style.css") + read("inspector/inspector.css");
  const engine = await bundle("inspector/engine.ts", "engine");
  const page = await bundle("inspector/page.ts", "page");
  const policy = [
    "default-src 'none'",
    "connect-src 'none'",
    `script-src ${hash(engine)} ${hash(page)}`,
    `style-src ${hash(style)}`,
    "img-src data:",
    "worker-src blob:",
    "form-action 'none'",
    "base-uri 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types inspector",
  ].join("; ");
  const values = {
    policy,
    style: `<style>${style}</style>`,
    engine: `<script id="engine">${engine}</script>`,
    page: `<script>${page}</script>`,
  };
  write("inspector/index.html", fill(read("inspector/index.html"), values));
}

function reference() {
  const typedoc = join(root, "node_modules/typedoc/bin/typedoc");
  execFileSync(process.execPath, [typedoc, "--out", join(out, "reference")], {
    cwd: root,
    stdio: "inherit",
  });
}

function landing() {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const style = read("style.css") + read("landing/landing.css");
  const policy = `default-src 'none'; style-src ${hash(style)}; img-src data:; base-uri 'none'`;
  const values = {
    policy,
    style: `<style>${style}</style>`,
    // The command without its comment.
    install: escapeHtml(codeOf(readme, "sh").split(/\s+#/)[0].trim()),
    example: highlighted(codeOf(readme, "ts").trim()),
    guides: guides().map(card).join("\n"),
  };
  write("index.html", fill(read("landing/index.html"), values));
}

/** The first code block in a language. The README's code is tested. */
function codeOf(markdown, language) {
  const [, code] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "ms").exec(markdown) ?? [];
  if (code === undefined) throw new Error(`the README has no ${language} code`);
  return code;
}

const token =
  /(?<comment>\/\/[^\n]*)|(?<string>"(?:[^"\\]|\\.)*")|(?<keyword>\b(?:import|from|const|if|for|of|export|function|return|type|async|await)\b(?!:))|./gs;

function highlighted(code) {
  return code.replace(token, (text, ...rest) => {
    const groups = rest.at(-1);
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    return kind === undefined
      ? escapeHtml(text)
      : `<span class="${kind}">${escapeHtml(text)}</span>`;
  });
}

/** The most popular guides. */
const firstGuides = ["homeserver.md", "bridge.md", "testing.md", "contents.md"];

const lastGuide = "decisions.md";

/** The guides: every document of the reference, with its heading and its first sentence. */
function guides() {
  const files = readdirSync(join(root, "docs")).filter((file) => file.endsWith(".md"));
  const others = files.filter((file) => ![...firstGuides, lastGuide].includes(file)).sort();
  return [...firstGuides, ...others, lastGuide]
    .filter((file) => files.includes(file))
    .map((file) => {
      const markdown = readFileSync(join(root, "docs", file), "utf8");
      const page = `reference/documents/${file.replace(/\.md$/, ".html")}`;
      if (!existsSync(join(out, page))) throw new Error(`the reference has no page for ${file}`);
      const [, title = file] = /^# (.+)$/m.exec(markdown) ?? [];
      const paragraph = firstParagraph(markdown);
      const [sentence = ""] = /^.*?[.:](?=\s|$)/.exec(plain(paragraph)) ?? [];
      return { page, title: plain(title), text: sentence.replace(/:$/, ".") };
    });
}

/** The text below the heading, if it is prose. */
function firstParagraph(markdown) {
  const blocks = markdown.replace(/<!--.*?-->/gs, "").split(/\n\s*\n/);
  const heading = blocks.findIndex((block) => /^# /m.test(block));
  const block = blocks[heading + 1] ?? "";
  return /^(?:#|\||<|- |```)/.test(block) ? "" : block;
}

/** Removes Markdown syntax. */
function plain(markdown) {
  return markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*]/g, "")
    .replace(/\s+/g, " ");
}

function card({ page, title, text }) {
  return `<li><h3><a href="${page}">${escapeHtml(title)}</a></h3><p>${escapeHtml(text)}</p></li>`;
}

rmSync(out, { recursive: true, force: true });
await inspector();
reference();
landing();
