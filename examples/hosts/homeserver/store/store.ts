/** Everything that the homeserver remembers. */
import { openDatabase } from "./database.js";
import { devicesIn } from "./devices.js";
import { idempotenceIn } from "./idempotence.js";
import { inboxIn } from "./inbox.js";
import { outboxIn } from "./outbox.js";

export type Store = ReturnType<typeof openStore>;

/** Opens the store in a file, or in memory. */
export function openStore(file?: string) {
  const database = openDatabase(file);
  return {
    devices: devicesIn(database),
    idempotence: idempotenceIn(database),
    inbox: inboxIn(database),
    outbox: outboxIn(database),
    /** Does all of it or, where it throws, nothing. */
    atomically: <A>(work: () => A): A => database.transaction(work)(),
    close: (): void => {
      database.close();
    },
  };
}
