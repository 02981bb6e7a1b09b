// Takes JSON apart into the lines of a tree, without making objects of it: a text of 10 MB has half
// a million lines, which are numbers in typed arrays here. Numbers and names stay as written, and
// names that occur twice are kept. The work is done in slices, so that the page never stalls.

import { countFirst } from "./search";

/** Kinds of lines. */
export const enum Kind {
  Object, // {
  Array, // [
  ObjectEnd,
  ArrayEnd,
  EmptyObject,
  EmptyArray,
  String,
  Number,
  Literal,
}

export class JSONLines {
  count = 0;
  /** Offsets of the value in the text. */
  start = new Int32Array(1024);
  end = new Int32Array(1024);
  /** Offset of the name of a member, with its quotes; -1 if it has none. */
  key = new Int32Array(1024);
  /** The other end of a container. */
  match = new Int32Array(1024);
  /** The index of an element, -1 for a member of an object. */
  index = new Int32Array(1024);
  /** The number of members of a container. */
  members = new Int32Array(1024);
  /** Kind in the low 4 bits, depth above. */
  private shape = new Int32Array(1024);

  /** Where the text stops being JSON, or -1. */
  bad = -1;
  done = false;

  private pos = 0;
  private mode: "value" | "key" | "after" = "value";
  private open: number[] = [];
  private pendingKey = -1;

  constructor(readonly text: string) {}

  kind(line: number): Kind {
    return this.shape[line]! & 15;
  }

  depth(line: number): number {
    return this.shape[line]! >> 4;
  }

  /** Reads on for some milliseconds. */
  run(budget: number) {
    const stop = performance.now() + budget;
    while (!this.done) {
      for (let i = 0; i < 4096 && !this.done; i++) this.step();
      if (performance.now() > stop) return;
    }
  }

  private push(kind: Kind, start: number, end: number): number {
    if (this.count === this.start.length) {
      for (const column of ["start", "end", "key", "match", "index", "members", "shape"] as const) {
        this[column] = new Int32Array(this[column].buffer.transfer(8 * this.count));
      }
    }
    const n = this.count++;
    const isEnd = kind === Kind.ObjectEnd || kind === Kind.ArrayEnd;
    const parent = this.open[this.open.length - 1];
    this.start[n] = start;
    this.end[n] = end;
    this.key[n] = this.pendingKey;
    this.match[n] = -1;
    this.index[n] = -1;
    this.shape[n] = (this.open.length << 4) | kind;
    if (parent !== undefined && !isEnd) {
      if (this.kind(parent) === Kind.Array) this.index[n] = this.members[parent]!;
      this.members[parent]!++;
    }
    this.pendingKey = -1;
    return n;
  }

  private fail() {
    this.bad = this.pos;
    this.done = true;
  }

  private blanks() {
    const t = this.text;
    for (;;) {
      const c = t.charCodeAt(this.pos);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      this.pos++;
    }
  }

  /** Returns the offset behind a string that begins at the offset, or -1. */
  private stringEnd(at: number): number {
    const t = this.text;
    for (let i = at + 1; ; ) {
      const q = t.indexOf('"', i);
      if (q < 0) return -1;
      let slashes = 0;
      while (t.charCodeAt(q - 1 - slashes) === 92) slashes++;
      if (slashes % 2 === 0) return q + 1;
      i = q + 1;
    }
  }

  private step() {
    this.blanks();
    const t = this.text;
    const c = t.charCodeAt(this.pos);
    if (Number.isNaN(c)) {
      if (this.mode !== "after" || this.open.length > 0) this.bad = this.pos;
      this.done = true;
      return;
    }
    if (this.mode === "after") this.after(c);
    else if (this.mode === "key") this.name(c);
    else this.value(c);
  }

  private name(c: number) {
    if (c !== 34) return this.fail();
    const end = this.stringEnd(this.pos);
    if (end < 0) return this.fail();
    this.pendingKey = this.pos;
    this.pos = end;
    this.blanks();
    if (this.text.charCodeAt(this.pos) !== 58) return this.fail();
    this.pos++;
    this.mode = "value";
  }

  private value(c: number) {
    const at = this.pos;
    this.mode = "after";
    if (c === 34) {
      const end = this.stringEnd(at);
      if (end < 0) return this.fail();
      this.pos = end;
      this.push(Kind.String, at, end);
    } else if (c === 123 || c === 91) {
      const close = c === 123 ? 125 : 93;
      this.pos++;
      this.blanks();
      if (this.text.charCodeAt(this.pos) === close) {
        this.pos++;
        this.push(c === 123 ? Kind.EmptyObject : Kind.EmptyArray, at, this.pos);
      } else {
        this.open.push(this.push(c === 123 ? Kind.Object : Kind.Array, at, at + 1));
        this.mode = c === 123 ? "key" : "value";
      }
    } else {
      scalar.lastIndex = at;
      const m = scalar.exec(this.text);
      if (!m) return this.fail();
      this.pos = at + m[0].length;
      this.push(m[1] !== undefined ? Kind.Number : Kind.Literal, at, this.pos);
    }
  }

  private after(c: number) {
    const parent = this.open[this.open.length - 1];
    if (parent === undefined) return this.fail();
    const isArray = this.kind(parent) === Kind.Array;
    if (c === 44) {
      this.pos++;
      this.mode = isArray ? "value" : "key";
    } else if (c === (isArray ? 93 : 125)) {
      this.open.pop();
      const n = this.push(isArray ? Kind.ArrayEnd : Kind.ObjectEnd, this.pos, this.pos + 1);
      this.match[n] = parent;
      this.match[parent] = n;
      this.pos++;
    } else this.fail();
  }

  /** Returns the name of a member with its quotes. */
  keyText(line: number): string {
    const at = this.key[line]!;
    return at < 0 ? "" : this.text.slice(at, this.stringEnd(at));
  }

  /** Returns the line that an offset of the text is in. */
  lineAt(offset: number): number {
    return Math.max(0, countFirst(this.count, (i) => (this.key[i]! >= 0 ? this.key[i]! : this.start[i]!) <= offset) - 1);
  }

  /** Returns the containers around a line, the innermost first. */
  *around(line: number): Generator<number> {
    let depth = this.depth(line);
    for (let i = line - 1; i >= 0 && depth > 0; i--) {
      const k = this.kind(i);
      if (k === Kind.ObjectEnd || k === Kind.ArrayEnd) {
        i = this.match[i]!; // nothing in a container that ends before the line is around it
        continue;
      }
      if ((k === Kind.Object || k === Kind.Array) && this.depth(i) === depth - 1) {
        yield i;
        depth--;
      }
    }
  }

  /** Returns where a line is, as JSONPath. */
  path(line: number): string {
    const steps: string[] = [];
    for (const l of [line, ...this.around(line)]) {
      const name = this.keyText(l);
      if (this.index[l]! >= 0) steps.push(`[${this.index[l]}]`);
      else if (/^"[A-Za-z_]\w*"$/.test(name)) steps.push("." + name.slice(1, -1));
      else if (name) steps.push(`[${name}]`);
    }
    return "$" + steps.reverse().join("");
  }

  /** Returns the lines that show while the lines in folded hide what they contain. */
  visible(folded: Set<number>): Int32Array {
    const out = new Int32Array(this.count);
    let n = 0;
    for (let i = 0; i < this.count; i++) {
      out[n++] = i;
      if (folded.has(i) && this.match[i]! > 0) i = this.match[i]!;
    }
    return out.subarray(0, n);
  }
}

const scalar = /(-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)(?![\w.])|(?:true|false|null)(?!\w)/y;
