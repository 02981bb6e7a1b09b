// Code generated from the Go definition by "make ui"; DO NOT EDIT.

import * as wire from "../wire";

export interface Rule {
  id: string;
  action: string;
  filter?: string;
  url_pattern?: string;
  method?: string;
  key?: string;
  value?: string;
  search_pattern?: string;
  phase: string;
  status?: number;
  file?: string;
  content_type?: string;
  delay_ms?: number;
  off?: boolean;
  by_agent?: boolean;
}

export interface ID {
  id: string;
}

export interface None {
}

export interface Turn {
  id: string;
  on: boolean;
}

export interface Number {
  id: number;
}

export interface Message {
  text: string;
  no_body: string;
}

export interface Decision {
  id: number;
  drop?: boolean;
  text?: string;
}

export interface Listed {
  id: string;
  selects: string;
  does: string;
  on: boolean;
  matched: number;
}

export interface Held {
  id: number;
  rule: string;
  phase: string;
  method: string;
  url: string;
  status?: number;
  since: string;
  until: string;
  text?: string;
  no_body?: string;
}

export interface State {
  proxy: boolean;
  problem: string;
  rules: Listed[];
  held: Held[];
}

export const add = wire.call<Rule, ID>("rules/add");
export const remove = wire.call<ID, None>("rules/remove");
export const turn = wire.call<Turn, None>("rules/turn");
export const message = wire.call<Number, Message>("rules/message");
export const decide = wire.call<Decision, None>("rules/decide");
export const state = wire.feed<None, State>("rules.state");
