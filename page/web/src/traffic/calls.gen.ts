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
  mistake?: string;
  column?: number;
  meant?: string;
}

export interface Recorder {
  proxy?: string;
  ca?: string;
  upstream?: string;
  started?: boolean;
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
  host: string;
  path: string;
  status?: number;
  type?: string;
  size?: number;
  started: number;
  took?: number;
  pending?: boolean;
  failed?: boolean;
  denied?: string;
  messages?: boolean;
  operation?: number;
  session?: number;
  tags?: string[];
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
  messages?: number;
  request: Message;
  response?: Message;
}

export interface BodyQuery {
  seq: number;
  response: boolean;
}

export interface AnswerQuery {
  seq: number;
  reveal?: boolean;
}

export interface Section {
  label: string;
  text: string;
  block?: boolean;
}

export interface Answer {
  events: number;
  sections: Section[];
}

export interface MessagesQuery {
  seq: number;
  offset?: number;
}

export interface SocketMessage {
  at: number;
  from_client?: boolean;
  kind: string;
  size: number;
  text?: string;
  data?: string;
  cut?: boolean;
}

export interface Messages {
  messages: SocketMessage[];
  total: number;
}

export interface RevealQuery {
  seq: number;
  response: boolean;
  part: string;
  index: number;
}

export interface Revealed {
  text: string;
}

export interface TraceQuery {
  value: string;
}

export interface Occurrence {
  flow_id: number;
  method: string;
  url: string;
  side: string;
  place: string;
  name: string;
  whole: boolean;
  timestamp: string;
}

export interface Trace {
  source?: string;
  places: Occurrence[];
  more?: boolean;
}

export interface Operation {
  number: number;
  host: string;
  method: string;
  path: string;
  name: string;
  filter: string;
}

export interface Operations {
  generation: number;
  operations: Operation[];
  hosts: Record<string, number>;
  learning?: boolean;
}

export interface Assigned {
  generation: number;
  flows: number[];
  operations: number[];
}

export interface Session {
  number: number;
  command: string;
  started: string;
}

export interface Sessions {
  sessions: Session[];
}

export interface Place {
  method?: string;
  path?: string;
  name?: string;
  template?: string;
  left_out?: string;
  learning?: boolean;
}

export interface CodeQuery {
  seq: number;
  framework: string;
}

export interface Code {
  code: string;
  variables: string[];
}

export interface ArchiveQuery {
  flows: number[];
  filter: string;
}

export interface CompareQuery {
  a: number;
  b: number;
}

export interface Difference {
  where: string;
  name?: string;
  change: string;
  a?: string;
  b?: string;
}

export interface Comparison {
  request: Difference[];
  response: Difference[];
  partly?: boolean;
  equal: string[];
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
export const recorder = wire.call<None, Recorder>("traffic/recorder");
export const rows = wire.call<RowsQuery, Rows>("traffic/rows");
export const flow = wire.call<FlowQuery, Detail>("traffic/flow");
export const body = wire.file<BodyQuery, wire.Saved>("traffic/body");
export const answer = wire.call<AnswerQuery, Answer>("traffic/answer");
export const messages = wire.call<MessagesQuery, Messages>("traffic/messages");
export const reveal = wire.call<RevealQuery, Revealed>("traffic/reveal");
export const revealBody = wire.file<BodyQuery, wire.Saved>("traffic/revealBody");
export const trace = wire.call<TraceQuery, Trace>("traffic/trace");
export const operations = wire.call<None, Operations>("traffic/operations");
export const assign = wire.call<None, Assigned>("traffic/assign");
export const sessions = wire.call<None, Sessions>("traffic/sessions");
export const place = wire.call<FlowQuery, Place>("traffic/place");
export const code = wire.call<CodeQuery, Code>("traffic/code");
export const archive = wire.file<ArchiveQuery, wire.Saved>("traffic/archive");
export const compare = wire.call<CompareQuery, Comparison>("traffic/compare");
export const flows = wire.feed<FilterText, News>("traffic.flows");
