/**
 * Contents of the events by which two devices verify each other's keys, as sent to a device.
 *
 * All of them have a `transaction_id` there: without one the other device cannot tell what they belong to.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#key-verification-framework}
 */
import * as t from "io-ts";
import { DeviceId } from "../identifiers.js";
import { array, brick, Integer, record, struct, tagged } from "../internal/codec.js";
import type { Json, Unbranded } from "../json.js";

const Strings: t.Type<ReadonlyArray<string>> = /* #__PURE__ */ array("Strings", t.string);

/**
 * `m.key.verification.request`: asks for a verification, and offers methods.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationrequest}
 */
export type KeyVerificationRequest = {
  readonly from_device: DeviceId;
  readonly transaction_id: string;
  readonly methods: ReadonlyArray<string>;
  /** Milliseconds since 1970. Clients ignore a request older than 10 minutes or more than 5 in the future. */
  readonly timestamp: number;
};
/** The codec of `KeyVerificationRequest`. */
export const KeyVerificationRequest: t.Type<
  KeyVerificationRequest,
  Unbranded<KeyVerificationRequest>
> = /* #__PURE__ */ struct("KeyVerificationRequest", {
  from_device: DeviceId,
  transaction_id: t.string,
  methods: Strings,
  timestamp: Integer,
});

/**
 * `m.key.verification.ready`: agrees to a verification, and says which of the methods are possible.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationready}
 */
export type KeyVerificationReady = {
  readonly from_device: DeviceId;
  readonly transaction_id: string;
  readonly methods: ReadonlyArray<string>;
};
/** The codec of `KeyVerificationReady`. */
export const KeyVerificationReady: t.Type<
  KeyVerificationReady,
  Unbranded<KeyVerificationReady>
> = /* #__PURE__ */ struct("KeyVerificationReady", {
  from_device: DeviceId,
  transaction_id: t.string,
  methods: Strings,
});

/**
 * How a short authentication string is shown.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#short-authentication-string-sas-verification}
 */
export type SasMethod = "decimal" | "emoji";
const SasMethods: t.Type<ReadonlyArray<SasMethod>> = /* #__PURE__ */ array(
  "SasMethods",
  /* #__PURE__ */ brick<SasMethod>(
    "SasMethod",
    'expected "decimal" or "emoji"',
    (value) => value === "decimal" || value === "emoji",
  ),
);

/**
 * A verification method other than `m.sas.v1` and `m.reciprocate.v1`: a string, which keeps out of their branches.
 *
 * TypeScript cannot take two literals out of `string`: a plain or a branded one would stay next to them in
 * `case "m.sas.v1"`. A template of a branded string does not.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#key-verification-framework}
 */
export type OtherVerificationMethod = `${string & {
  readonly [brand: symbol]: "OtherVerificationMethod";
}}`;

/**
 * `m.key.verification.start`: begins a verification. `method` decides what else there is.
 *
 * A method that the specification does not know passes with its members, so that the client can answer with the
 * cancellation `m.unknown_method`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationstart}
 */
export type KeyVerificationStart = {
  readonly from_device: DeviceId;
  readonly transaction_id: string;
  /** How to verify the other user's key, where `method` verifies one of the two only. */
  readonly next_method?: string;
} & (
  | {
      readonly method: "m.sas.v1";
      readonly key_agreement_protocols: ReadonlyArray<string>;
      readonly hashes: ReadonlyArray<string>;
      readonly message_authentication_codes: ReadonlyArray<string>;
      readonly short_authentication_string: ReadonlyArray<SasMethod>;
    }
  | {
      readonly method: "m.reciprocate.v1";
      /** From the QR code. */
      readonly secret: string;
    }
  | { readonly method: OtherVerificationMethod; readonly [member: string]: Json }
);
/** The codec of `KeyVerificationStart`. */
export const KeyVerificationStart: t.Type<
  KeyVerificationStart,
  Unbranded<KeyVerificationStart>
> = /* #__PURE__ */ tagged(
  "KeyVerificationStart",
  "method",
  {
    "m.sas.v1": /* #__PURE__ */ struct(
      "SasStart",
      {
        from_device: DeviceId,
        transaction_id: t.string,
        key_agreement_protocols: Strings,
        hashes: Strings,
        message_authentication_codes: Strings,
        short_authentication_string: SasMethods,
      },
      { next_method: t.string },
    ),
    "m.reciprocate.v1": /* #__PURE__ */ struct(
      "ReciprocateStart",
      { from_device: DeviceId, transaction_id: t.string, secret: t.string },
      { next_method: t.string },
    ),
  },
  /* #__PURE__ */ struct(
    "OtherStart",
    {
      from_device: DeviceId,
      transaction_id: t.string,
      // The methods that are known never come here.
      method: /* #__PURE__ */ brick<OtherVerificationMethod>(
        "VerificationMethod",
        "expected string",
        (value) => typeof value === "string",
      ),
    },
    { next_method: t.string },
  ),
);

/**
 * `m.key.verification.accept`: agrees to a SAS verification, and chooses.
 *
 * `method` is optional. The schema requires it without defining it; some clients send it, others do not.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationaccept}
 */
export type KeyVerificationAccept = {
  readonly transaction_id: string;
  readonly key_agreement_protocol: string;
  readonly hash: string;
  readonly message_authentication_code: string;
  readonly short_authentication_string: ReadonlyArray<SasMethod>;
  readonly commitment: string;
  readonly method?: string;
};
/** The codec of `KeyVerificationAccept`. */
export const KeyVerificationAccept: t.Type<KeyVerificationAccept> = /* #__PURE__ */ struct(
  "KeyVerificationAccept",
  {
    transaction_id: t.string,
    key_agreement_protocol: t.string,
    hash: t.string,
    message_authentication_code: t.string,
    short_authentication_string: SasMethods,
    commitment: t.string,
  },
  { method: t.string },
);

/**
 * `m.key.verification.key`: the ephemeral public key of a device.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationkey}
 */
export type KeyVerificationKey = {
  readonly transaction_id: string;
  readonly key: string;
};
/** The codec of `KeyVerificationKey`. */
export const KeyVerificationKey: t.Type<KeyVerificationKey> = /* #__PURE__ */ struct(
  "KeyVerificationKey",
  { transaction_id: t.string, key: t.string },
);

/**
 * `m.key.verification.mac`: the MACs of a device's keys, by key ID, and the MAC of the list of those IDs.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationmac}
 */
export type KeyVerificationMac = {
  readonly transaction_id: string;
  readonly mac: { readonly [keyId: string]: string };
  readonly keys: string;
};
/** The codec of `KeyVerificationMac`. */
export const KeyVerificationMac: t.Type<KeyVerificationMac> = /* #__PURE__ */ struct(
  "KeyVerificationMac",
  {
    transaction_id: t.string,
    mac: /* #__PURE__ */ record("Macs", t.string),
    keys: t.string,
  },
);

/**
 * `m.key.verification.done`: the verification has succeeded.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationdone}
 */
export type KeyVerificationDone = { readonly transaction_id: string };
/** The codec of `KeyVerificationDone`. */
export const KeyVerificationDone: t.Type<KeyVerificationDone> = /* #__PURE__ */ struct(
  "KeyVerificationDone",
  { transaction_id: t.string },
);

/**
 * `m.key.verification.cancel`: the verification has ended, and why. Codes that the specification does not know pass.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationcancel}
 */
export type KeyVerificationCancel = {
  readonly transaction_id: string;
  readonly code:
    | "m.user"
    | "m.timeout"
    | "m.unknown_transaction"
    | "m.unknown_method"
    | "m.unexpected_message"
    | "m.key_mismatch"
    | "m.user_mismatch"
    | "m.invalid_message"
    | "m.accepted"
    | "m.mismatched_commitment"
    | "m.mismatched_sas"
    | (string & Record<never, never>);
  /** For people, where the client does not understand the `code`. */
  readonly reason: string;
};
/** The codec of `KeyVerificationCancel`. */
export const KeyVerificationCancel: t.Type<KeyVerificationCancel> = /* #__PURE__ */ struct(
  "KeyVerificationCancel",
  { transaction_id: t.string, code: t.string, reason: t.string },
);
