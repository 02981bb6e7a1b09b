// Code generated from the Go definition by "make ui"; DO NOT EDIT.

import * as wire from "../wire";

export interface None {
}

export interface Field {
  name: string;
  wants: string;
  values: string[];
}

export interface Language {
  fields: Field[];
}

export interface FilterText {
  filter: string;
}

export interface Checked {
  all: boolean;
}

export interface RowsQuery {
  filter: string;
  before?: number;
  after?: number;
  limit: number;
}

export interface Row {
  seq: number;
  last: number;
  method: string;
  scheme: string;
  host: string;
  path: string;
  status?: number;
  type?: string;
  size?: number;
  started: number;
  took?: number;
  pending?: boolean;
  failed?: boolean;
  note?: string;
  messages?: boolean;
}

export interface Rows {
  rows: Row[];
  next?: number;
  last: number;
  flows: number;
}

export interface FlowQuery {
  seq: number;
}

export interface Header {
  name: string;
  value: string;
}

export interface Body {
  type?: string;
  size: number;
  kept: number;
  note?: string;
}

export interface Message {
  proto?: string;
  headers: Header[];
  trailers: Header[];
  body: Body;
  changed?: string;
}

export interface Detail {
  row: Row;
  url: string;
  source: string;
  error?: string;
  request: Message;
  response?: Message;
}

export interface BodyQuery {
  seq: number;
  response: boolean;
}

export interface Gap {
  after: number;
  before: number;
}

export interface News {
  rows: Row[];
  gone: number[];
  gap?: Gap;
  flows: number;
  deleted?: boolean;
}

export const language = wire.call<None, Language>("traffic/language");
export const checkFilter = wire.call<FilterText, Checked>("traffic/checkFilter");
export const rows = wire.call<RowsQuery, Rows>("traffic/rows");
export const flow = wire.call<FlowQuery, Detail>("traffic/flow");
export const body = wire.file<BodyQuery, wire.Saved>("traffic/body");
export const flows = wire.feed<FilterText, News>("traffic.flows");
