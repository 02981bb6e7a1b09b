// A real gateway in front of a server of the program, with a client that speaks to it.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { cleanup, program } from "./support.mjs";

/**
 * Starts a gateway with flags in front of a command of the program, and a client of it. With a script, the command is in
 * that file: the server is the same one with another command.
 */
export function gateway(t, flags, server, script) {
  let command = [program, ...server];
  if (script) {
    writeFileSync(script, `exec ${command.map((word) => `'${word}'`).join(" ")}\n`);
    command = ["sh", script];
  }
  const child = spawn(program, ["gateway", ...flags, "--", ...command], { stdio: ["pipe", "pipe", "ignore"] });
  const ended = new Promise((done) => child.on("exit", done));
  cleanup(t, () => child.kill());
  const answers = new Map();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const m = JSON.parse(line);
    answers.get(m.id)?.(m);
  });
  let id = 0;
  const send = (m) => child.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...m }) + "\n");
  const ask = (method, params) => new Promise((done) => {
    answers.set(++id, done);
    send({ id, method, params });
  });
  const begin = async () => {
    await ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } });
    send({ method: "notifications/initialized" });
  };
  const end = () => {
    child.stdin.end();
    return ended;
  };
  return { ask, send, begin, end };
}
