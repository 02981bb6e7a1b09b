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

export interface Segment {
  text: string;
  at: string;
  parameter?: boolean;
}

export interface Node {
  name?: string;
  type: string;
  ref?: string;
  required?: boolean;
  limits?: string[];
  description?: string;
  children?: Node[];
  at?: string;
  enum?: string[];
  corrected?: string;
  pointer?: string;
  seen?: number;
  of?: number;
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
  pointer: string;
}

export interface Evidence {
  text: string;
  weight: number;
  count: number;
}

export interface Decision {
  about: string;
  subject: string;
  result: string;
  for: Evidence[];
  against: Evidence[];
  supports: number;
  opposes: number;
  because?: string;
  certainty?: number;
}

export interface Shown {
  operation: Operation;
  summary: string;
  description: string;
  filter: string;
  at: string;
  segments: Segment[];
  security: string[];
  parameters: Parameter[];
  request: Content[];
  responses: Response[];
  decisions: Decision[];
  pointer: string;
}

export interface HostQuery {
  host: string;
}

export interface Text {
  yaml: string;
}

export interface Correction {
  host: string;
  version: string;
  kind: string;
  at: string;
  to?: string;
  values?: string[];
}

export interface Corrected {
  what: string;
  path: string;
  version: string;
  host: string;
  diff: string;
  cut?: boolean;
  misfits: string[];
}

export interface Removal {
  host: string;
  version: string;
  section: string;
  key: string;
  limit: string;
}

export interface Version {
  host: string;
  version: string;
}

export interface None {
}

export interface Entry {
  section: string;
  key: string;
  limit: string;
  says: string;
  misfit: string;
}

export interface Corrections {
  path: string;
  version: string;
  entries: Entry[];
  undo: string;
}

export interface SegmentQuery {
  host: string;
  at: string;
}

export interface Literals {
  values: string[];
  all?: boolean;
}

export interface ReviewQuery {
  host: string;
  document?: string;
  name?: string;
}

export interface Change {
  level: string;
  method: string;
  path: string;
  text: string;
  rule: string;
  shown?: boolean;
}

export interface Comparison {
  name: string;
  problem: string;
  changes: Change[];
  of?: string[];
  more: number;
}

export interface Changes {
  given: Comparison;
  since: Comparison;
}

export interface Finding {
  rule: string;
  severity: string;
  message: string;
  advice?: string;
  pointer: string;
  file?: string;
  line: number;
  column: number;
  method?: string;
  path?: string;
  operation?: string;
  parameter?: string;
}

export interface Lints {
  findings: Finding[];
  more: number;
}

export interface CoverageTotal {
  kind: string;
  parts: number;
  reached: number;
}

export interface CoveragePart {
  kind: string;
  method?: string;
  path?: string;
  name?: string;
  flows: number;
}

export interface Coverage {
  name: string;
  percent: number;
  totals: CoverageTotal[];
  missing: CoveragePart[];
  more: number;
  flows: number;
  newest?: number;
}

export interface Taken {
  name: string;
  from: number;
  value: string;
  place: string;
  runs: number;
}

export interface Step {
  method: string;
  path: string;
  statuses: number[];
  until?: string;
  takes: Taken[];
}

export interface Workflow {
  id: string;
  runs: number;
  sessions: number;
  steps: Step[];
  flows: number[][];
}

export interface Workflows {
  found: Workflow[];
  more: number;
  one_off: number;
  sessions: number;
  newest?: number;
}

export interface Host {
  name: string;
  flows: number;
  operations: number;
}

export interface LeftOut {
  reason: string;
  count: number;
}

export interface Learned {
  hosts: Host[];
  host: string;
  servers: string[];
  operations: Operation[];
  left_out: LeftOut[];
  learning: boolean;
  read?: number;
  corrections: string;
  correcting: boolean;
}

export const operation = wire.call<OperationQuery, Shown>("api/operation");
export const document = wire.call<HostQuery, Text>("api/document");
export const download = wire.file<HostQuery, wire.Saved>("api/download");
export const correct = wire.call<Correction, Corrected>("api/correct");
export const remove = wire.call<Removal, Corrected>("api/remove");
export const undo = wire.call<Version, Corrected>("api/undo");
export const corrections = wire.call<None, Corrections>("api/corrections");
export const literals = wire.call<SegmentQuery, Literals>("api/literals");
export const changes = wire.call<ReviewQuery, Changes>("api/changes");
export const lint = wire.call<HostQuery, Lints>("api/lint");
export const lintOperation = wire.call<OperationQuery, Lints>("api/lintOperation");
export const coverage = wire.call<ReviewQuery, Coverage>("api/coverage");
export const workflows = wire.call<HostQuery, Workflows>("api/workflows");
export const arazzo = wire.file<HostQuery, wire.Saved>("api/arazzo");
export const learned = wire.feed<HostQuery, Learned>("api.learned");
