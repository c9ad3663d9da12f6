import { isUserId } from "../checks.js";
import { validate } from "../generated/edu.js";

export const name = "typia, any object";
export const takesAnyObject = true;
export const reasons = "all";
export const differs =
  "accepts any object as a plain one; keys are checked by additional code, because it skips an invalid one";

export function decode(value) {
  return validate(value).success && Object.keys(value.content.messages).every(isUserId);
}
export const accepts = decode;
