import { isUserId } from "../checks.js";
import { validate } from "../generated/edu.js";

export const name = "typia";
export const reasons = "all";
export const differs =
  "takes any object for a plain one; keys are checked by a line after it, since it passes over a bad one";

export function decode(value) {
  const result = validate(value);
  return result.success && Object.keys(value.content.messages).every(isUserId);
}
export const accepts = decode;
