/** Lets `/sync` wait for an event. */
import { EventEmitter } from "node:events";

export type Arrivals = ReturnType<typeof createArrivals>;

/** The end of one wait. */
export type Arrival = { readonly arrived: Promise<void>; readonly cancel: () => void };

export function createArrivals() {
  const emitter = new EventEmitter().setMaxListeners(0);
  const all = Symbol("all");
  return {
    /** Ends the waits for an inbox, or all waits if the inbox is unknown. */
    announce: (inbox: string | undefined): void => {
      emitter.emit(inbox ?? all);
    },

    /** Waits until an event arrives in an inbox, the time is over, or the server closes. The wait starts with the call. */
    wait: (inbox: string, timeoutMs: number): Arrival => {
      const ended = new AbortController();
      const cancel = () => ended.abort();
      const arrived = new Promise<void>((resolve) => {
        const timer = setTimeout(cancel, timeoutMs);
        emitter.on(inbox, cancel).on(all, cancel);
        ended.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          emitter.off(inbox, cancel).off(all, cancel);
          resolve();
        });
      });
      return { arrived, cancel };
    },
  };
}
