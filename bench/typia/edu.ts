/** The EDU as types, from which typia writes a check at build time. */
import typia, { type tags } from "typia";
import { isMessageId, isUserId } from "../checks.js";

type Checked<Name extends string, Code extends string> = string &
  tags.TagBase<{ target: "string"; kind: Name; value: undefined; validate: Code }>;

export type Edu = {
  edu_type: "m.direct_to_device";
  content: {
    sender: Checked<"UserId", "isUserId($input)">;
    type: string;
    message_id: Checked<"MessageId", "isMessageId($input)">;
    messages: { [userId: string]: { [deviceId: string]: object } };
  };
};

/** The code in the tags above names these, which the compiler does not see. */
export const checks = [isMessageId, isUserId];

export const validate = typia.createValidate<Edu>();
