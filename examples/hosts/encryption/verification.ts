/**
 * Interactive verification by emoji, each step sent through the homeservers.
 *
 * @see {@link https://spec.matrix.org/v1.19/client-server-api/#short-authentication-string-sas-verification}
 */
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import {
  DeviceId,
  OwnUserIdentity,
  Sas,
  UserId,
  VerificationMethod,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import type { OlmClient, Request } from "./olm-client.js";

const methods = () => [VerificationMethod.SasV1];

/**
 * Verifies another device, and the identity of its user if that user has cross-signing keys.
 *
 * @param settle - resolves when everything that was sent has been received
 * @returns the emoji that both devices show
 */
export async function verify(
  from: OlmClient,
  to: OlmClient,
  settle: () => Promise<void>,
): Promise<ReadonlyArray<string>> {
  const sent = async (client: OlmClient, request: Request | undefined) => {
    await client.send(there(request));
    await settle();
  };

  const [request, opening] = await requestOf(from, to);
  await sent(from, opening);
  const [answered] = to.machine
    .getVerificationRequests(new UserId(from.user))
    .filter(({ flowId }) => flowId === request.flowId);
  const answering = there(answered);
  await sent(to, answering.acceptWithMethods(methods()));
  ok(request.isReady(), "The request is accepted");

  const [sas, start] = there(await request.startSas());
  await sent(from, start);
  const otherSas = answering.getVerification();
  ok(otherSas instanceof Sas);
  await sent(to, otherSas.accept());

  const emoji = emojiOf(sas);
  equal(emoji.length, 7);
  deepStrictEqual(emojiOf(otherSas), emoji, "Both devices show the same emoji");

  for (const each of await sas.confirm()) await from.send(each);
  for (const each of await otherSas.confirm()) await to.send(each);
  await settle();
  ok(sas.isDone() && otherSas.isDone(), "Both devices are done");
  return emoji;
}

/** A request to all other devices of the own user, or to one device of another user. */
async function requestOf(from: OlmClient, to: OlmClient) {
  const user = new UserId(to.user);
  const identity = await from.machine.getIdentity(user);
  if (identity instanceof OwnUserIdentity) return identity.requestVerification(methods());
  const device = await from.machine.getDevice(user, new DeviceId(to.device));
  return there(device).requestVerification(methods());
}

function emojiOf(sas: Sas): ReadonlyArray<string> {
  return there(sas.emoji()).map(({ symbol }) => symbol);
}

function there<A>(value: A | undefined): A {
  if (value === undefined) throw new Error("The verification has stalled");
  return value;
}
