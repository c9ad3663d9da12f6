/** The peers of the library. Each reports its reasons and documents how its checks differ. */
import * as library from "./library.js";
import * as ajv from "./peers/ajv.js";
import * as arktype from "./peers/arktype.js";
import * as effect from "./peers/effect.js";
import * as guard from "./peers/guard.js";
import * as ioTs from "./peers/io-ts.js";
import * as superstruct from "./peers/superstruct.js";
import * as typebox from "./peers/typebox.js";
import * as typia from "./peers/typia.js";
import * as typiaAnyObject from "./peers/typia-any-object.js";
import * as valibot from "./peers/valibot.js";
import * as zod from "./peers/zod.js";
import * as zodMini from "./peers/zod-mini.js";

export const ours = {
  name: "matrix-send-to-device",
  reasons: "first 100",
  decode: (value) => library.DirectToDeviceEdu.decode(value),
  accepts: (value) => library.DirectToDeviceEdu.is(value),
};

export { guard };

export const peers = [
  guard,
  typia,
  typiaAnyObject,
  ajv,
  arktype,
  typebox,
  valibot,
  zodMini,
  zod,
  ioTs,
  effect,
  superstruct,
];
