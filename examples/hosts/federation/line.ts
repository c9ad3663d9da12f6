/** The line between two servers, which can be cut, and which can lose responses. */

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
      // What is read, like keys, is not counted.
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
    /** Loses the next responses: the other server has done what was asked, and this one does not know. */
    loseResponses: (count: number): void => {
      responsesToLose = count;
    },
    /** How many requests arrived at the other server. */
    requests: (): number => requests,
    lostResponses: (): number => lostResponses,
  };
}
