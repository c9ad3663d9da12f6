/** Helpers of the report tests. */
import { type Example, examples } from "../report/examples.ts";
import { inspectNow } from "../report/inspect.ts";
import type { Inspection, Report } from "../report/report.ts";

/** Inspects a text. Missing fields are empty. */
export function inspectText(text: string, given: Partial<Inspection> = {}): Report {
  return inspectNow({
    text,
    origin: "",
    ownServer: "",
    sender: "",
    eventType: "",
    devices: { _tag: "Suggested" },
    ...given,
  });
}

export function inspectExample({ text, origin, ownServer, devices }: Example): Report {
  return inspectText(text, { origin, ownServer, devices: { _tag: "Listed", users: devices } });
}

export function exampleOf(id: string): Example {
  const example = examples.find((each) => each.id === id);
  if (example === undefined) throw new Error(`there is no example ${id}`);
  return example;
}

/** An EDU with changed members in its content. */
export function eduOf(content: object = {}, edu: object = {}): string {
  return JSON.stringify({
    edu_type: "m.direct_to_device",
    content: {
      sender: "@john:example.com",
      type: "m.dummy",
      message_id: "17",
      messages: { "@alice:example.org": { PHONE: {} } },
      ...content,
    },
    ...edu,
  });
}

/** The text that a finding marks. */
export function marked(text: string, report: Report): ReadonlyArray<string> {
  return report.findings.items.map(({ span }) =>
    span === undefined ? "" : text.slice(span.from, span.to),
  );
}
