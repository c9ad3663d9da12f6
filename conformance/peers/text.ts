/** A text in one line of printable ASCII, of bounded length. */
export function shortened(text: string, max = 160): string {
  const line = text.replace(/[^ -~]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return `\\u{${code}}`;
  });
  if (line.length <= max) return line;
  const tail = Math.floor(max / 4);
  return `${line.slice(0, max - tail - 5)} ... ${line.slice(-tail)}`;
}
