/** A connection to one worker that loses responses: the worker has processed the request, but the client cannot know. */
import { connect, createServer, type Socket } from "node:net";
import { portOf } from "./ports.js";

export type LossyLine = Awaited<ReturnType<typeof createLossyLine>>;

export async function createLossyLine(target: number) {
  const sockets = new Set<Socket>();
  let toLose = 0;
  let lost = 0;

  const server = createServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      const end = () => {
        near.destroy();
        far.destroy();
        sockets.delete(socket);
      };
      socket.on("close", end).on("error", end);
    }
    near.pipe(far);
    far.on("data", (response) => {
      if (toLose === 0) {
        near.write(response);
        return;
      }
      toLose -= 1;
      lost += 1;
      near.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    address: `http://127.0.0.1:${portOf(server)}`,
    loseNext: (): void => {
      toLose = 1;
    },
    lost: (): number => lost,
    close: async (): Promise<void> => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
