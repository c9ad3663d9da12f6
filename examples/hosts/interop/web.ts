/** Requests to servers whose certificates the authority of this run has signed. */
import { Agent, fetch as undiciFetch } from "undici";

export type Web = ReturnType<typeof createWeb>;

export function createWeb(ca: string) {
  // Ends hanging requests: the longest regular one is a `/sync` of a few seconds.
  const agent = new Agent({ connect: { ca }, headersTimeout: 30_000, bodyTimeout: 30_000 });
  return {
    fetch: async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
      // undici's classes and types match those of the platform, except for the dispatcher.
      const options = { ...init, dispatcher: agent } as Parameters<typeof undiciFetch>[1];
      const url = input instanceof Request ? input.url : String(input);
      const response: unknown = await undiciFetch(url, options);
      return response as Response;
    },
    close: (): Promise<void> => agent.destroy(),
  };
}
