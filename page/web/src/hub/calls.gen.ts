// Code generated from the Go definition by "make ui"; DO NOT EDIT.

import * as wire from "../wire";

export interface None {
}

export interface Present {
  kind: string;
}

export interface Source {
  name: string;
  recorded: number;
  sent: number;
  lag: number;
  released: number;
  lost: number;
  resent: number;
  err?: string;
  ended?: boolean;
  here: number;
  behind: number;
  gap?: boolean;
  seen?: string;
}

export interface State {
  kind: string;
  address?: string;
  error?: string;
  sources: Source[];
  more?: number;
  here: number;
  stored?: number;
  read?: number;
  models?: number;
  model_bytes?: number;
}

export const present = wire.call<None, Present>("hub/present");
export const state = wire.feed<None, State>("hub.state");
