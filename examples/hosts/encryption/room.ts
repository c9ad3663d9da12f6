/**
 * An encrypted room. The homeservers here have no rooms, so the scenario hands room events from machine to machine. The
 * room keys go through the homeservers.
 */
import {
  DecryptionSettings,
  EncryptionSettings,
  MegolmDecryptionError,
  RoomId,
  TrustRequirement,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import type { OlmClient } from "./olm-client.js";

/** What a member of a room needs. */
export type Member = Pick<OlmClient, "machine" | "user" | "send">;

export type Room = ReturnType<typeof createRoom>;

/** The result of decrypting an event. */
export type Read =
  | { readonly _tag: "Read"; readonly text: string }
  | { readonly _tag: "NoKey"; readonly isWithheld: boolean };

export function createRoom(id: string, members: ReadonlyArray<string>) {
  let events = 0;
  const roomId = () => new RoomId(id);
  const users = () => members.map((member) => new UserId(member));

  return {
    /** Sends the room key to all devices of all members, or to those that the settings say. */
    shareKey: async (from: Member, settings = new EncryptionSettings()): Promise<void> => {
      const claim = await from.machine.getMissingSessions(users());
      if (claim) await from.send(claim);
      for (const request of await from.machine.shareRoomKey(roomId(), users(), settings)) {
        await from.send(request);
      }
    },

    /** An encrypted message. */
    message: async (from: Member, text: string): Promise<string> => {
      const content = JSON.stringify({ msgtype: "m.text", body: text });
      return JSON.stringify({
        type: "m.room.encrypted",
        event_id: `$${++events}`,
        room_id: id,
        sender: from.user,
        origin_server_ts: Date.now(),
        content: JSON.parse(
          await from.machine.encryptRoomEvent(roomId(), "m.room.message", content),
        ),
      });
    },

    read: async ({ machine }: Member, event: string): Promise<Read> => {
      try {
        const settings = new DecryptionSettings(TrustRequirement.Untrusted);
        const decrypted = await machine.decryptRoomEvent(event, roomId(), settings);
        return { _tag: "Read", text: JSON.parse(decrypted.event).content.body };
      } catch (error) {
        if (!(error instanceof MegolmDecryptionError)) throw error;
        return { _tag: "NoKey", isWithheld: error.maybe_withheld !== undefined };
      }
    },
  };
}
