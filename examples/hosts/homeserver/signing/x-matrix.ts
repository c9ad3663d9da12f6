/**
 * The header `Authorization: X-Matrix …` of a request between servers.
 *
 * @see {@link https://spec.matrix.org/v1.19/server-server-api/#request-authentication}
 */
import { ServerName } from "matrix-send-to-device";

export type XMatrix = {
  readonly origin: ServerName;
  /** Servers that predate version 1.3 of the specification do not send it. */
  readonly destination: string | undefined;
  readonly keyId: string;
  readonly signature: string;
};

/** Writes the header as older servers read it too: with one space, lower case, and no escapes. */
export function writeXMatrix(header: XMatrix & { readonly destination: string }): string {
  const { origin, destination, keyId, signature } = header;
  const parameters = { origin, destination, key: keyId, sig: signature };
  return `X-Matrix ${Object.entries(parameters)
    .map(([name, value]) => `${name}="${value}"`)
    .join(",")}`;
}

/** The scheme, whose case does not matter, and the spaces after it. */
const scheme = /^X-Matrix +/i;

/**
 * One `auth-param` of RFC 9110, section 11.2, with the end of its list element. Values that are not quoted may contain
 * colons, because older servers write them. Adjacent parts never match the same character, so matching takes linear time.
 */
const parameter =
  /[ \t]*([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:([!#$%&'*+.^_`|~\w:-]+)|"((?:[^"\\]|\\.)*)")[ \t]*(?:,|$)/y;

/** An empty list element, which RFC 9110, section 5.6.1, asks recipients to skip. */
const emptyElement = /[ \t]*(?:,|$)/y;

/** Reads the header; `undefined` if it is missing or invalid. Unknown parameters are skipped. */
export function parseXMatrix(header: string | undefined): XMatrix | undefined {
  const parameters = header === undefined ? undefined : parametersOf(header);
  const origin = ServerName.decode(parameters?.get("origin"));
  const keyId = parameters?.get("key");
  const signature = parameters?.get("sig");
  if (origin._tag === "Left" || keyId === undefined || signature === undefined) return undefined;
  return {
    origin: origin.right,
    destination: parameters?.get("destination"),
    keyId,
    signature,
  };
}

function parametersOf(header: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let at = scheme.exec(header)?.[0].length;
  if (at === undefined) return undefined;
  while (at < header.length) {
    emptyElement.lastIndex = at;
    if (!emptyElement.test(header)) {
      parameter.lastIndex = at;
      const [, name = "", token, quoted = ""] = parameter.exec(header) ?? [];
      const key = name.toLowerCase();
      // A duplicate parameter is ambiguous (RFC 9110, section 11.2).
      if (key === "" || parameters.has(key)) return undefined;
      parameters.set(key, token ?? quoted.replace(/\\(.)/g, "$1"));
      at = parameter.lastIndex;
    } else at = emptyElement.lastIndex;
  }
  return parameters;
}
