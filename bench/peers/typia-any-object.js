import { isUserId } from "../checks.js";
import { validate } from "../generated/edu.js";

export const name = "typia, any object";
export const takesAnyObject = true;
export const reasons = "all";
export const differs =
  "takes any object for a plain one; keys are checked by a line after it, since it passes over a bad one";

export function decode(value) {
  return validate(value).success && Object.keys(value.content.messages).every(isUserId);
}
export const accepts = decode;
