// JSON Schema as a form needs it: references resolved, and values that keep the text of numbers.

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema | boolean>;
  type?: string | string[];
  title?: string;
  description?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, Schema | boolean>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  items?: Schema | boolean;
  prefixItems?: (Schema | boolean)[];
  anyOf?: (Schema | boolean)[];
  oneOf?: (Schema | boolean)[];
  allOf?: (Schema | boolean)[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

/** A number as it was typed, so that no digits are lost. Other text is sent as a string, which the check reports. */
export class Num {
  constructor(readonly text: string) {}
}

export type Value = undefined | null | boolean | string | Num | Value[] | { [name: string]: Value };

export function isObject(v: Value): v is { [name: string]: Value } {
  return typeof v === "object" && v !== null && !Array.isArray(v) && !(v instanceof Num);
}

/** Returns a schema with references followed and the parts of allOf joined. */
export function resolve(s: Schema | boolean | undefined, root: Schema, depth = 0): Schema {
  if (typeof s !== "object" || depth > 20) return {};
  if (s.$ref !== undefined) {
    const { $ref, ...rest } = s;
    const name = $ref.replace(/^#\/\$defs\//, "");
    return { ...resolve(root.$defs && Object.hasOwn(root.$defs, name) ? root.$defs[name] : {}, root, depth + 1), ...rest };
  }
  if (!s.allOf) return s;
  const { allOf, ...rest } = s;
  return allOf.map((p) => resolve(p, root, depth + 1)).reduce((a, b) => ({
    ...a, ...b, properties: { ...a.properties, ...b.properties }, required: [...(a.required ?? []), ...(b.required ?? [])],
  }), rest);
}

/** Returns the alternatives of a schema, one for each type, or none if there is only one. */
export function alternatives(s: Schema): Schema[] {
  const { anyOf, oneOf, ...rest } = s;
  const list = (anyOf ?? oneOf)?.filter((x): x is Schema => typeof x === "object");
  if (list && list.length > 0) {
    // Keywords beside the alternatives apply to each.
    return list.map((x) => rest.properties || rest.type ? { ...rest, ...x, properties: { ...rest.properties, ...x.properties } } : x);
  }
  if (Array.isArray(s.type) && s.type.length > 1 && s.enum === undefined) return s.type.map((type) => ({ ...s, type }));
  return [];
}

export type Kind = "choice" | "object" | "map" | "array" | "string" | "number" | "boolean" | "null" | "any" | "alternatives";

export function kindOf(s: Schema): Kind {
  if (s.const !== undefined || s.enum !== undefined) return "choice";
  if (alternatives(s).length > 0) return "alternatives";
  const type = Array.isArray(s.type) ? s.type[0] : s.type;
  switch (type) {
    case "object":
      return s.properties && Object.keys(s.properties).length > 0 ? "object" : "map";
    case "array":
      return s.prefixItems ? "any" : "array";
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
    case "null":
      return type;
  }
  return s.properties ? "object" : "any";
}

/** Returns the initial value of a form: its required members, empty. */
export function initial(s: Schema, root: Schema, depth = 0): Value {
  s = resolve(s, root);
  if (s.default !== undefined) return fromJSON(s.default);
  switch (kindOf(s)) {
    case "choice":
      return s.const !== undefined ? fromJSON(s.const) : undefined;
    case "alternatives":
      return initial(alternatives(s)[0]!, root, depth + 1);
    case "object": {
      const out: { [name: string]: Value } = {};
      if (depth < 8) for (const name of s.required ?? []) if (s.properties && Object.hasOwn(s.properties, name)) put(out, name, initial(resolve(s.properties[name], root), root, depth + 1));
      return out;
    }
    case "map":
      return {};
    case "array":
      return [];
    case "string":
      return "";
    case "number":
      return new Num("");
    case "boolean":
      return false;
    case "null":
      return null;
  }
  return undefined;
}

/** Sets a member, of whatever name. */
export function put(o: { [name: string]: Value }, name: string, v: Value) {
  Object.defineProperty(o, name, { value: v, enumerable: true, configurable: true, writable: true });
}

/** Returns a copy of an object with a member set, or removed if the value is undefined. */
export function withMember(o: { [name: string]: Value }, name: string, v: Value): { [name: string]: Value } {
  const out: { [name: string]: Value } = {};
  for (const [k, x] of Object.entries(o)) if (k !== name) put(out, k, x);
    else if (v !== undefined) put(out, k, v);
  if (v !== undefined && !Object.hasOwn(o, name)) put(out, name, v);
  return out;
}

const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

declare global {
  interface JSON {
    rawJSON(text: string): object;
    parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  }
}

/** Writes a value as JSON. Members without a value are left out. */
export function write(v: Value): string {
  return JSON.stringify(v ?? null, (_, x: Value) => (x instanceof Num ? (number.test(x.text) ? JSON.rawJSON(x.text) : x.text) : x), 2);
}

/** Reads JSON, with the text of its numbers. It throws a SyntaxError. */
export function read(text: string): Value {
  return JSON.parse(text, (_, x, { source }) => (typeof x === "number" ? new Num(source!) : x)) as Value;
}

export function fromJSON(v: unknown): Value {
  return read(JSON.stringify(v) ?? "null");
}

/** Says what a schema demands of a value, beside its type. */
export function limits(s: Schema): string {
  const out = [];
  if (s.format) out.push(s.format);
  if (s.minimum !== undefined) out.push(`≥ ${s.minimum}`);
  if (s.maximum !== undefined) out.push(`≤ ${s.maximum}`);
  if (s.minLength !== undefined) out.push(`at least ${s.minLength} characters`);
  if (s.maxLength !== undefined) out.push(`at most ${s.maxLength} characters`);
  if (s.pattern !== undefined) out.push(`matches ${s.pattern}`);
  return out.join(", ");
}

/** Names a schema for a choice. */
export function nameOf(s: Schema): string {
  const type = Array.isArray(s.type) ? s.type.join(" or ") : s.type;
  if (s.title) return s.title;
  if (s.const !== undefined) return JSON.stringify(s.const);
  if (type === "object" && s.properties) return "object {" + Object.keys(s.properties).slice(0, 4).join(", ") + (Object.keys(s.properties).length > 4 ? ", …" : "") + "}";
  if (s.enum) return "one of " + s.enum.slice(0, 3).map((x) => JSON.stringify(x)).join(", ") + (s.enum.length > 3 ? ", …" : "");
  return type ?? "any JSON";
}
