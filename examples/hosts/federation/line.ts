/** The connection between two servers. It can be cut, and it can lose responses. */

export type Line = ReturnType<typeof createLine>;

export function createLine(fetch: typeof globalThis.fetch) {
  let isCut = false;
  let responsesToLose = 0;
  let requests = 0;
  let lostResponses = 0;
  return {
    fetch: async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
      if (isCut) throw new Error("The line is cut");
      const response = await fetch(input, init);
      // Reads, such as requests for keys, are not counted.
      if (init?.method !== "PUT") return response;
      requests += 1;
      if (responsesToLose === 0) return response;
      responsesToLose -= 1;
      lostResponses += 1;
      await response.arrayBuffer();
      throw new Error("The response is lost");
    },
    cut: (): void => {
      isCut = true;
    },
    repair: (): void => {
      isCut = false;
    },
    /** Loses the next responses: the other server has processed the request, but this one cannot know. */
    loseResponses: (count: number): void => {
      responsesToLose = count;
    },
    /** How many requests arrived at the other server. */
    requests: (): number => requests,
    lostResponses: (): number => lostResponses,
  };
}
