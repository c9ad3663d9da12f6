/** The built pages in Chromium: from a web server, and from a file URL. Needs `npm run build` before. */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { examples } from "../report/examples.ts";
import { dist, launch, type Server, serve } from "./browser.ts";
import { eduOf, exampleOf } from "./support.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = new URL("../../temp/site/", import.meta.url).pathname;

let browser: Browser;
let server: Server;

beforeAll(async () => {
  if (!existsSync(join(dist, "inspector/index.html"))) throw new Error("build the site before");
  mkdirSync(screenshots, { recursive: true });
  server = await serve();
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  server?.close();
});

const wide = { viewport: { width: 1440, height: 900 } };
const narrow = { viewport: { width: 390, height: 844 } };

const places = {
  "a web server": () => `${server.address}/`,
  "a file URL": () => `file://${dist}`,
} as const;

type Opened = {
  readonly page: Page;
  readonly errors: Array<string>;
};

/** Opens the inspector, and collects errors. */
async function open(base: string, options: object = wide): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: Array<string> = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") errors.push(message.text());
  });
  await page.goto(`${base}inspector/index.html`);
  await settled(page);
  return { page, errors };
}

/** Waits until the inspector has shown the report. */
async function settled(page: Page): Promise<void> {
  await page.waitForFunction(() => document.body.dataset.state === "done");
}

const message = (page: Page) => page.getByRole("textbox", { name: "Message" });
const region = (page: Page, name: string) => page.getByRole("region", { name });

async function openExample(page: Page, name: string): Promise<void> {
  await page
    .getByRole("group", { name: "Examples" })
    .getByRole("button", { name, exact: true })
    .click();
  await settled(page);
}

/** Pastes a text to replace the one in the editor. */
async function paste(page: Page, text: string): Promise<void> {
  await message(page).focus();
  await page.keyboard.press("Control+A");
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", pasted);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(event);
  }, text);
}

/** The texts of the regions for each example. */
const sayings: { readonly [id: string]: { readonly [region: string]: ReadonlyArray<RegExp> } } = {
  specification: {
    Result: [/Accepted/, /An EDU/, /Clients discard these contents/, /line 6, column 23/],
    Recipients: [/@alice:example\.org\s*IWHQUZUIAH\s*Its own contents/],
    Transport: [/385/, /65,536/, /1 transaction/],
    Contents: [/Invalid/, /m\.room_key_request/, /action: expected "request"/],
  },
  "forged-sender": {
    Result: [
      /Rejected/,
      /Forged sender/,
      /ForeignSender/,
      /expected user of malicious\.example/,
      /Synapse/,
    ],
    Recipients: [/IWHQUZUIAH\s*Nothing\s*The whole EDU is rejected/],
  },
  wildcard: {
    Result: [/Accepted/, /\* next to a named device/, /Dendrite delivers both/],
    Recipients: [/LAPTOP\s*Contents of \*/, /TABLET\s*Contents of \*/, /PHONE\s*Its own contents/],
  },
  large: {
    Result: [/Accepted/, /70,076 bytes/, /413/],
    Transport: [/70,076/, /107 % of 65,536/, /2 EDUs/, /65,106 bytes/, /5,178 bytes/],
    Contents: [/Valid\s*28/],
  },
  "lone-surrogate": {
    Result: [/Accepted in part/, /expected no lone surrogate/, /Synapse answers 500/],
    Recipients: [/LAPTOP\s*Its own contents/, /PHONE\s*Nothing/],
    Transport: [/No canonical JSON/],
  },
  "cancelled-request": {
    Result: [/Accepted/],
    Contents: [/Valid/, /body\s*null/, /The Rust SDK/],
  },
  "client-body": {
    Result: [/Accepted in part/, /\/sendToDevice body/, /expected integer/],
    Recipients: [
      /PHONE\s*Contents of \*/,
      /TABLET\s*Sent on\s*Sent to example\.net/,
      /WATCH\s*Nothing/,
    ],
    Transport: [/example\.org/, /example\.net/, /Cannot be sent/],
  },
  transaction: {
    Result: [
      /Accepted in part/,
      /A federation transaction/,
      /RecipientsNotLocal/,
      /Repeated message ID/,
      /InvalidEdu/,
      /Skipped/,
    ],
    Recipients: [/PHONE\s*Its own contents/, /GONE\s*Nothing\s*Unknown device/, /TABLET\s*Nothing/],
  },
  appservice: {
    Result: [/Accepted in part/, /An appservice transaction/, /InvalidEvent/, /mautrix-go/],
    Recipients: [/GHOST\s*Its own contents/],
  },
  sync: {
    Result: [/Accepted in part/, /A \/sync response/, /MustBeEncrypted/],
    Contents: [/Must only come encrypted/, /m\.room_key/, /Valid/, /m\.room_key\.withheld/],
  },
};

for (const [place, base] of Object.entries(places)) {
  describe(`the inspector from ${place}`, () => {
    for (const { id, name } of examples) {
      test(`shows the report of the example ${id}`, async () => {
        const { page, errors } = await open(base());
        await openExample(page, name);
        for (const [title, patterns] of Object.entries(sayings[id] ?? {})) {
          const text = await region(page, title).innerText();
          for (const pattern of patterns) expect(text).toMatch(pattern);
        }
        expect(Object.keys(sayings[id] ?? {}).length).toBeGreaterThan(0);
        expect(errors).toEqual([]);
        await page.context().close();
      });
    }

    test("works in a worker, and shows the same in time slices without one", async () => {
      const { page } = await open(base());
      await openExample(page, exampleOf("transaction").name);
      expect(await page.evaluate(() => document.body.dataset.engine)).toBe("worker");
      const expected = await region(page, "Result").innerText();
      const context = await browser.newContext(wide);
      await context.addInitScript(() => Reflect.deleteProperty(globalThis, "Worker"));
      const other = await context.newPage();
      await other.goto(`${base()}inspector/index.html#transaction`);
      await settled(other);
      expect(await other.evaluate(() => document.body.dataset.engine)).toBe("slices");
      expect(await region(other, "Result").innerText()).toBe(expected);
      await context.close();
      await page.context().close();
    });

    test("requests nothing but itself, and its policy blocks every request and script", async () => {
      server.requests.length = 0;
      const { page } = await open(base());
      const violations = page.evaluate(
        () =>
          new Promise<ReadonlyArray<string>>((resolve) => {
            const found: Array<string> = [];
            document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => {
              found.push(effectiveDirective);
              if (found.length === 4) resolve(found.sort());
            });
          }),
      );
      const attempts = await page.evaluate(async (address) => {
        const caught = (attempt: Promise<unknown>) =>
          attempt.then(
            () => "passed",
            () => "blocked",
          );
        const fetched = await caught(fetch(`${address}?leak`));
        const image = new Image();
        const loaded = new Promise((resolve, reject) => {
          image.onload = resolve;
          image.onerror = reject;
        });
        image.src = `${address}?image`;
        const shown = await caught(loaded);
        const script = document.createElement("script");
        let assigned = "blocked";
        try {
          script.text = "document.title = 'changed'";
          document.body.append(script);
          assigned = "passed";
        } catch {
          // Trusted types forbid the assignment itself.
        }
        const style = document.createElement("style");
        style.textContent = "body { display: none }";
        document.head.append(style);
        return { fetched, shown, assigned, display: getComputedStyle(document.body).display };
      }, `${server.address}/index.html`);
      expect(attempts).toEqual({
        fetched: "blocked",
        shown: "blocked",
        assigned: "blocked",
        display: "block",
      });
      expect(await violations).toEqual([
        "connect-src",
        "img-src",
        "require-trusted-types-for",
        "style-src-elem",
      ]);
      expect(await page.title()).toContain("EDU inspector");
      const own = base().startsWith("file:") ? [] : ["/inspector/index.html"];
      expect(server.requests).toEqual(own);
      await page.context().close();
    });

    test("stores nothing, and puts the ID of an example into the address, but no text", async () => {
      const { page } = await open(base());
      const hash = () => new URL(page.url()).hash;
      await openExample(page, exampleOf("wildcard").name);
      expect(hash()).toBe("#wildcard");
      await paste(page, eduOf({ type: "org.example.secret" }));
      await settled(page);
      expect(await region(page, "Contents").innerText()).toContain("org.example.secret");
      expect(hash()).toBe("");
      expect(page.url()).not.toContain("secret");
      const stored = await page.evaluate(async () => {
        const databases = await indexedDB.databases().catch(() => []);
        const storages = [localStorage.length, sessionStorage.length];
        return [...storages, document.cookie.length, databases.length];
      });
      expect(stored).toEqual([0, 0, 0, 0]);
      await page.goto(`${base()}inspector/index.html#large`);
      await page.reload();
      await settled(page);
      expect(await region(page, "Result").innerText()).toContain("70,076");
      await page.context().close();
    });

    test("does not freeze on a text of 5 MB, in a worker or in slices", async () => {
      const leaf = {
        algorithm: "m.olm.v1.curve25519-aes-sha2",
        ciphertext: {},
        sender_key: "k".repeat(620),
      };
      const users = Array.from({ length: 70 }, (_, index) => [
        `@user${index}:example.org`,
        { PHONE: leaf },
      ]);
      const edus = Array.from({ length: 100 }, (_, index) =>
        JSON.parse(eduOf({ message_id: `${index}`, messages: Object.fromEntries(users) })),
      );
      const text = JSON.stringify({ origin: "example.com", origin_server_ts: 1, pdus: [], edus });
      expect(text.length).toBeGreaterThan(5_000_000);
      for (const engine of ["worker", "slices"]) {
        const context = await browser.newContext(wide);
        // No timer waits, and each look at the clock takes 5 ms, so that the counts do not depend on the machine.
        await context.addInitScript(() => {
          const { setTimeout } = globalThis;
          Object.assign(globalThis, { setTimeout: (run: () => void) => setTimeout(run) });
          let now = 0;
          performance.now = () => (now += 5);
        });
        if (engine === "slices") {
          await context.addInitScript(() => Reflect.deleteProperty(globalThis, "Worker"));
        }
        const page = await context.newPage();
        await page.goto(`${base()}inspector/index.html`);
        await settled(page);
        // Counts the tasks that run during an inspection, how often the bar is shown, and its values.
        await page.evaluate(() => {
          const counts = { turns: 0, shown: 0, values: new Set<number>() };
          Object.assign(globalThis, { counts });
          const bar = document.querySelector("progress");
          if (bar === null) throw new Error("the page has no bar");
          new MutationObserver((records) => {
            for (const { attributeName, oldValue } of records) {
              if (attributeName === "hidden" && oldValue !== null) counts.shown++;
              if (attributeName === "value") counts.values.add(Number(oldValue));
            }
          }).observe(bar, { attributes: true, attributeOldValue: true });
          const turn = () => {
            if (!bar.hidden) counts.turns++;
            setTimeout(turn);
          };
          turn();
        });
        // Once pasted by a user, once typed line by line by a tool.
        if (engine === "worker") await paste(page, text);
        else await message(page).fill(JSON.stringify(JSON.parse(text), undefined, 1));
        await page.waitForFunction(() =>
          document.querySelector(".summary")?.textContent?.includes("7,000 devices"),
        );
        await settled(page);
        const { turns, shown, values } = await page.evaluate(() => {
          const { counts } = globalThis as unknown as {
            readonly counts: { turns: number; shown: number; values: Set<number> };
          };
          return { turns: counts.turns, shown: counts.shown, values: counts.values.size };
        });
        expect(shown).toBeGreaterThan(0);
        expect(values).toBeGreaterThan(10);
        // A worker may be done before the page has a turn.
        if (engine === "slices") expect(turns).toBeGreaterThan(10);
        expect(await page.evaluate(() => document.body.dataset.engine)).toBe(engine);
        await context.close();
      }
    });
  });
}

describe("the page", () => {
  const base = places["a web server"];

  test("marks the place in the editor, and links to it from the result", async () => {
    const { page } = await open(base());
    await openExample(page, exampleOf("forged-sender").name);
    expect(await page.locator(".mark-rejection").allInnerTexts()).toContain('"@john:example.com"');
    await region(page, "Result")
      .getByRole("button", { name: /^line \d+, column \d+$/ })
      .first()
      .click();
    expect(await page.evaluate(() => getSelection()?.toString())).toBe('"@john:example.com"');
    expect(await message(page).evaluate((node) => node.contains(document.activeElement))).toBe(
      true,
    );
    await page.context().close();
  });

  test("fills the fields by keyboard, and leaves the editor with Tab", async () => {
    const { page } = await open(base());
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
      "Skip to the result",
    );
    const focused = () =>
      page.evaluate(
        () =>
          document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.id ?? "",
      );
    for (let presses = 0; presses < 40 && (await focused()) !== "Message"; presses++) {
      await page.keyboard.press("Tab");
    }
    expect(await focused()).toBe("Message");
    await page.keyboard.insertText(
      eduOf({ messages: { "@alice:example.org": { PHONE: {}, WATCH: null } } }),
    );
    await settled(page);
    expect(await region(page, "Result").innerText()).toContain("Accepted in part");
    await page.keyboard.press("Tab");
    expect(await focused()).not.toBe("Message");
    await page.getByRole("textbox", { name: "Origin" }).focus();
    await page.keyboard.type("example.net");
    await settled(page);
    expect(await region(page, "Result").innerText()).toContain("ForeignSender");
    await page.keyboard.press("Control+A");
    await page.keyboard.type("no server");
    await settled(page);
    expect(await page.getByRole("textbox", { name: "Origin" }).getAttribute("aria-invalid")).toBe(
      "true",
    );
    expect(await page.locator("#origin-note").innerText()).toContain("invalid host name");
    await page.getByRole("textbox", { name: "Own server" }).focus();
    await page.keyboard.type("example.org");
    await settled(page);
    expect(await region(page, "Result").innerText()).toContain("Accepted in part");
    await page.context().close();
  });

  test("opens an example by keyboard", async () => {
    const { page } = await open(base());
    await page.getByRole("button", { name: "Lone surrogate" }).focus();
    await page.keyboard.press("Enter");
    await settled(page);
    expect(await region(page, "Result").innerText()).toContain("lone surrogate");
    expect(
      await page.getByRole("button", { name: "Lone surrogate" }).getAttribute("aria-pressed"),
    ).toBe("true");
    await page.context().close();
  });

  test("delivers to the devices in the edited table", async () => {
    const { page } = await open(base());
    await openExample(page, exampleOf("wildcard").name);
    await page.getByRole("textbox", { name: "Devices of user 1" }).fill("PHONE WATCH");
    await settled(page);
    expect(await region(page, "Recipients").innerText()).toMatch(/WATCH\s*Contents of \*/);
    expect(await region(page, "Recipients").innerText()).not.toContain("TABLET");
    await page.getByRole("button", { name: "Remove user 1" }).click();
    await settled(page);
    expect(await region(page, "Recipients").innerText()).toContain(
      "The server knows no device of this user.",
    );
    await page.getByRole("button", { name: "Add a user" }).click();
    await page.getByRole("textbox", { name: "User 1", exact: true }).fill("@alice:example.org");
    await settled(page);
    expect(await region(page, "Recipients").innerText()).toMatch(/PHONE\s*Its own contents/);
    await page.getByRole("button", { name: "Take them from the text" }).click();
    await settled(page);
    expect(await page.getByRole("textbox", { name: "Devices of user 1" }).inputValue()).toBe(
      "PHONE LAPTOP",
    );
    await page.context().close();
  });

  test("asks for the sender and type of a client's body", async () => {
    const { page } = await open(base());
    expect(await page.getByRole("textbox", { name: "Event type" }).isVisible()).toBe(false);
    await openExample(page, exampleOf("client-body").name);
    await page.getByRole("textbox", { name: "Event type" }).fill("m.room_key");
    await page.getByRole("textbox", { name: "Sender" }).fill("@john:example.org");
    await settled(page);
    expect(await region(page, "Contents").innerText()).toContain("Must only come encrypted");
    expect(await region(page, "Result").innerText()).toContain("@john:example.org");
    await page.context().close();
  });

  test("anonymises: the same outcome, and no part of the original", async () => {
    const { page } = await open(base());
    await openExample(page, exampleOf("transaction").name);
    const outcome = async () =>
      (await page.locator("#result-body .badge").allInnerTexts()).join(" ");
    const before = await outcome();
    await page.getByRole("button", { name: "Anonymise" }).click();
    await page.waitForFunction(
      () => !document.querySelector(".cm-content")?.textContent?.includes("alice"),
    );
    await settled(page);
    expect(await outcome()).toBe(before);
    const whole = await page.evaluate(() => document.body.innerText);
    for (const secret of ["alice", "john", "RJYKSTBOIE"]) expect(whole).not.toContain(secret);
    expect(await page.getByRole("textbox", { name: "Origin" }).inputValue()).not.toContain(
      "example",
    );
    expect(new URL(page.url()).hash).toBe("");
    await page.context().close();
  });

  test("shows any pasted input as text", async () => {
    const { page, errors } = await open(base());
    const markup = '<img src=x onerror="document.title=1">';
    const messages = {
      "@alice:example.org": { [markup]: { [markup]: markup }, "\u202eABC\u0000": null },
    };
    await paste(page, eduOf({ messages, type: markup, message_id: markup }));
    await settled(page);
    expect(await page.locator(".card img").count()).toBe(0);
    const text = await region(page, "Recipients").innerText();
    expect(text).toContain(markup);
    expect(text).toContain("\\u202eABC\\u0000");
    expect(await region(page, "Contents").innerText()).toContain(markup);
    expect(errors).toEqual([]);
    await page.context().close();
  });

  test("explains why a text is not JSON, and what to do if it is empty", async () => {
    const { page } = await open(base());
    expect(await region(page, "Result").innerText()).toMatch(/Waiting[\s\S]*Paste an EDU/);
    await paste(page, '{"edu_type": tru}');
    await settled(page);
    expect(await region(page, "Result").innerText()).toMatch(
      /Not JSON[\s\S]*line 1, column 14[\s\S]*expected value/,
    );
    await paste(page, '{"messages":{},"messages":{}}');
    await settled(page);
    expect(await region(page, "Result").innerText()).toMatch(
      /Rejected[\s\S]*line 1, column 16[\s\S]*duplicate member name/,
    );
    await page.getByRole("button", { name: "Clear" }).click();
    await settled(page);
    expect(await region(page, "Result").innerText()).toContain("Waiting");
    await page.context().close();
  });

  test("clears the servers of an example when another text replaces it", async () => {
    const { page } = await open(base());
    await openExample(page, exampleOf("forged-sender").name);
    await message(page).fill(eduOf({ sender: "@john:example.net" }));
    await settled(page);
    expect(await page.getByRole("textbox", { name: "Origin" }).inputValue()).toBe("");
    expect(await region(page, "Result").innerText()).toContain("Accepted");
    await page.context().close();
  });
});

describe("screen readers and small screens", () => {
  const schemes = {
    light: { ...wide, colorScheme: "light" },
    dark: { ...wide, colorScheme: "dark" },
    narrow: { ...narrow, colorScheme: "light" },
    "narrow-dark": { ...narrow, colorScheme: "dark" },
  } as const;

  const seriousIn = async (page: Page) => {
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { axe: checker } = globalThis as unknown as {
        readonly axe: {
          readonly run: () => Promise<{
            readonly violations: ReadonlyArray<{
              readonly id: string;
              readonly impact: string;
              readonly nodes: ReadonlyArray<{ readonly html: string }>;
            }>;
          }>;
        };
      };
      return (await checker.run()).violations.map(({ id, impact, nodes }) => {
        return { id, impact, html: nodes[0]?.html };
      });
    });
    return violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  };

  for (const [scheme, options] of Object.entries(schemes)) {
    test(`${scheme}: axe finds nothing serious in the inspector, and nothing is cut off`, async () => {
      const { page } = await open(places["a web server"](), options);
      for (const { id, name } of examples) {
        await openExample(page, name);
        expect([id, await seriousIn(page)]).toEqual([id, []]);
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect([id, width]).toEqual([id, options.viewport.width]);
        await page.screenshot({ path: `${screenshots}${id}-${scheme}.png`, fullPage: true });
      }
      await page.context().close();
    });

    test(`${scheme}: axe finds nothing serious in the landing page, and nothing is cut off`, async () => {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      await page.goto(`${places["a web server"]()}index.html`);
      expect(await seriousIn(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(
        options.viewport.width,
      );
      await page.screenshot({ path: `${screenshots}landing-${scheme}.png`, fullPage: true });
      await context.close();
    });
  }
});

describe("the site", () => {
  const pages = () =>
    readdirSync(dist, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".html"),
    );

  test("the landing page leads to the reference, the guides and the inspector", async () => {
    const context = await browser.newContext(wide);
    const page = await context.newPage();
    const opened: Array<string> = [];
    await page.goto(`file://${dist}index.html`);
    const names = await page.locator(".cards a").allInnerTexts();
    expect(names).toContain("EDU inspector");
    expect(names).toContain("matrix-send-to-device/text");
    for (const name of [...names, "Reference"]) {
      await page.goto(`file://${dist}index.html`);
      await page.getByRole("link", { name, exact: true }).last().click();
      await page.waitForLoadState();
      const title = await page.title();
      if (name !== "Reference") expect(title).toContain(name);
      opened.push(title);
    }
    expect(opened.length).toBeGreaterThan(7);
    await context.close();
  });

  test("every guide is a page of the reference and has a card", () => {
    const landing = readFileSync(join(dist, "index.html"), "utf8");
    const guides = readdirSync(new URL("../../docs/", import.meta.url)).filter((name) =>
      name.endsWith(".md"),
    );
    expect(guides.length).toBeGreaterThan(2);
    for (const guide of guides) {
      const path = `reference/documents/${guide.replace(/\.md$/, ".html")}`;
      expect(existsSync(join(dist, path))).toBe(true);
      expect(landing).toContain(`href="${path}"`);
    }
  });

  test("the modules of the reference have the names of the entries", () => {
    for (const name of ["", "_text", "_testing", "_json-schema"]) {
      const page = join(dist, `reference/modules/matrix-send-to-device${name}.html`);
      expect(statSync(page).size).toBeGreaterThan(1000);
    }
  });

  test("every link within the site leads to a page", () => {
    const broken: Array<string> = [];
    let links = 0;
    for (const name of pages()) {
      const html = readFileSync(join(dist, name), "utf8").replace(/<script[\s\S]*?<\/script>/g, "");
      for (const [, address = ""] of html.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
        if (/^(?:[a-z][a-z+.-]*:|#|$)/.test(address)) continue;
        links++;
        const [path = ""] = address.split("#");
        const file = join(dist, dirname(name), decodeURIComponent(path));
        if (!existsSync(file)) broken.push(`${name}: ${relative(dist, file)}`);
      }
    }
    expect(links).toBeGreaterThan(1000);
    expect(broken).toEqual([]);
  });

  test("nothing is loaded from another site", () => {
    for (const name of pages()) {
      const html = readFileSync(join(dist, name), "utf8").replace(/<script[\s\S]*?<\/script>/g, "");
      expect(html).not.toMatch(/<(?:link|img|iframe)[^>]*\s(?:href|src)="(?:https?:)?\/\//);
      expect(html).not.toMatch(/<script[^>]*\ssrc="(?:https?:)?\/\//);
    }
  });
});
