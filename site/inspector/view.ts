/** The report on the page: the regions Result, Recipients, Transport and Contents. */
import { maxEduBytes } from "matrix-send-to-device";
import type { Span } from "../report/outline.ts";
import type {
  ContentsRow,
  Finding,
  List,
  Recipient,
  Report,
  Size,
  Unit,
  Verdict,
} from "../report/report.ts";
import type { Basis, Rule } from "../report/rules.ts";
import { button, type Child, code, element, link, shown } from "./dom.ts";

/** The functions of the page that a view needs. */
export type Page = {
  readonly select: (span: Span) => void;
  readonly placeOf: (position: number) => { readonly line: number; readonly column: number };
};

export type Regions = {
  readonly result: Element;
  readonly recipients: Element;
  readonly transport: Element;
  readonly contents: Element;
};

export function show(report: Report, regions: Regions, page: Page): void {
  regions.result.replaceChildren(...result(report, page));
  regions.recipients.replaceChildren(...recipients(report, page));
  regions.transport.replaceChildren(...transport(report));
  regions.contents.replaceChildren(...contents(report, page));
}

export const verdicts: { readonly [V in Verdict]: string } = {
  Accepted: "Accepted",
  PartlyAccepted: "Accepted in part",
  Rejected: "Rejected",
  Skipped: "Skipped",
  Unreadable: "Not readable",
  Empty: "Waiting",
};

function badge(verdict: Verdict): HTMLElement {
  return element("span", `badge ${verdict.toLowerCase()}`, verdicts[verdict]);
}

// Result

function result(report: Report, page: Page): ReadonlyArray<Node> {
  const title = element("strong", "", report.title);
  const head = element("p", "verdict", badge(report.verdict), " ", title);
  const nodes: Array<Node> = [head, element("p", "summary", report.summary)];
  const { items, omitted } = report.findings;
  if (items.length > 0) {
    const list = element("ul", "findings", ...items.map((each) => finding(each, severities, page)));
    nodes.push(list, ...more(omitted, "finding"));
  }
  const { units } = report;
  if (units.items.length > 1 || units.items.some(({ label }) => label !== "")) {
    nodes.push(unitTable(units, page));
  } else {
    const [unit] = units.items;
    if (unit !== undefined && report.kind !== "unknown") nodes.push(facts(unit));
  }
  return nodes;
}

function facts({ sender, type, messageId }: Unit): Node {
  const list = element("dl", "facts");
  const pairs = [
    ["Sender", sender],
    ["Event type", type],
    ["Message ID", messageId],
  ] as const;
  for (const [name, value] of pairs) {
    if (value === "") continue;
    list.append(element("div", "", element("dt", "", name), " ", element("dd", "", code(value))));
  }
  return list;
}

function unitTable(units: List<Unit>, page: Page): Node {
  const rows = units.items.map((unit) =>
    element(
      "tr",
      "",
      element(
        "th",
        "",
        button(unit.label, "place", () => page.select(unit.span)),
      ),
      element("td", "", badge(unit.verdict)),
      element("td", "", code(unit.type, 60)),
      element("td", "", unit.sender === "" ? "" : code(unit.sender, 60)),
    ),
  );
  return table("Messages", ["Part", "Outcome", "Type", "Sender"], rows, units.omitted);
}

const severities: { readonly [S in Finding["severity"]]: string } = {
  rejection: "Rejected",
  note: "Note",
};

/** The same for contents, which a server relays and a client discards. */
const severitiesOfContents: typeof severities = { ...severities, rejection: "Invalid" };

function finding(
  { severity, title, tag, reason, span, rule }: Finding,
  labels: typeof severities,
  page: Page,
): HTMLElement {
  const head = element(
    "p",
    "finding-head",
    element("span", `badge ${severity}`, labels[severity]),
    element("strong", "", title),
    tag === "" ? undefined : element("code", "tag", tag),
    span === undefined ? undefined : placeButton(span, page),
  );
  return element(
    "li",
    `finding ${severity}`,
    head,
    element(
      "p",
      "reason",
      tag === "" ? shown(reason, 400) : element("code", "", shown(reason, 400)),
    ),
    ...ruleNodes(rule),
  );
}

function placeButton(span: Span, page: Page): HTMLElement {
  const { line, column } = page.placeOf(span.from);
  return button(`line ${line}, column ${column}`, "place", () => page.select(span));
}

const bases: { readonly [B in Basis]: string } = {
  specification: "Specification v1.19",
  proposal: "Proposal (MSC)",
  decision: "Decision of this project",
  limit: "Limit of this project",
};

function ruleNodes(rule: Rule | undefined): ReadonlyArray<Node> {
  if (rule === undefined) return [];
  const nodes: Array<Node> = [
    element(
      "p",
      "rule",
      element("span", "label", "Rule"),
      " ",
      ...withCode(rule.text),
      " ",
      link(bases[rule.basis], rule.link),
    ),
  ];
  if (rule.others !== "") nodes.push(others(rule.others));
  return nodes;
}

function others(text: string): Node {
  return element("p", "others", element("span", "label", "Elsewhere"), " ", ...withCode(text));
}

/** A text of the project, with code between backticks. */
function withCode(text: string): ReadonlyArray<Child> {
  return text.split("`").map((part, index) => (index % 2 === 1 ? element("code", "", part) : part));
}

function more(omitted: number, noun: string): ReadonlyArray<Node> {
  if (omitted === 0) return [];
  const text = `${omitted.toLocaleString("en")} more ${noun}${omitted === 1 ? " is" : "s are"} not listed.`;
  return [element("p", "more", text)];
}

/** A table with a caption for screen readers. */
function table(
  caption: string,
  heads: ReadonlyArray<string>,
  rows: ReadonlyArray<HTMLTableRowElement>,
  omitted: number,
): Node {
  const head = element("thead", "", element("tr", "", ...heads.map((text) => headCell(text))));
  const made = element("table", "", element("caption", "hidden", caption), head);
  const body = element("tbody", "", ...rows);
  made.append(body);
  return element("div", "table", made, ...more(omitted, "row"));
}

function headCell(text: string): HTMLElement {
  const cell = element("th", "", text);
  cell.scope = "col";
  return cell;
}

// Recipients

const outcomes: { readonly [O in Recipient["outcome"]]: string } = {
  own: "Its own contents",
  wildcard: "Contents of *",
  sent: "Sent on",
  nothing: "Nothing",
};

function recipients({ recipients: list, kind, verdict }: Report, page: Page): ReadonlyArray<Node> {
  if (list.items.length === 0) {
    const text = verdict === "Empty" ? "No recipients yet." : "No device receives anything.";
    return [element("p", "none", text)];
  }
  const hasUnits = list.items.some(({ unit }) => unit !== "");
  const rows = list.items.map((each) => recipientRow(each, hasUnits, page));
  const heads = [...(hasUnits ? ["Part"] : []), "User", "Device", "Receives", "Why"];
  const received = list.items.filter(({ outcome }) => outcome !== "nothing").length;
  const noun = kind === "body" ? "Recipients" : "Devices";
  const count = `${noun} that receive something: ${received} of ${list.items.length}.`;
  return [
    ...(list.omitted === 0 ? [element("p", "summary", count)] : []),
    table("Recipients", heads, rows, list.omitted),
  ];
}

function recipientRow(
  { unit, userId, deviceId, outcome, why, others: elsewhere, span }: Recipient,
  hasUnits: boolean,
  page: Page,
): HTMLTableRowElement {
  const device =
    span === undefined
      ? code(deviceId, 60)
      : button(shown(deviceId === "" ? "(empty)" : deviceId, 60), "place", () => page.select(span));
  return element(
    "tr",
    outcome === "nothing" ? "nothing" : "",
    hasUnits ? element("td", "part", unit) : undefined,
    element("td", "user", code(userId, 80)),
    element("td", "device", device),
    element("td", "", element("span", `badge outcome-${outcome}`, outcomes[outcome])),
    element("td", "why", shown(why, 300), elsewhere === "" ? undefined : others(elsewhere)),
  );
}

// Transport

function transport(report: Report): ReadonlyArray<Node> {
  const { sizes, destinations, unsendable, transportNote } = report;
  const nodes: Array<Node> = [];
  if (sizes.items.length > 0) {
    nodes.push(
      element("h3", "", "Bytes of canonical JSON"),
      table(
        "Sizes",
        ["What", "Bytes", "Share"],
        sizes.items.map((size) => sizeRow(size, report)),
        sizes.omitted,
      ),
    );
  }
  if (transportNote !== "") nodes.push(element("p", "remark", transportNote));
  if (destinations.items.length > 0) {
    const rows = destinations.items.flatMap(({ unit, server, edus, transactions }) => {
      const total = edus.items.length + edus.omitted;
      const bodies = transactions.items.length + transactions.omitted;
      const largest = transactions.items.map(({ bytes }) => bytesText(bytes)).slice(0, 3);
      const from = unit === "" ? undefined : element("span", "muted", ` (${unit})`);
      return [
        element(
          "tr",
          "",
          element("th", "", code(server, 80), from),
          element("td", "", `${total} EDU${total === 1 ? "" : "s"}`),
          element("td", "", eduList(edus)),
          element(
            "td",
            "",
            `${bodies} transaction${bodies === 1 ? "" : "s"}`,
            largest.length === 0 ? undefined : element("span", "muted", ` ${largest.join(", ")}`),
          ),
        ),
      ];
    });
    nodes.push(
      element("h3", "", "Split and packed"),
      table("Destinations", ["Server", "EDUs", "Each", "Transactions"], rows, destinations.omitted),
    );
  }
  if (unsendable.items.length > 0) {
    nodes.push(
      element("h3", "", "Cannot be sent"),
      element(
        "ul",
        "plain",
        ...unsendable.items.map(({ who, reason }) =>
          element("li", "", code(who, 120), element("span", "why", ` ${shown(reason, 300)}`)),
        ),
      ),
      ...more(unsendable.omitted, "entry"),
    );
  }
  return nodes.length === 0 ? [element("p", "none", "Nothing travels.")] : nodes;
}

function eduList(edus: Report["destinations"]["items"][number]["edus"]): Node {
  const items = edus.items
    .slice(0, maxEdus)
    .map(({ bytes, contents }) =>
      element(
        "li",
        "",
        `${bytesText(bytes)}, ${contents} contents`,
        meter(bytes, maxEduBytes, "Share of the limit"),
      ),
    );
  const rest = edus.items.length + edus.omitted - items.length;
  return element(
    "ul",
    "plain",
    ...items,
    ...(rest > 0 ? [element("li", "more", `and ${rest} more`)] : []),
  );
}

const maxEdus = 10;

function sizeRow({ level, label, size }: Size, { kind }: Report): HTMLTableRowElement {
  const name = level === "contents" ? element("span", "muted", label) : code(label, 80);
  const isLimited = kind !== "sync" && kind !== "appservice";
  const head = element("th", `level-${level}`, name);
  head.scope = "row";
  if (size._tag === "NoCanonicalJson") {
    const why = element("td", "why", `No canonical JSON: ${shown(size.reason, 200)}`);
    why.colSpan = 2;
    return element("tr", `size-${level}`, head, why);
  }
  // The bar of a small part would be empty.
  const hasMeter = isLimited && (level === "unit" || 100 * size.bytes >= maxEduBytes);
  const share = hasMeter
    ? meter(size.bytes, maxEduBytes, `${bytesText(size.bytes)} of the limit`)
    : "";
  return element(
    "tr",
    `size-${level}${isLimited && size.bytes > maxEduBytes ? " over" : ""}`,
    head,
    element("td", "number", size.bytes.toLocaleString("en")),
    element(
      "td",
      "",
      share,
      isLimited && level === "unit" ? element("span", "muted", percent(size.bytes)) : undefined,
    ),
  );
}

function percent(bytes: number): string {
  const share = (100 * bytes) / maxEduBytes;
  const text = share < 1 ? "under 1" : String(Math.round(share));
  return ` ${text} % of ${maxEduBytes.toLocaleString("en")}`;
}

function meter(value: number, max: number, label: string): HTMLElement {
  const made = element("meter", "");
  made.min = 0;
  made.max = max;
  made.high = max - 1;
  made.value = Math.min(value, max);
  made.setAttribute("aria-label", label);
  return made;
}

function bytesText(bytes: number): string {
  return `${bytes.toLocaleString("en")} bytes`;
}

// Contents

const tags: { readonly [T in ContentsRow["tag"]]: string } = {
  Known: "Valid",
  Unknown: "Unknown type",
  Invalid: "Invalid",
  UnknownAlgorithm: "Unknown algorithm",
  MustBeEncrypted: "Must only come encrypted",
};

function contents(report: Report, page: Page): ReadonlyArray<Node> {
  const { contents: list, contentsCounts } = report;
  if (list.items.length === 0) return [element("p", "none", "There are no contents to read.")];
  const counts = contentsCounts.map(({ tag, count }) =>
    element(
      "li",
      "",
      element("span", `badge ${tag.toLowerCase()}`, tags[tag]),
      ` ${count.toLocaleString("en")}`,
    ),
  );
  // A few are shown open. In a long list, each can be opened.
  const isOpen = list.items.length <= 4;
  return [
    element("ul", "counts", ...counts),
    ...list.items.map((row) => contentsNode(row, isOpen || row.findings.length > 0, page)),
    ...more(list.omitted, "entry"),
  ];
}

function contentsNode(row: ContentsRow, isOpen: boolean, page: Page): Node {
  const { unit, userId, deviceId, type, tag, findings, members, rule, span } = row;
  const who = [unit, userId, deviceId].filter((part) => part !== "").map((part) => shown(part, 80));
  const summary = element(
    "summary",
    "",
    element("span", `badge ${tag.toLowerCase()}`, tags[tag]),
    code(type, 80),
    element("span", "muted", who.join(" · ")),
  );
  const list = element("dl", "members");
  for (const { name, value } of members.items) {
    list.append(
      element(
        "div",
        "",
        element("dt", "", code(name, 60)),
        " ",
        element("dd", "", code(value, 100)),
      ),
    );
  }
  const made = element(
    "details",
    `contents ${tag.toLowerCase()}`,
    summary,
    element("p", "", placeButton(span, page)),
    findings.length === 0
      ? undefined
      : element(
          "ul",
          "findings",
          ...findings.map((each) => finding(each, severitiesOfContents, page)),
        ),
    members.items.length === 0 ? element("p", "none", "An empty object.") : list,
    ...more(members.omitted, "member"),
    ...(findings.length === 0 ? ruleNodes(rule) : []),
  );
  made.open = isOpen;
  return made;
}
