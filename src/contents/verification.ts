/**
 * Contents of the events by which two devices verify each other's keys, as sent to a device.
 *
 * All of them need a `transaction_id`, because the receiving device finds the verification by it.
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
  /** The sending device. */
  readonly from_device: DeviceId;
  /** Identifies the verification in all later messages. */
  readonly transaction_id: string;
  /** The methods that the sending device supports. */
  readonly methods: ReadonlyArray<string>;
  /** Milliseconds since 1970. Clients ignore requests more than 10 minutes old or more than 5 minutes in the future. */
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
 * `m.key.verification.ready`: agrees to a verification, and names the methods that both devices support.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationready}
 */
export type KeyVerificationReady = {
  /** The sending device. */
  readonly from_device: DeviceId;
  /** Identifies the verification. */
  readonly transaction_id: string;
  /** The methods that both devices support. */
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
 * A verification method other than `m.sas.v1` and `m.reciprocate.v1`.
 *
 * The type is a template of a branded string, so that `case "m.sas.v1"` narrows to one branch. TypeScript cannot exclude
 * literals from `string`: a plain or branded string would stay in that branch.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#key-verification-framework}
 */
export type OtherVerificationMethod = `${string & {
  readonly [brand: symbol]: "OtherVerificationMethod";
}}`;

/**
 * `m.key.verification.start`: begins a verification. The other members depend on `method`.
 *
 * A method that the specification does not define is accepted with all its members, so that the client can answer with
 * the cancellation `m.unknown_method`.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationstart}
 */
export type KeyVerificationStart = {
  /** The sending device. */
  readonly from_device: DeviceId;
  /** Identifies the verification. */
  readonly transaction_id: string;
  /** The method that verifies the other user's key, if `method` verifies only one of the two. */
  readonly next_method?: string;
} & (
  | {
      /** Comparing emoji or numbers. */
      readonly method: "m.sas.v1";
      /** The key agreement protocols that the sending device supports. */
      readonly key_agreement_protocols: ReadonlyArray<string>;
      /** The hash methods that the sending device supports. */
      readonly hashes: ReadonlyArray<string>;
      /** The message authentication codes that the sending device supports. */
      readonly message_authentication_codes: ReadonlyArray<string>;
      /** How the sending device can show the short authentication string. */
      readonly short_authentication_string: ReadonlyArray<SasMethod>;
    }
  | {
      /** The sending device has scanned the other's QR code. */
      readonly method: "m.reciprocate.v1";
      /** The shared secret from the QR code. Do not log it. */
      readonly secret: string;
    }
  | {
      /** A method that the specification does not define. */
      readonly method: OtherVerificationMethod;
      readonly [member: string]: Json;
    }
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
      // Known methods never reach this branch.
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
 * `m.key.verification.accept`: agrees to a SAS verification, and chooses its parameters.
 *
 * `method` is optional: the schema requires it without defining it, and only some clients send it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationaccept}
 */
export type KeyVerificationAccept = {
  /** Identifies the verification. */
  readonly transaction_id: string;
  /** The chosen key agreement protocol. */
  readonly key_agreement_protocol: string;
  /** The chosen hash method. */
  readonly hash: string;
  /** The chosen message authentication code. */
  readonly message_authentication_code: string;
  /** How both devices can show the short authentication string. */
  readonly short_authentication_string: ReadonlyArray<SasMethod>;
  /** The hash of the sending device's ephemeral key and of the start message, in unpadded Base64. */
  readonly commitment: string;
  /** The verification method. Some clients leave it out. */
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
  /** Identifies the verification. */
  readonly transaction_id: string;
  /** The ephemeral public key, in unpadded Base64. */
  readonly key: string;
};
/** The codec of `KeyVerificationKey`. */
export const KeyVerificationKey: t.Type<KeyVerificationKey> = /* #__PURE__ */ struct(
  "KeyVerificationKey",
  { transaction_id: t.string, key: t.string },
);

/**
 * `m.key.verification.mac`: the MACs of a device's keys, and the MAC of the list of key IDs.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationmac}
 */
export type KeyVerificationMac = {
  /** Identifies the verification. */
  readonly transaction_id: string;
  /** The MAC of each key, by key ID, in unpadded Base64. */
  readonly mac: { readonly [keyId: string]: string };
  /** The MAC of the sorted, comma-separated list of the key IDs, in unpadded Base64. */
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
export type KeyVerificationDone = {
  /** Identifies the verification. */
  readonly transaction_id: string;
};
/** The codec of `KeyVerificationDone`. */
export const KeyVerificationDone: t.Type<KeyVerificationDone> = /* #__PURE__ */ struct(
  "KeyVerificationDone",
  { transaction_id: t.string },
);

/**
 * `m.key.verification.cancel`: the verification has ended without success, and why. Codes that the specification does not
 * define are accepted.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#mkeyverificationcancel}
 */
export type KeyVerificationCancel = {
  /** Identifies the verification. */
  readonly transaction_id: string;
  /** Why the verification was cancelled. */
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
  /** A text for people, in case the client does not know the `code`. */
  readonly reason: string;
};
/** The codec of `KeyVerificationCancel`. */
export const KeyVerificationCancel: t.Type<KeyVerificationCancel> = /* #__PURE__ */ struct(
  "KeyVerificationCancel",
  { transaction_id: t.string, code: t.string, reason: t.string },
);
