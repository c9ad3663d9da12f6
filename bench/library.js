/** The library as it is published: what `npm run build` made of it. */
export * from "../dist/esm/index.js";
