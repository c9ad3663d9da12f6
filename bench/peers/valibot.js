import * as v from "valibot";
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "valibot";
export const reasons = "all";
export const differs = "copies; leaves own `__proto__`, `prototype` and `constructor` keys out";

const Plain = v.custom(isPlainObject);
const UserId = v.pipe(v.string(), v.check(isUserId));
const Devices = v.pipe(Plain, v.record(v.string(), Plain));
const Edu = v.pipe(
  Plain,
  v.looseObject({
    edu_type: v.literal("m.direct_to_device"),
    content: v.pipe(
      Plain,
      v.looseObject({
        sender: UserId,
        type: v.string(),
        message_id: v.pipe(v.string(), v.check(isMessageId)),
        messages: v.pipe(Plain, v.record(UserId, Devices)),
      }),
    ),
  }),
);

export const decode = (value) => v.safeParse(Edu, value);
export const accepts = (value) => decode(value).success;
