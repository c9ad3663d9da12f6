/** The report under construction. */
import type { Outline } from "./outline.ts";
import {
  type ContentsRow,
  type Destination,
  type Finding,
  type Inspection,
  ListOf,
  maxItems,
  type Recipient,
  type Report,
  type Size,
  type Unit,
  type Unsendable,
  type UserDevices,
} from "./report.ts";

export class Draft {
  readonly findings = new ListOf<Finding>(maxItems.findings);
  readonly units = new ListOf<Unit>(maxItems.units);
  readonly recipients = new ListOf<Recipient>(maxItems.recipients);
  readonly sizes = new ListOf<Size>(maxItems.sizes);
  readonly destinations = new ListOf<Destination>(maxItems.destinations);
  readonly unsendable = new ListOf<Unsendable>(maxItems.unsendable);
  readonly contents = new ListOf<ContentsRow>(maxItems.contents);
  /** Contents that a client must not use, with the reason. */
  readonly discarded = new ListOf<
    Pick<ContentsRow, "unit" | "userId" | "deviceId" | "type"> & { readonly finding: Finding }
  >(maxItems.findings);
  readonly contentsCounts = new Map<ContentsRow["tag"], number>();
  /** The devices that the receiving server knows. */
  readonly devices = new Map<string, Array<string>>();

  constructor(
    readonly input: Inspection,
    readonly outline: Outline,
    readonly fields: Report["fields"],
  ) {
    if (input.devices._tag === "Suggested") return;
    for (const { userId, deviceIds } of input.devices.users) {
      this.devices.set(userId, [...(this.devices.get(userId) ?? []), ...deviceIds]);
    }
  }

  /** Adds a named device, or made-up ones for a `*`, unless the devices are listed. */
  suggest(userId: string, deviceId: string): void {
    if (this.input.devices._tag === "Listed") return;
    const known = this.devices.get(userId) ?? [];
    this.devices.set(userId, known);
    for (const device of deviceId === "*" ? madeUpDevices : [deviceId]) {
      if (!known.includes(device)) known.push(device);
    }
  }

  finish(what: Pick<Report, "kind" | "title" | "verdict" | "summary" | "transportNote">): Report {
    const devices = new ListOf<UserDevices>(maxItems.devices);
    for (const [userId, deviceIds] of this.devices) devices.add({ userId, deviceIds });
    return {
      ...what,
      findings: this.findings.toList(),
      units: this.units.toList(),
      devices: devices.toList(),
      recipients: this.recipients.toList(),
      sizes: this.sizes.toList(),
      destinations: this.destinations.toList(),
      unsendable: this.unsendable.toList(),
      contents: this.contents.toList(),
      contentsCounts: [...this.contentsCounts].map(([tag, count]) => ({ tag, count })),
      fields: this.fields,
    };
  }
}

const madeUpDevices: ReadonlyArray<string> = ["PHONE", "LAPTOP"];

/** "1 device", "2 devices". */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? noun : plural}`;
}

/** A title with the label of its part, if the text has parts. */
export function titled(title: string, part: string): string {
  return part === "" ? title : `${title} (${part})`;
}
