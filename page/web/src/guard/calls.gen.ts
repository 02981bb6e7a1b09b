// Code generated from the Go definition by "make ui"; DO NOT EDIT.

import * as wire from "../wire";

export interface None {
}

export interface Present {
  present: boolean;
}

export interface GrantID {
  name: string;
  version: string;
}

export interface PinID {
  ref: string;
}

export interface Pin {
  ref: string;
  server: string;
  kind: string;
  name: string;
  status: string;
  hash: string;
  since: string;
}

export interface PinChange {
  weight: string;
  path: string;
  why: string;
  old?: string;
  new?: string;
}

export interface Definition {
  pin: Pin;
  changes: PinChange[];
  accepted: string;
  waiting: string;
}

export interface Verdict {
  ref: string;
  hash: string;
  accept: boolean;
}

export interface Verified {
  records: number;
  files: number;
  problem?: string;
  first?: number;
  incomplete?: number;
  signed?: boolean;
  vouched?: number;
  last?: number;
}

export interface Change {
  operation: string;
  version: string;
}

export interface Grant {
  name: string;
  version: string;
  created: string;
  expires?: string;
  expired?: boolean;
  claims: string[];
  policy?: string;
  tools: string[];
}

export interface State {
  grants_file: string;
  grants_error?: string;
  grants: Grant[];
  pins_file: string;
  pins_error?: string;
  pins: Pin[];
  audit_file: string;
  guards: boolean;
}

export interface AuditQuery {
  filter: string;
}

export interface Entry {
  seq: number;
  time: string;
  event: string;
  identity: string;
  server: string;
  verdict: string;
  method: string;
  name: string;
  rule: string;
  reason: string;
  session: string;
  line: string;
}

export interface Tail {
  file: string;
  entries: Entry[];
  matched: number;
  total: number;
  broken?: number;
}

export interface Denied {
  operation: string;
  rule: string;
  reason: string;
  count: number;
  last: string;
  seq: number;
  request: string;
  state: string;
  note: string;
}

export interface Denials {
  policy: string;
  version: string;
  undo: string;
  denied: Denied[];
}

export const present = wire.call<None, Present>("guard/present");
export const revoke = wire.call<GrantID, None>("guard/revoke");
export const definition = wire.call<PinID, Definition>("guard/definition");
export const decide = wire.call<Verdict, None>("guard/decide");
export const verify = wire.call<None, Verified>("guard/verify");
export const change = wire.call<Change, None>("guard/change");
export const state = wire.feed<None, State>("guard.state");
export const records = wire.feed<AuditQuery, Tail>("guard.records");
export const denials = wire.feed<None, Denials>("guard.denials");
