/** The editor: JSON with marks at the places in the report. */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  type DecorationSet,
  EditorView,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { Span } from "../report/outline.ts";
import type { Finding } from "../report/report.ts";

export type Mark = { readonly span: Span; readonly severity: Finding["severity"] };

export type Editor = {
  readonly text: () => string;
  readonly length: () => number;
  /** Replaces the text, as an edit that can be undone. */
  readonly setText: (text: string) => void;
  readonly mark: (marks: ReadonlyArray<Mark>) => void;
  /** Selects a place, shows it, and moves the focus there. */
  readonly select: (span: Span) => void;
  /** A line and column, from 1. */
  readonly placeOf: (position: number) => { readonly line: number; readonly column: number };
};

/**
 * - `set`: the page has set the text.
 * - `edited`: the user has changed a part of it.
 * - `replaced`: the user has replaced most of it, so it counts as another text.
 */
export type Change = "set" | "edited" | "replaced";

export function newEditor(parent: Element, onChange: (change: Change) => void): Editor {
  let isSetting = false;
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: "",
      extensions: [
        lineNumbers(),
        highlightSpecialChars({ addSpecialChars: bidirectional }),
        history(),
        bracketMatching(),
        json(),
        syntaxHighlighting(highlighting),
        EditorView.lineWrapping,
        keymap.of([...defaultKeymap, ...historyKeymap]),
        placeholder("Paste an EDU, a transaction, a client's body or a /sync response"),
        EditorView.contentAttributes.of({
          "aria-label": "Message",
          "aria-describedby": "message-help",
          autocapitalize: "off",
          spellcheck: "false",
          // The element is focusable anyway, but some accessibility checkers do not recognise this.
          tabindex: "0",
        }),
        largeInput,
        theme,
        marks,
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          let replaced = 0;
          update.changes.iterChangedRanges((from, to) => {
            replaced += to - from;
          });
          const isOther = 2 * replaced >= update.startState.doc.length;
          onChange(isSetting ? "set" : isOther ? "replaced" : "edited");
        }),
      ],
    }),
  });
  const within = (position: number) => Math.max(0, Math.min(position, view.state.doc.length));
  return {
    // `toString()` is slow: it joins the lines one by one.
    text: () => view.state.sliceDoc(),
    length: () => view.state.doc.length,
    setText: (text) => {
      isSetting = true;
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: text },
        selection: { anchor: 0 },
        scrollIntoView: true,
      });
      isSetting = false;
    },
    mark: (list) => view.dispatch({ effects: setMarks.of(list) }),
    select: ({ from, to }) => {
      const [anchor, head] = [within(from), within(to)];
      view.dispatch({
        selection: { anchor, head },
        effects: EditorView.scrollIntoView(anchor, { y: "center" }),
      });
      view.focus();
    },
    placeOf: (position) => {
      const { number, from } = view.state.doc.lineAt(within(position));
      return { line: number, column: within(position) - from + 1 };
    },
  };
}

/**
 * Inserts a long text from one input event, such as that of an input method or a test, itself. The browser would create
 * an element for each line.
 */
const largeInput = EditorView.domEventHandlers({
  beforeinput: (event, view) => {
    const { inputType, data } = event;
    if (inputType !== "insertText" || data === null || data.length < 1000) return false;
    event.preventDefault();
    view.dispatch(view.state.replaceSelection(data), { userEvent: "input.paste" });
    return true;
  },
});

/** Characters that change the order in which a text is shown. */
const bidirectional = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const setMarks = StateEffect.define<ReadonlyArray<Mark>>();

const marks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (decorations, transaction) => {
    let next = decorations.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) next = decorationsOf(effect.value, transaction.state);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function decorationsOf(list: ReadonlyArray<Mark>, state: EditorState): DecorationSet {
  const { doc } = state;
  const ranges = list.flatMap(({ span, severity }) => {
    const from = Math.min(span.from, doc.length);
    // Only the first line of an EDU is marked, because a mark of the whole would cover all others.
    const to = Math.min(span.to, doc.lineAt(from).to);
    const line = doc.lineAt(from).from;
    const range = [Decoration.line({ class: `line-${severity}` }).range(line)];
    if (from < to) range.push(Decoration.mark({ class: `mark-${severity}` }).range(from, to));
    return range;
  });
  return Decoration.set(ranges, true);
}

const highlighting = HighlightStyle.define([
  { tag: tags.propertyName, color: "var(--code-name)" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-literal)" },
  {
    tag: [tags.punctuation, tags.separator, tags.brace, tags.squareBracket],
    color: "var(--muted)",
  },
]);

const theme = EditorView.theme({
  "&": {
    height: "100%",
    fontSize: "0.8125rem",
    color: "var(--text)",
    backgroundColor: "transparent",
  },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { caretColor: "var(--text)", padding: "12px 0" },
  ".cm-line": { padding: "0 12px" },
  ".cm-gutters": {
    backgroundColor: "transparent",
    color: "var(--muted)",
    border: "none",
    paddingLeft: "8px",
  },
  ".cm-placeholder": { color: "var(--muted)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--accent-soft)",
    outline: "1px solid var(--accent)",
  },
  ".cm-specialChar": { color: "var(--rejection)" },
});
