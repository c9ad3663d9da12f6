/**
 * The page of the inspector: it reads the text, inspects it, and shows the report.
 *
 * Nothing is stored and nothing is sent. The address contains at most the ID of an example.
 */
import { type Example, examples } from "../report/examples.ts";
import type { KnownDevices, Report, UserDevices } from "../report/report.ts";
import { button, element, shown } from "./dom.ts";
import { newEditor } from "./editor.ts";
import type { Engine, Job } from "./jobs.ts";
import { newRunner } from "./runner.ts";
import { show, verdicts } from "./view.ts";

function byId<E extends Element>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new TypeError(`the page has no ${id}`);
}

const fields = {
  origin: byId("origin", HTMLInputElement),
  ownServer: byId("own-server", HTMLInputElement),
  sender: byId("sender", HTMLInputElement),
  eventType: byId("event-type", HTMLInputElement),
};
const bodyFields = byId("body-fields", HTMLElement);
const progress = byId("progress", HTMLProgressElement);
const status = byId("status", HTMLElement);
const permalink = byId("permalink", HTMLAnchorElement);
const hint = byId("hint", HTMLElement);
const anonymiseButton = byId("anonymise", HTMLButtonElement);
const deviceRows = byId("device-rows", HTMLElement);
const deviceTable = byId("devices", HTMLElement);
const deviceNote = byId("device-note", HTMLElement);
const regions = {
  result: byId("result-body", HTMLElement),
  recipients: byId("recipients-body", HTMLElement),
  transport: byId("transport-body", HTMLElement),
  contents: byId("contents-body", HTMLElement),
};

const { inspectorEngine: engine } = globalThis as unknown as { readonly inspectorEngine: Engine };
const runner = newRunner(byId("engine", HTMLScriptElement).textContent ?? "", engine);

const editor = newEditor(byId("editor", HTMLElement), (change) => {
  if (change === "replaced") forgetExample();
  if (change !== "set") leaveExample();
  schedule();
});

// The devices that the receiving server knows

let devices: KnownDevices = { _tag: "Suggested" };

function listed(): Array<UserDevices> {
  return devices._tag === "Listed" ? [...devices.users] : [];
}

function showDevices(users: ReadonlyArray<UserDevices>, omitted: number): void {
  deviceRows.replaceChildren(...users.map((user, index) => deviceRow(user, index, users)));
  deviceNote.textContent =
    devices._tag === "Listed"
      ? "You edited this table. Device IDs are separated by spaces."
      : `Named in the message; PHONE and LAPTOP stand in for *. You can edit them.${
          omitted > 0 ? ` ${omitted.toLocaleString("en")} more users are not listed.` : ""
        }`;
}

function deviceRow(
  { userId, deviceIds }: UserDevices,
  index: number,
  users: ReadonlyArray<UserDevices>,
): HTMLElement {
  const user = input(`User ${index + 1}`, userId);
  const list = input(`Devices of user ${index + 1}`, deviceIds.join(" "));
  const edit = (change: Partial<UserDevices>) => {
    const before = devices._tag === "Listed" ? devices.users : users;
    devices = {
      _tag: "Listed",
      users: before.map((each, at) => (at === index ? { ...each, ...change } : each)),
    };
    schedule();
  };
  user.addEventListener("input", () => edit({ userId: user.value.trim() }));
  list.addEventListener("input", () => {
    edit({ deviceIds: list.value.split(/[\s,]+/).filter((id) => id !== "") });
  });
  const remove = button("Remove", "quiet", () => {
    devices = { _tag: "Listed", users: users.filter((_, at) => at !== index) };
    showDevices(devices.users, 0);
    byId("add-user", HTMLButtonElement).focus();
    schedule();
  });
  remove.setAttribute("aria-label", `Remove user ${index + 1}`);
  return element(
    "tr",
    "",
    element("td", "", user),
    element("td", "", list),
    element("td", "", remove),
  );
}

function input(label: string, value: string): HTMLInputElement {
  const made = element("input", "");
  made.type = "text";
  made.value = value;
  made.spellcheck = false;
  made.autocomplete = "off";
  made.setAttribute("aria-label", label);
  return made;
}

let shownDevices: ReadonlyArray<UserDevices> = [];

byId("add-user", HTMLButtonElement).addEventListener("click", () => {
  const users = devices._tag === "Listed" ? devices.users : shownDevices;
  devices = {
    _tag: "Listed",
    users: [...users, { userId: "@user:example.org", deviceIds: ["PHONE"] }],
  };
  showDevices(devices.users, 0);
  deviceRows.lastElementChild?.querySelector("input")?.focus();
  schedule();
});
byId("reset-devices", HTMLButtonElement).addEventListener("click", () => {
  devices = { _tag: "Suggested" };
  schedule();
});

// Inspection

let timer: ReturnType<typeof setTimeout> | undefined;

/** Inspects the text after a pause in typing. */
function schedule(): void {
  document.body.dataset.state = "busy";
  clearTimeout(timer);
  timer = setTimeout(() => void inspect(), editor.length() < largeText ? 120 : 600);
}

/** The size from which copying the text on each keystroke would be noticeable. */
const largeText = 500_000;

async function run(job: Job) {
  const bar = setTimeout(() => {
    progress.hidden = false;
  }, 150);
  progress.value = 0;
  const answer = await runner.run(job, (done) => {
    progress.value = done;
  });
  clearTimeout(bar);
  if (answer !== undefined) progress.hidden = true;
  return answer;
}

async function inspect(): Promise<void> {
  const values = {
    origin: fields.origin.value,
    ownServer: fields.ownServer.value,
    sender: fields.sender.value,
    eventType: fields.eventType.value,
  };
  const answer = await run({ _tag: "Inspect", input: { text: editor.text(), ...values, devices } });
  // Another job has replaced this one.
  if (answer === undefined) return;
  if (answer._tag === "Report") showReport(answer.report);
  if (answer._tag === "Failed") {
    status.textContent = "The inspector has failed.";
    const text = `The inspector has failed: ${shown(answer.reason, 300)}. This is a bug.`;
    regions.result.replaceChildren(element("p", "summary", text));
  }
  document.body.dataset.engine = runner.mode();
  document.body.dataset.state = "done";
}

function showReport(report: Report): void {
  show(report, regions, { select: editor.select, placeOf: editor.placeOf });
  const findings = [
    ...report.findings.items,
    ...report.contents.items.flatMap((row) => row.findings),
  ];
  editor.mark(
    findings.flatMap(({ span, severity }) => (span === undefined ? [] : [{ span, severity }])),
  );
  shownDevices = report.devices.items;
  // Edited rows are kept.
  if (devices._tag === "Suggested") showDevices(shownDevices, report.devices.omitted);
  // A client syncs only for its own device.
  deviceTable.hidden = report.kind === "sync";
  bodyFields.hidden = report.kind !== "body";
  const isJson = report.findings.items.every(({ tag }) => tag !== "NotJson");
  anonymiseButton.disabled = report.verdict === "Empty" || !isJson;
  for (const name of ["origin", "ownServer", "sender"] as const) {
    const fault = report.fields.find(({ field }) => field === name);
    const note = byId(`${fields[name].id}-note`, HTMLElement);
    fields[name].setAttribute("aria-invalid", String(fault !== undefined));
    note.textContent = fault === undefined ? "" : `${fault.reason}. Ignored.`;
  }
  status.textContent = `${report.title}: ${verdicts[report.verdict]}. ${report.summary}`;
}

for (const field of Object.values(fields)) field.addEventListener("input", schedule);

// Examples

const exampleButtons = new Map(
  examples.map(({ id, name }) => [id, button(name, "chip", () => openExample(id))]),
);
byId("examples", HTMLElement).append(...exampleButtons.values());

/** The example in the editor, until the user changes it. */
let opened: Example | undefined;

function openExample(id: string): boolean {
  const example = examples.find((each) => each.id === id);
  if (example === undefined) return false;
  opened = example;
  fields.origin.value = example.origin;
  fields.ownServer.value = example.ownServer;
  fields.sender.value = "";
  fields.eventType.value = "";
  devices = { _tag: "Listed", users: example.devices };
  editor.setText(example.text);
  showDevices(example.devices, 0);
  deviceNote.textContent = "Device IDs are separated by spaces.";
  for (const [each, chip] of exampleButtons) chip.setAttribute("aria-pressed", String(each === id));
  hint.textContent = example.hint;
  permalink.href = `#${id}`;
  permalink.hidden = false;
  if (location.hash !== `#${id}`) history.replaceState(null, "", `#${id}`);
  schedule();
  return true;
}

/** An edited example is the user's own text, so the address must not refer to it. */
function leaveExample(): void {
  opened = undefined;
  for (const chip of exampleButtons.values()) chip.setAttribute("aria-pressed", "false");
  hint.textContent = "";
  permalink.hidden = true;
  if (location.hash !== "") history.replaceState(null, "", location.pathname + location.search);
}

/** The servers and devices of an example do not apply to another text. */
function forgetExample(): void {
  if (opened === undefined) return;
  if (fields.origin.value === opened.origin) fields.origin.value = "";
  if (fields.ownServer.value === opened.ownServer) fields.ownServer.value = "";
  if (devices._tag === "Listed" && devices.users === opened.devices)
    devices = { _tag: "Suggested" };
}

window.addEventListener("hashchange", () => openExample(location.hash.slice(1)));

// Tools

anonymiseButton.addEventListener("click", () => {
  const given = {
    text: editor.text(),
    origin: fields.origin.value,
    ownServer: fields.ownServer.value,
    sender: fields.sender.value,
    devices: listed(),
  };
  void run({ _tag: "Anonymise", given }).then((answer) => {
    if (answer?._tag === "Failed") hint.textContent = "The text is not JSON, so it is unchanged.";
    if (answer?._tag !== "Anonymised") return;
    const { anonymised } = answer;
    const isListed = devices._tag === "Listed";
    leaveExample();
    fields.origin.value = anonymised.origin;
    fields.ownServer.value = anonymised.ownServer;
    fields.sender.value = anonymised.sender;
    if (isListed) {
      devices = { _tag: "Listed", users: anonymised.devices };
      showDevices(anonymised.devices, 0);
    }
    editor.setText(anonymised.text);
    hint.textContent =
      "IDs, keys and strings are replaced. Numbers are kept: check them before you share the text.";
  });
});

byId("clear", HTMLButtonElement).addEventListener("click", () => {
  leaveExample();
  devices = { _tag: "Suggested" };
  for (const field of Object.values(fields)) field.value = "";
  editor.setText("");
});

byId("skip", HTMLAnchorElement).addEventListener("click", (event) => {
  // The fragment is for examples.
  event.preventDefault();
  byId("result", HTMLElement).focus();
});

if (!openExample(location.hash.slice(1))) schedule();
