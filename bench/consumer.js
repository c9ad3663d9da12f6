/** The consumer of `bundle.js` for the library, which needs no additional checks. */
import { DirectToDeviceEdu } from "../dist/esm/index.js";

export const accepts = (value) => DirectToDeviceEdu.decode(value)._tag === "Right";
