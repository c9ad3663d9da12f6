/**
 * Contents of the events by which a user's devices share secrets.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#secrets}
 */
import * as t from "io-ts";
import { DeviceId } from "../identifiers.js";
import { brick, struct, tagged } from "../internal/codec.js";
import type { Unbranded } from "../json.js";

/**
 * `m.secret.request`: asks the user's other devices for a secret, or cancels the request.
 *
 * A request has the `name` of the secret. In a cancellation `name` may be missing or null, because no client reads it.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#msecretrequest}
 */
export type SecretRequest = {
  /** The device that asks, which is the device to answer. */
  readonly requesting_device_id: DeviceId;
  /** The same in a request and in its cancellation. */
  readonly request_id: string;
} & (
  | {
      /** Asks for the secret. */
      readonly action: "request";
      /** The name of the secret: `m.cross_signing.master`, for instance. */
      readonly name: string;
    }
  | {
      /** Withdraws the request. */
      readonly action: "request_cancellation";
      /** Not used in a cancellation. */
      readonly name?: string | null;
    }
);
const CancelledSecretName: t.Type<string | null> = /* #__PURE__ */ brick(
  "CancelledSecretName",
  "expected string or null",
  (value) => value === null || typeof value === "string",
);
/** The codec of `SecretRequest`. */
export const SecretRequest: t.Type<
  SecretRequest,
  Unbranded<SecretRequest>
> = /* #__PURE__ */ tagged("SecretRequest", "action", {
  request: /* #__PURE__ */ struct("SecretRequest", {
    requesting_device_id: DeviceId,
    request_id: t.string,
    name: t.string,
  }),
  request_cancellation: /* #__PURE__ */ struct(
    "SecretRequestCancellation",
    { requesting_device_id: DeviceId, request_id: t.string },
    { name: CancelledSecretName },
  ),
});

/**
 * `m.secret.send`: the answer to `m.secret.request`. It is only valid inside an `m.room.encrypted` with Olm.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#msecretsend}
 */
export type SecretSend = {
  /** The `request_id` of the request that this answers. */
  readonly request_id: string;
  /** The secret. Do not log it. */
  readonly secret: string;
};
/** The codec of `SecretSend`. */
export const SecretSend: t.Type<SecretSend> = /* #__PURE__ */ struct("SecretSend", {
  request_id: t.string,
  secret: t.string,
});
