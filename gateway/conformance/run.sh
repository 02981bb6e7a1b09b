#!/usr/bin/env bash
# run.sh SPECTAP: runs the official MCP suite against a reference server over HTTP, directly and through the gateway
# with a policy that allows everything, in both revisions, and compares the results. BENCH is the folder of the checkers
# (conformance.sh) and MCP_BENCH that of what they installed. Exits with 1 if a result differs.
set -euo pipefail
[ $# -eq 1 ] || { echo "usage: run.sh SPECTAP" >&2; exit 2; }
spectap=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
bench=${BENCH:?the folder of conformance.sh}
export MCP_BENCH=${MCP_BENCH:-${TMPDIR:-/tmp}/mcp-bench}
fixture=$MCP_BENCH/mcpfixture
[ -x "$fixture" ] || { echo "run.sh: no reference server at $fixture: run $bench/setup.sh" >&2; exit 2; }
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

port=${PORT:-17820}
"$fixture" -http "127.0.0.1:$port" -stateful -settle 10ms >"$work/fixture.log" 2>&1 & pids+=($!)
direct="http://127.0.0.1:$port/mcp"
cat >"$work/policy.yaml" <<'POLICY'
version: 1
default: allow
upstream: {sampling: allow, elicitation: allow, roots: allow, logging: allow}
POLICY
"$spectap" gateway --policy "$work/policy.yaml" --audit "$work/audit.jsonl" --http 127.0.0.1:0 --no-token --upstream "$direct" \
  2>"$work/gateway.log" & pids+=($!)
for _ in $(seq 100); do
  through=$(sed -n 's/.*MCP at \(http[^ ]*\).*/\1/p' "$work/gateway.log")
  [ -n "$through" ] && break
  sleep 0.1
done
[ -n "$through" ] || { cat "$work/gateway.log" >&2; exit 1; }

# judge URL REVISION: the result of each scenario, without the number of attempts.
judge() { "$bench/conformance.sh" -r "$2" -n "${TRIES:-3}" "$1" | sed 's/ (try .*//'; }
differs=0
for revision in 2025-11-25 2026-07-28; do
  judge "$direct" "$revision" >"$work/direct" || true
  judge "$through" "$revision" >"$work/through" || true
  echo "$revision directly: $(tail -1 "$work/direct"); through the gateway: $(tail -1 "$work/through")"
  diff "$work/direct" "$work/through" || differs=1
done
"$spectap" audit verify "$work/audit.jsonl"
exit $differs
