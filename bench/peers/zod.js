import * as z from "zod";
import { isMessageId, isPlainObject, isUserId } from "../checks.js";

export const name = "zod 4";
export const reasons = "all";
export const differs = "copies; leaves an own `__proto__` key out";

const plain = (schema) => z.custom(isPlainObject).pipe(schema);
const UserId = z.string().refine(isUserId);
const Contents = z.custom(isPlainObject);
const Messages = plain(z.record(UserId, plain(z.record(z.string(), Contents))));
const Edu = plain(
  z.looseObject({
    edu_type: z.literal("m.direct_to_device"),
    content: plain(
      z.looseObject({
        sender: UserId,
        type: z.string(),
        message_id: z.string().refine(isMessageId),
        messages: Messages,
      }),
    ),
  }),
);

export const decode = (value) => Edu.safeParse(value);
export const accepts = (value) => decode(value).success;
