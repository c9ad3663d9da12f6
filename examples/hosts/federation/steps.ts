/** The steps of the scenario, in order. Each says what it sends, and with it who must get that. */
import { equal } from "node:assert/strict";
import type { DeviceId } from "matrix-send-to-device";
import { type Device, type Messages, messagesTo as to } from "./client.js";
import { filling, olmSized } from "./contents.js";
import type { World } from "./world.js";
import { sendTransaction, tooManyEntries, wrongEntries } from "./wrong-transactions.js";

type Step = { readonly title: string; readonly run: (world: World) => Promise<void> };

export const steps: ReadonlyArray<Step> = [
  {
    title: "near and far, by name and by *",
    run: async ({ people, ledger: { contentsFor }, send }) => {
      const { alice, aliceLaptop, anna, bob, bobLaptop, ben } = people;
      await Promise.all([
        send(alice, {
          [bob.userId]: {
            PHONE: contentsFor(alice, [bob]),
            // A device that is named beside the * keeps its own.
            "*": contentsFor(alice, [bobLaptop]),
          },
          ...to(anna, contentsFor(alice, [anna])),
          ...to(aliceLaptop, contentsFor(alice, [aliceLaptop])),
        }),
        send(bob, {
          [alice.userId]: { "*": contentsFor(bob, [alice, aliceLaptop]) },
          // All devices are all, the sending one too.
          [bob.userId]: { "*": contentsFor(bob, [bob, bobLaptop]) },
        }),
        send(ben, to(anna, contentsFor(ben, [anna]))),
      ]);
    },
  },
  {
    title: "two.example is down, and comes back",
    run: async ({ two, people, ledger: { contentsFor }, send }) => {
      const { alice, anna, bob, bobLaptop, ben } = people;
      await two.stop();
      for (let request = 0; request < 150; request++) {
        await Promise.all([
          send(alice, { [bob.userId]: { "*": contentsFor(alice, [bob, bobLaptop]) } }),
          send(anna, to(ben, contentsFor(anna, [ben]))),
        ]);
      }
      await two.start();
    },
  },
  {
    title: "responses are lost, requests repeated",
    run: async ({ one, two, people, ledger: { contentsFor }, send, settled }) => {
      const { alice, aliceLaptop, bob } = people;
      for (let request = 0; request < 10; request++) {
        one.line.loseResponses(3);
        two.line.loseResponses(2);
        await Promise.all([
          send(alice, to(bob, contentsFor(alice, [bob])), 3),
          send(bob, { [alice.userId]: { "*": contentsFor(bob, [alice, aliceLaptop]) } }, 2),
        ]);
        await settled();
      }
    },
  },
  {
    title: "a device appears before delivery",
    run: async ({ one, two, people, ledger: { contentsFor }, send, device }) => {
      const { alice, bob, bobLaptop } = people;
      one.line.cut();
      const bobTablet: Device = { userId: bob.userId, deviceId: "TABLET" as DeviceId };
      await send(alice, {
        [bob.userId]: { "*": contentsFor(alice, [bob, bobLaptop, bobTablet]) },
      });
      await send(alice, to(bobTablet, contentsFor(alice, [bobTablet])));
      await device(two, "bob", "TABLET");
      one.line.mend();
    },
  },
  {
    title: "devices that nobody knows",
    run: async ({ people: { alice, bob }, ledger: { undeliverableContents }, send }) => {
      await send(alice, {
        [bob.userId]: { GONE: undeliverableContents() },
        [alice.userId]: { GONE: undeliverableContents() },
        "@nobody:two.example": { "*": undeliverableContents() },
        "@nobody:one.example": { "*": undeliverableContents() },
      });
    },
  },
  {
    title: "another server sends wrong entries",
    run: async ({ two, people: { bob, ben }, ledger }) => {
      equal(await sendTransaction(two.address(), wrongEntries(ledger, bob, ben)), 200);
      const tooMany = tooManyEntries(ledger, ben);
      equal(await sendTransaction(two.address(), tooMany), 400);
      ledger.foundRefused(tooMany.length);
    },
  },
  {
    title: "clients send wrong bodies",
    run: async ({ people: { alice, anna, ben }, ledger, sendRefused }) => {
      const { refusedContents } = ledger;
      await sendRefused(alice, { bob: { "*": refusedContents() } }, 400);
      await sendRefused(
        alice,
        {
          ...to(anna, refusedContents()),
          ...to(
            ben,
            refusedContents((contents) => ({ ...contents, float: 1.5 })),
          ),
        },
        400,
      );
    },
  },
  {
    title: "200 users with 5 devices at once",
    run: async ({ two, people: { alice, anna, ben }, ledger: { contentsFor }, send, device }) => {
      const users = await Promise.all(
        Array.from({ length: 200 }, (_user, user) =>
          Promise.all(
            Array.from({ length: 5 }, (_device, index) =>
              device(two, `user${user}`, `DEVICE${index}`),
            ),
          ),
        ),
      );
      const messagesOf = (devicesOf: (user: ReadonlyArray<Device>) => Messages[string]) =>
        Object.fromEntries(users.map((user) => [user[0]?.userId, devicesOf(user)]));
      const named = (user: ReadonlyArray<Device>, sender: Device) =>
        Object.fromEntries(user.map((to) => [to.deviceId, contentsFor(sender, [to], olmSized)]));
      await Promise.all([
        send(
          alice,
          messagesOf((user) => named(user, alice)),
        ),
        send(
          ben,
          messagesOf((user) => named(user, ben)),
        ),
        send(
          anna,
          messagesOf((user) => ({ "*": contentsFor(anna, user, olmSized) })),
        ),
      ]);
    },
  },
  {
    title: "as large as an EDU may be, and a byte more",
    run: async ({ people, ledger, send, sendRefused }) => {
      const { alice, anna, bob } = people;
      await send(alice, to(bob, ledger.contentsFor(alice, [bob], filling(alice, bob, 0))));
      // Nothing is half sent: what is for the own server falls with it.
      await sendRefused(
        alice,
        {
          ...to(anna, ledger.refusedContents()),
          ...to(bob, ledger.refusedContents(filling(alice, bob, 1))),
        },
        413,
      );
    },
  },
];
