/** The consumer of `bundle.js`, on the library. Its checks need no help. */
import { DirectToDeviceEdu } from "../dist/esm/index.js";

export const accepts = (value) => DirectToDeviceEdu.decode(value)._tag === "Right";
