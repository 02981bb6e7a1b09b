// Code generated from the Go definition by "make ui"; DO NOT EDIT.

import * as wire from "../wire";

export interface OperationQuery {
  host: string;
  method: string;
  path: string;
}

export interface Status {
  status: number;
  count: number;
}

export interface Operation {
  method: string;
  path: string;
  name: string;
  flows: number;
  statuses: Status[];
}

export interface Node {
  name?: string;
  type: string;
  ref?: string;
  required?: boolean;
  limits?: string[];
  description?: string;
  children?: Node[];
  again?: boolean;
}

export interface Parameter {
  in: string;
  schema: Node;
}

export interface Content {
  type: string;
  schema: Node;
  cut?: boolean;
}

export interface Response {
  status: string;
  description: string;
  headers: Node[];
  content: Content[];
}

export interface Reason {
  text: string;
  weight?: number;
  count?: number;
}

export interface Finding {
  about: string;
  subject: string;
  result: string;
  for: Reason[];
  against: Reason[];
  weighed?: boolean;
  score?: number;
  supports?: number;
  opposes?: number;
}

export interface Shown {
  operation: Operation;
  summary: string;
  description: string;
  filter: string;
  security: string[];
  parameters: Parameter[];
  request: Content[];
  responses: Response[];
  findings: Finding[];
}

export interface HostQuery {
  host: string;
}

export interface Text {
  yaml: string;
}

export interface Host {
  name: string;
  flows: number;
  operations: number;
}

export interface Learned {
  hosts: Host[];
  host: string;
  servers: string[];
  operations: Operation[];
  left_out: number;
  learning: boolean;
  read?: number;
}

export const operation = wire.call<OperationQuery, Shown>("api/operation");
export const document = wire.call<HostQuery, Text>("api/document");
export const download = wire.file<HostQuery, wire.Saved>("api/download");
export const learned = wire.feed<HostQuery, Learned>("api.learned");
