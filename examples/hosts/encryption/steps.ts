/** The steps of the scenario. Each throws if its result is not the expected one. */
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import {
  CollectStrategy,
  EncryptionSettings,
  ToDeviceRequest,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import type { OlmClient } from "./olm-client.js";
import { createRoom, type Read } from "./room.js";
import { verify } from "./verification.js";
import type { World } from "./world.js";

export async function runSteps(world: World): Promise<void> {
  const people = await firstDevices(world);
  const members = [...new Set(world.clients.map(({ user }) => user))];
  const room = createRoom("!room:one.example", members);
  const first = await shareWithAll(world, people, room);
  await verifyAcrossServers(world, people);
  await verifyOwnAndShareSecrets(world, people);
  await withhold(world, people, members);
  await requestKey(world, people, room, first);
  await requestKeyAcrossServers(world, people, first);
  await shareWithCrowd(world, people);
}

type People = Awaited<ReturnType<typeof firstDevices>>;

async function firstDevices(world: World) {
  const { one, two } = world;
  const people = {
    alice: await world.client(one, "alice", "PHONE"),
    aliceLaptop: await world.client(one, "alice", "LAPTOP"),
    anna: await world.client(one, "anna", "PHONE"),
    bob: await world.client(two, "bob", "PHONE"),
    bobTablet: await world.client(two, "bob", "TABLET"),
    // A device ID like any other.
    ben: await world.client(two, "ben", "__proto__"),
  };
  await people.alice.bootstrap();
  await people.bob.bootstrap();
  await world.meet();
  await world.changed(people.alice.user, people.bob.user);
  await world.settle();
  return people;
}

type Room = ReturnType<typeof createRoom>;

/** A room key reaches all devices of all users on both servers, and decrypts a message. */
async function shareWithAll(world: World, { alice }: People, room: Room): Promise<string> {
  await room.shareKey(alice);
  await world.settle();
  const event = await room.message(alice, "Hello");
  for (const client of world.clients) {
    deepStrictEqual(await room.read(client, event), read("Hello"), client.device);
  }
  return event;
}

async function verifyAcrossServers({ settle, changed }: World, { alice, bob }: People) {
  await verify(alice, bob, settle);
  await changed(alice.user, bob.user);
  await settle();
  ok(await knowsAsVerified(alice, bob));
  ok(await knowsAsVerified(bob, alice));
}

/** The private keys of cross-signing go from the verified device to the new one. */
async function verifyOwnAndShareSecrets({ settle, changed }: World, people: People) {
  const { alice, aliceLaptop } = people;
  equal(await hasSecrets(aliceLaptop), false);
  await verify(aliceLaptop, alice, settle);
  await changed(alice.user);
  await settle();
  equal(await hasSecrets(aliceLaptop), true);
}

/** A room key for verified devices only. The others receive a notice that it is withheld. */
async function withhold(world: World, people: People, members: ReadonlyArray<string>) {
  const { alice, anna, bobTablet, ben } = people;
  const room = createRoom("!verified:one.example", members);
  const settings = new EncryptionSettings();
  settings.sharingStrategy = CollectStrategy.onlyTrustedDevices();
  await room.shareKey(alice, settings);
  await world.settle();
  const event = await room.message(alice, "Only for some");
  for (const client of world.clients) {
    const isVerified = ![anna, bobTablet, ben].includes(client);
    const expected: Read = isVerified ? read("Only for some") : noKey(true);
    deepStrictEqual(await room.read(client, event), expected, client.device);
  }
}

/** A new device asks the others of its user for a room key, gets it, and cancels its request. */
async function requestKey(world: World, { alice }: People, room: Room, event: string) {
  const watch = await world.client(world.one, "alice", "WATCH");
  await world.meet();
  await world.settle();
  await verify(watch, alice, world.settle);
  await world.changed(alice.user);
  await world.settle();
  deepStrictEqual(await room.read(watch, event), noKey(false));
  await world.settle();
  deepStrictEqual(await room.read(watch, event), read("Hello"));
}

/** A device asks a sender on the other server, as older clients do. The sender sends the key again; the device cancels. */
async function requestKeyAcrossServers(world: World, { alice, bob }: People, event: string) {
  const { room_id, content } = JSON.parse(event);
  const { algorithm, session_id, sender_key } = content;
  const send = async (txnId: string, contents: object) => {
    const about = { requesting_device_id: bob.device, request_id: "again" };
    const messages = { [alice.user]: { [alice.device]: { ...about, ...contents } } };
    const body = JSON.stringify({ messages });
    await bob.send(new ToDeviceRequest(txnId, "m.room_key_request", txnId, body));
    await world.settle();
  };
  const encrypted = () => world.ledger.counts.get("m.room.encrypted")?.received ?? 0;
  const before = encrypted();
  const body = { algorithm, room_id, session_id, sender_key };
  await send("request", { action: "request", body });
  equal(encrypted(), before + 1);
  await send("cancel", { action: "request_cancellation" });
}

/** A room key for many users of the other server. */
async function shareWithCrowd(world: World, { alice }: People) {
  const crowd: Array<OlmClient> = [];
  for (let user = 0; user < 20; user++) {
    for (const device of ["A", "B"]) {
      crowd.push(await world.client(world.two, `user${user}`, device));
    }
  }
  const members = [...new Set([alice, ...crowd].map(({ user }) => user))];
  await alice.track(members);
  await world.settle();
  const room = createRoom("!crowd:one.example", members);
  await room.shareKey(alice);
  await world.settle();
  const event = await room.message(alice, "Hello everybody");
  for (const client of crowd) {
    deepStrictEqual(await room.read(client, event), read("Hello everybody"), client.user);
  }
}

function read(text: string): Read {
  return { _tag: "Read", text };
}

function noKey(isWithheld: boolean): Read {
  return { _tag: "NoKey", isWithheld };
}

async function knowsAsVerified({ machine }: OlmClient, { user }: OlmClient): Promise<boolean> {
  return (await machine.getIdentity(new UserId(user)))?.isVerified() === true;
}

async function hasSecrets({ machine }: OlmClient): Promise<boolean> {
  const { hasMaster, hasSelfSigning, hasUserSigning } = await machine.crossSigningStatus();
  return hasMaster && hasSelfSigning && hasUserSigning;
}
