/**
 * Send-to-device messaging on JSON text: contents are checked and passed on unchanged, without parsing them.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#send-to-device-messaging}
 * @packageDocumentation
 */
export { type CanonicalJsonOptions, canonicalJson, type NotCanonicalJson } from "./canonical.js";
export { JsonText, parse } from "./json-text.js";
export type { NotJson, NotStrict } from "./scanner.js";
