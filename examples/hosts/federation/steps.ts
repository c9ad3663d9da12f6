/** The steps of the scenario. Each records what it sends and which devices must receive it. */
import { equal } from "node:assert/strict";
import type { DeviceId } from "matrix-send-to-device";
import { type Client, type Device, type Messages, messagesTo as to } from "./client.js";
import { filling, olmSized } from "./contents.js";
import type { World } from "./world.js";
import { stranger, tooManyEntries, transactionText, wrongEntries } from "./wrong-transactions.js";

type Step = { readonly title: string; readonly run: (world: World) => Promise<void> };

/** In the order in which they run. */
export const steps: ReadonlyArray<Step> = [
  { title: "local and remote, by name and by *", run: nearAndFar },
  { title: "two.example is down, and comes back", run: downAndBack },
  { title: "responses are lost, requests repeated", run: lostResponses },
  { title: "a device appears before delivery", run: deviceAppears },
  { title: "unknown devices", run: unknownDevices },
  { title: "another server sends invalid entries", run: wrongServer },
  { title: "clients send invalid bodies", run: wrongClients },
  { title: "200 users with 5 devices at once", run: crowd },
  { title: "the largest EDU, and one byte more", run: largest },
];

async function nearAndFar({ people, ledger: { contentsFor }, send }: World) {
  const { alice, aliceLaptop, anna, bob, bobLaptop, ben } = people;
  await Promise.all([
    send(alice, {
      [bob.userId]: {
        PHONE: contentsFor(alice, [bob]),
        // A device that is named next to `*` gets its own contents.
        "*": contentsFor(alice, [bobLaptop]),
      },
      ...to(anna, contentsFor(alice, [anna])),
      ...to(aliceLaptop, contentsFor(alice, [aliceLaptop])),
    }),
    send(bob, {
      [alice.userId]: { "*": contentsFor(bob, [alice, aliceLaptop]) },
      // `*` includes the sending device.
      [bob.userId]: { "*": contentsFor(bob, [bob, bobLaptop]) },
    }),
    send(ben, to(anna, contentsFor(ben, [anna]))),
  ]);
}

async function downAndBack({ two, people, ledger: { contentsFor }, send }: World) {
  const { alice, anna, bob, bobLaptop, ben } = people;
  await two.stop();
  // More EDUs than a transaction may have.
  for (let request = 0; request < 150; request++) {
    await Promise.all([
      send(alice, { [bob.userId]: { "*": contentsFor(alice, [bob, bobLaptop]) } }),
      send(anna, to(ben, contentsFor(anna, [ben]))),
    ]);
  }
  await two.start();
}

async function lostResponses({ one, two, people, ledger, send, settled }: World) {
  const { alice, aliceLaptop, bob } = people;
  const { contentsFor } = ledger;
  for (let request = 0; request < 10; request++) {
    one.line.loseResponses(3);
    two.line.loseResponses(2);
    await Promise.all([
      send(alice, to(bob, contentsFor(alice, [bob])), 3),
      send(bob, { [alice.userId]: { "*": contentsFor(bob, [alice, aliceLaptop]) } }, 2),
    ]);
    await settled();
  }
}

async function deviceAppears({ one, two, people, ledger: { contentsFor }, send, device }: World) {
  const { alice, bob, bobLaptop } = people;
  const bobTablet = { userId: bob.userId, deviceId: "TABLET" as DeviceId };
  one.line.cut();
  await send(alice, { [bob.userId]: { "*": contentsFor(alice, [bob, bobLaptop, bobTablet]) } });
  await send(alice, to(bobTablet, contentsFor(alice, [bobTablet])));
  await device(two, "bob", "TABLET");
  one.line.repair();
}

async function unknownDevices({ people: { alice, bob }, ledger, send }: World) {
  await send(alice, {
    [bob.userId]: { GONE: ledger.undeliverableContents() },
    [alice.userId]: { GONE: ledger.undeliverableContents() },
    "@nobody:two.example": { "*": ledger.undeliverableContents() },
    "@nobody:one.example": { "*": ledger.undeliverableContents() },
  });
}

async function wrongServer({ two, strangers, people: { bob, ben }, ledger }: World) {
  const send = async (edus: ReadonlyArray<unknown>) => {
    const target = { name: two.name, url: two.address() };
    return (await strangers.put(stranger, target, "by-hand", transactionText(edus))).status;
  };
  equal(await send(wrongEntries(ledger, bob, ben)), 200);
  const tooMany = tooManyEntries(ledger, ben);
  equal(await send(tooMany), 400);
  ledger.foundRefused(tooMany.length);
}

async function wrongClients({ people: { alice, anna, ben }, ledger, sendRefused }: World) {
  await sendRefused(alice, { bob: { "*": ledger.refusedContents() } }, 400);
  // The float rejects the whole request, including the messages for the own server.
  const float = ledger.refusedContents((contents) => ({ ...contents, float: 1.5 }));
  await sendRefused(alice, { ...to(anna, ledger.refusedContents()), ...to(ben, float) }, 400);
}

async function crowd({ two, people, ledger: { contentsFor }, send, device }: World) {
  const { alice, anna, ben } = people;
  const users: Array<ReadonlyArray<Client>> = [];
  for (let user = 0; user < 200; user++) {
    const ids = ["A", "B", "C", "D", "E"];
    users.push(await Promise.all(ids.map((id) => device(two, `user${user}`, id))));
  }
  const toAll = (contentsOf: (devices: ReadonlyArray<Device>) => Messages[string]) =>
    Object.fromEntries(users.map((devices) => [devices[0]?.userId, contentsOf(devices)]));
  const byName = (sender: Client) =>
    toAll((devices) =>
      Object.fromEntries(devices.map((to) => [to.deviceId, contentsFor(sender, [to], olmSized)])),
    );
  const byStar = toAll((devices) => ({ "*": contentsFor(anna, devices, olmSized) }));
  await Promise.all([send(alice, byName(alice)), send(ben, byName(ben)), send(anna, byStar)]);
}

async function largest({ people: { alice, anna, bob }, ledger, send, sendRefused }: World) {
  await send(alice, to(bob, ledger.contentsFor(alice, [bob], filling(alice, bob, 0))));
  const tooLarge = ledger.refusedContents(filling(alice, bob, 1));
  await sendRefused(alice, { ...to(anna, ledger.refusedContents()), ...to(bob, tooLarge) }, 413);
}
