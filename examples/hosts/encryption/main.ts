/** Runs the scenario of real encryption and prints its account. */
import { print } from "./print.js";
import { runScenario } from "./scenario.js";

console.log(print(await runScenario()));
