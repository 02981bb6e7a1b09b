// Code generated from the Go definition by "make ui"; DO NOT EDIT.

import * as wire from "../wire";

export interface ID {
  id: string;
}

export interface Shown {
  id: string;
  state: string;
  lines: string;
  digest: string;
  own?: boolean;
}

export interface Verdict {
  id: string;
  digest: string;
  approve: boolean;
  note?: string;
}

export interface State {
  state: string;
}

export interface None {
}

export interface Present {
  present: boolean;
}

export interface Held {
  id: string;
  state: string;
  tool: string;
  grant: string;
  client?: string;
  server: string;
  created: string;
  expires: string;
  approvers: number;
  decided: number;
}

export interface Standing {
  id: string;
  state: string;
  tool: string;
  grant: string;
  used: number;
  times: number;
  expires: string;
  lines: string;
}

export interface List {
  book: string;
  by: string;
  held: Held[];
  rules: Standing[];
}

export const show = wire.call<ID, Shown>("approvals/show");
export const decide = wire.call<Verdict, State>("approvals/decide");
export const revoke = wire.call<ID, State>("approvals/revoke");
export const present = wire.call<None, Present>("approvals/present");
export const held = wire.feed<None, List>("approvals.held");
