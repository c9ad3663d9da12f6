/** A guard as hosts write it: `typeof` and no more. It accepts any object as a plain one and any string as an ID. */

export const name = "guard, as written";
export const reasons = "none";
export const differs = "checks types only: neither the grammar of IDs nor plain objects";

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {unknown} value */
export function decode(value) {
  return (
    isObject(value) &&
    value.edu_type === "m.direct_to_device" &&
    isObject(value.content) &&
    typeof value.content.sender === "string" &&
    typeof value.content.type === "string" &&
    typeof value.content.message_id === "string" &&
    isObject(value.content.messages) &&
    Object.values(value.content.messages).every(
      (devices) => isObject(devices) && Object.values(devices).every(isObject),
    )
  );
}

export const accepts = decode;
