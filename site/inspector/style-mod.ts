/**
 * The editor's styles as constructed style sheets.
 *
 * The editor adds `<style>` elements, which the page's policy forbids. A constructed sheet is not an element and needs no
 * permission. The build replaces `style-mod` with this module.
 */
import { StyleModule as Original } from "../node_modules/style-mod/src/style-mod.js";

const mounted: Array<Original> = [];
let sheet: CSSStyleSheet | undefined;

export class StyleModule extends Original {
  static override mount(
    _root: Document | ShadowRoot,
    modules: Original | ReadonlyArray<Original>,
  ): void {
    const added = [modules].flat();
    if (added.every((module) => mounted.includes(module))) return;
    const before = mounted.filter((module) => !added.includes(module));
    mounted.splice(0, mounted.length, ...added, ...before);
    if (sheet === undefined) {
      sheet = new CSSStyleSheet();
      document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    }
    sheet.replaceSync(mounted.map((module) => module.getRules()).join("\n"));
  }
}
