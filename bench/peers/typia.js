import { isPlainObject, isUserId } from "../checks.js";
import { validate } from "../generated/edu.js";

export const name = "typia";
export const reasons = "all";
export const differs =
  "keys and plain objects are checked by additional code, because it skips an invalid key and accepts any object";

export function decode(value) {
  return validate(value).success && hasPlainObjects(value);
}
export const accepts = decode;

function hasPlainObjects(edu) {
  if (!isPlainObject(edu) || !isPlainObject(edu.content)) return false;
  const { messages } = edu.content;
  if (!isPlainObject(messages)) return false;
  for (const userId of Object.keys(messages)) {
    const devices = messages[userId];
    if (!isUserId(userId) || !isPlainObject(devices)) return false;
    for (const deviceId of Object.keys(devices)) {
      if (!isPlainObject(devices[deviceId])) return false;
    }
  }
  return true;
}
