/** The published library: the output of `npm run build`. */
export * from "../dist/esm/index.js";
