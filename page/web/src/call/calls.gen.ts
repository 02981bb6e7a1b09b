// Code generated from the Go definition by "make ui"; DO NOT EDIT.

import * as wire from "../wire";

export interface Operation {
  host: string;
  method: string;
  path: string;
}

export interface Argument {
  name: string;
  in: string;
  param: string;
}

export interface Credential {
  id: string;
  name: string;
}

export interface Form {
  origin: string;
  schema: string;
  arguments: Argument[];
  credentials: Credential[];
  secured?: boolean;
  missing?: string;
}

export interface DraftQuery {
  seq: number;
}

export interface Pair {
  name: string;
  value: string;
}

export interface Draft {
  origin?: string;
  method: string;
  target: string;
  headers: Pair[];
  body: string;
  binary?: boolean;
}

export interface Request {
  operation?: Operation;
  arguments?: string;
  credential?: string;
  seq?: number;
  draft?: Draft;
}

export interface Problem {
  field: string;
  reason: string;
}

export interface Prepared {
  problems: Problem[];
  origin: string;
  after?: string;
  text: string;
  body?: string;
  type?: string;
  digest: string;
  writes?: boolean;
  local?: boolean;
}

export interface SendRequest {
  request: Request;
  digest: string;
  seconds?: number;
}

export interface Sent {
  status: number;
  took: number;
  refused?: string;
  seq?: number;
  not_stored?: string;
  headers: Pair[];
  type?: string;
  body?: string;
  cut?: boolean;
}

export interface Recorded {
  seq: number;
  status: number;
  target: string;
}

export interface RecordedFlows {
  flows: Recorded[];
}

export interface FillQuery {
  operation: Operation;
  seq: number;
}

export interface Filled {
  arguments: string;
  hidden: string[];
}

export interface None {
}

export interface SentBefore {
  seq: number;
  started: string;
  method: string;
  host: string;
  target: string;
  status?: number;
}

export interface History {
  sent: SentBefore[];
}

export const form = wire.call<Operation, Form>("call/form");
export const draft = wire.call<DraftQuery, Draft>("call/draft");
export const prepare = wire.call<Request, Prepared>("call/prepare");
export const send = wire.call<SendRequest, Sent>("call/send");
export const recorded = wire.call<Operation, RecordedFlows>("call/recorded");
export const fill = wire.call<FillQuery, Filled>("call/fill");
export const history = wire.call<None, History>("call/history");
