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
 * `m.secret.request`: asks another of the user's own devices for a secret, or cancels the request.
 *
 * A request has the `name` of the secret. Nobody reads the `name` of a cancellation, so it may be missing or null.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#msecretrequest}
 */
export type SecretRequest = {
  readonly requesting_device_id: DeviceId;
  /** The same in a request and in its cancellation. */
  readonly request_id: string;
} & (
  | { readonly action: "request"; readonly name: string }
  | { readonly action: "request_cancellation"; readonly name?: string | null }
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
 * `m.secret.send`: the answer to `m.secret.request`. It only counts inside an `m.room.encrypted` with Olm.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#msecretsend}
 */
export type SecretSend = {
  readonly request_id: string;
  readonly secret: string;
};
/** The codec of `SecretSend`. */
export const SecretSend: t.Type<SecretSend> = /* #__PURE__ */ struct("SecretSend", {
  request_id: t.string,
  secret: t.string,
});
