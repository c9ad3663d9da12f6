/** Runs the scenario and prints its account. */
import { print } from "./print.js";
import { runScenario } from "./scenario.js";

console.log(print(await runScenario({ faultMs: 7000, measureMs: 7000 })));
