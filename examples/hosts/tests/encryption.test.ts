import { expect, test } from "vitest";
import { print } from "../encryption/print.js";
import { runScenario } from "../encryption/scenario.js";

test("devices with real encryption share keys, verify each other, and share secrets across two servers", async () => {
  // The scenario throws on any unexpected result.
  const account = await runScenario();

  expect(account.devices).toBe(47);
  for (const { sent, received } of account.messages.values()) expect(received).toBe(sent);
  const received = (type: string) => account.messages.get(type)?.received;
  // 3 verifications. One request goes to two devices; one of them learns that the other has accepted.
  expect(received("m.key.verification.request")).toBe(4);
  expect(received("m.key.verification.cancel")).toBe(1);
  for (const step of ["ready", "start", "accept"]) {
    expect(received(`m.key.verification.${step}`)).toBe(3);
  }
  for (const step of ["key", "mac", "done"]) {
    expect(received(`m.key.verification.${step}`)).toBe(6);
  }
  expect(received("m.room_key.withheld")).toBe(3);
  expect(received("m.room_key_request")).toBeGreaterThanOrEqual(4);
  expect(received("m.secret.request")).toBeGreaterThanOrEqual(3);
  // The room keys of 45 devices of others and the secrets are among them.
  expect(received("m.room.encrypted")).toBeGreaterThan(50);

  const [one, two] = account.traffic;
  // The keys for one user do not fit into one EDU.
  expect(one?.edus).toBeGreaterThan(43);
  expect(two?.edus).toBeGreaterThanOrEqual(7);
  expect([...account.rejections.keys()]).toEqual([
    "ForeignSender",
    "InvalidEdu",
    "InvalidRecipients",
    "RecipientsNotLocal",
  ]);
  const { library, crypto, rest } = account.shares;
  for (const share of [library, crypto, rest]) expect(share).toBeGreaterThan(0);
  expect(library + crypto + rest).toBeCloseTo(1);
  expect(print(account)).toMatch(/^all +136 +136$/m);
});
