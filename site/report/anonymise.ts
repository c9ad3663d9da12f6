/**
 * Replaces IDs, keys and strings with synthetic ones of the same shape, so that a text can be shared.
 *
 * The same string always becomes the same synthetic one, and different strings stay different. Letters stay letters,
 * digits stay digits, and every character keeps its bytes in UTF-8: valid texts stay valid, and sizes stay the same.
 * Names and values of the specification, numbers and literals are kept.
 */
import { contents } from "matrix-send-to-device";
import type { Span } from "./outline.ts";
import type { Inspection, UserDevices } from "./report.ts";

/** The text and its fields. */
export type Anonymised = Pick<Inspection, "text" | "origin" | "ownServer" | "sender"> & {
  readonly devices: ReadonlyArray<UserDevices>;
};

/**
 * Anonymises a text that is JSON, and the fields of the page in the same way. Yields the progress.
 *
 * @param random - returns a number from 0 to below 1
 */
export function* anonymise(given: Anonymised, random: () => number): Generator<number, Anonymised> {
  const replace = newReplacer(random);
  const { text } = given;
  const parts: Array<string> = [];
  let end = 0;
  // Text between strings is kept.
  for (let start = text.indexOf('"'); start !== -1; start = text.indexOf('"', end)) {
    const span = stringFrom(text, start);
    parts.push(text.slice(end, span.from));
    const value: string = JSON.parse(text.slice(span.from, span.to));
    parts.push(JSON.stringify(replace(value)));
    end = span.to;
    if (parts.length % stringsAtOnce === 0) yield end / text.length;
  }
  parts.push(text.slice(end));
  return {
    text: parts.join(""),
    origin: replace(given.origin),
    ownServer: replace(given.ownServer),
    sender: replace(given.sender),
    devices: given.devices.map(({ userId, deviceIds }) => {
      return { userId: replace(userId), deviceIds: deviceIds.map(replace) };
    }),
  };
}

const stringsAtOnce = 500;

function stringFrom(text: string, from: number): Span {
  let to = from + 1;
  while (to < text.length && text[to] !== '"') to += text[to] === "\\" ? 2 : 1;
  return { from, to: to + 1 };
}

/** Maps strings part by part: user IDs, room IDs and key IDs have their parts between `:`, addresses between `/`. */
function newReplacer(random: () => number): (text: string) => string {
  const known = new Map<string, string>();
  const used = new Set<string>();
  const replacePart = (part: string): string => {
    if (part === "" || vocabulary.has(part)) return part;
    const before = known.get(part);
    if (before !== undefined) return before;
    let candidate = syntheticOf(part, random);
    // A short part may collide with one in use.
    for (let tries = 0; tries < maxTries && isTaken(candidate, used); tries++) {
      candidate = syntheticOf(part, random);
    }
    known.set(part, candidate);
    used.add(candidate);
    return candidate;
  };
  return (text) => {
    if (vocabulary.has(text)) return text;
    return text.replace(/[^:/]+/g, (part) => {
      const sigil = /^[@!#$]/.exec(part)?.[0] ?? "";
      return sigil + replacePart(part.slice(sigil.length));
    });
  };
}

const maxTries = 1000;

function isTaken(candidate: string, used: ReadonlySet<string>): boolean {
  return used.has(candidate) || vocabulary.has(candidate);
}

/** The names and values of the specification, which identify no one. */
const vocabulary: ReadonlySet<string> = new Set([
  "*",
  ...Object.keys(contents),
  ...`
  edus edu_type content message_id messages sender type origin origin_server_ts pdus m.direct_to_device
  org.matrix.opentracing_context org.matrix.msgid {}
  events to_device to_user_id to_device_id de.sorunome.msc2409.to_device next_batch rooms presence account_data
  device_lists changed left device_one_time_keys_count device_unused_fallback_key_types
  org.matrix.msc2732.device_unused_fallback_key_types m.typing m.presence m.receipt m.device_list_update
  m.signing_key_update
  algorithm m.megolm.v1.aes-sha2 m.olm.v1.curve25519-aes-sha2 room_id session_id session_key shared_history
  m.shared_history org.matrix.msc3061.shared_history sender_key sender_claimed_ed25519_key
  forwarding_curve25519_key_chain withheld code reason action request request_cancellation body requesting_device_id
  request_id file url key kty key_ops alg k ext iv hashes sha256 v v2 oct encrypt decrypt A256CTR
  ciphertext device_id name secret m.cross_signing.master m.cross_signing.self_signing m.cross_signing.user_signing
  m.megolm_backup.v1 from_device methods timestamp transaction_id method next_method key_agreement_protocols
  message_authentication_codes short_authentication_string key_agreement_protocol hash message_authentication_code
  commitment mac keys m.sas.v1 m.reciprocate.v1 m.qr_code.show.v1 m.qr_code.scan.v1 curve25519
  curve25519-hkdf-sha256 hkdf-hmac-sha256 hkdf-hmac-sha256.v2 decimal emoji ed25519 signed_curve25519
  m.blacklisted m.unverified m.unauthorised m.unavailable m.no_olm m.user m.timeout m.unknown_transaction
  m.unknown_method m.unexpected_message m.key_mismatch m.user_error m.mismatched_commitment m.mismatched_sas
  m.invalid_message m.accepted recipient recipient_keys sender_device_keys user_id algorithms signatures unsigned
  mxc: mxc https: https
  `
    .split(/\s+/)
    .filter((word) => word !== ""),
]);

/** Interchangeable characters: of the same kind and with the same number of bytes. */
const classes: ReadonlyArray<readonly [RegExp, ReadonlyArray<string>]> = [
  // Hexadecimal letters stay hexadecimal, so that addresses stay addresses.
  [/[a-f]/, [..."abcdef"]],
  [/[g-z]/, [..."ghijklmnopqrstuvwxyz"]],
  [/[A-F]/, [..."ABCDEF"]],
  [/[G-Z]/, [..."GHIJKLMNOPQRSTUVWXYZ"]],
  [/[0-9]/, [..."0123456789"]],
  [/[\u00a0-\u07ff]/, [..."àáâãäåæçèéêëìíîïðñòóôõö"]],
  [/[\u0800-\ud7ff\ue000-\uffff]/, [..."一丁七万丈三上下不与丐丑专且世丘丙业丛东"]],
  [/^[\ud800-\udbff][\udc00-\udfff]$/, [..."😀😁😂😃😄😅😆😇😈😉😊😋😌😍😎😏😐"]],
];

const classOf = (character: string) =>
  classes.find(([pattern]) => pattern.test(character))?.[1] ?? [];

const asciiClasses: ReadonlyArray<ReadonlyArray<string>> = Array.from({ length: 128 }, (_, code) =>
  classOf(String.fromCharCode(code)),
);

/** A text of the same shape. Other characters, including lone surrogates, are kept. */
function syntheticOf(text: string, random: () => number): string {
  let synthetic = "";
  // A text iterates by code points.
  for (const character of text) {
    const others = asciiClasses[character.charCodeAt(0)] ?? classOf(character);
    synthetic += others[Math.floor(random() * others.length)] ?? character;
  }
  return synthetic;
}
