import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificates } from "./certificates.js";
import { createWeb } from "./web.js";
import { buildSynapse, buildDendrite } from "./build.js";
import { runSynapse } from "./synapse.js";
import { runDendrite } from "./dendrite.js";
import { runOurs } from "./ours.js";
import { createWorld, messagesTo, wordsFor } from "./world.js";
import { startScripted } from "./scripted.js";
const s = await buildSynapse(); const d = await buildDendrite();
console.log(s, d);
if (s._tag === "Skipped" || d._tag === "Skipped") process.exit(1);
for (const which of process.argv.slice(2)) {
const folder = mkdtempSync(join(tmpdir(), "interop-"));
console.log(folder);
const certificates = makeCertificates(folder);
const web = createWeb(certificates.ca);
const site = { folder, certificates, web };
const peer = which === "synapse" ? await runSynapse(site, s.command, "Synapse") : await runDendrite(site, d.command, "Dendrite");
const ours = await runOurs(site, { title: "ours", database: join(folder, "ours.db"), processes: 1 });
const scripted = await startScripted(site);
const world = await createWorld({ ours, peer, scripted, web });
for (const route of [world.out, world.in]) {
  const c = world.marked();
  const r = await c.exchange(route, 1, () => route.from.phone.send(messagesTo(route.to.userId, [["PHONE", c.contents("hello")]])));
  console.log(r.map(wordsFor));
}
console.log(peer.gate.exchanges, ours.gate.exchanges);
await scripted.close(); await peer.stop(); await ours.stop(); await web.close();
}
process.exit(0);
