/** Lets `/sync` wait for an event. */
import { EventEmitter } from "node:events";
import type { Delivery } from "matrix-send-to-device";
import type { Device } from "./store/devices.js";

export type Arrivals = ReturnType<typeof createArrivals>;

export function createArrivals() {
  const emitter = new EventEmitter().setMaxListeners(0);
  const closed = "closed";
  return {
    announce: (deliveries: ReadonlyArray<Delivery>): void => {
      for (const delivery of deliveries) emitter.emit(keyOf(delivery));
    },

    /** Ends when something arrives for the device, after a time, or when the server closes. */
    next: (device: Device, timeoutMs: number): Promise<void> =>
      new Promise((resolve) => {
        const key = keyOf(device);
        const end = () => {
          clearTimeout(timer);
          emitter.off(key, end).off(closed, end);
          resolve();
        };
        const timer = setTimeout(end, timeoutMs);
        emitter.on(key, end).on(closed, end);
      }),

    close: (): void => {
      emitter.emit(closed);
    },
  };
}

function keyOf({ userId, deviceId }: Device): string {
  return JSON.stringify([userId, deviceId]);
}
