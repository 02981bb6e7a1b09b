#!/usr/bin/env bash
# run.sh SPECTAP: runs the official MCP suite against a reference server, directly and through the gateway with a policy
# that allows everything, and compares the results: over HTTP and over stdio, with the server as URL and as child process,
# in both revisions. BENCH is the folder of the checkers (conformance.sh) and MCP_BENCH that of what they installed; WAYS
# and REVISIONS choose some of the ways and revisions. Exits with 1 if a result differs.
#
# The suite speaks HTTP only, so conformance.sh puts a bridge in front of what is judged over stdio. The reference server
# waits before each result (-settle): its library sends notifications from another goroutine, and without the wait writes
# most results before the last notification, over HTTP and stdio, with and without the gateway, which keeps the order.
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
url="http://127.0.0.1:$port/mcp"
child="$fixture -settle 10ms"
cat >"$work/policy.yaml" <<'POLICY'
version: 1
default: allow
upstream: {sampling: allow, elicitation: allow, roots: allow, logging: allow}
POLICY

# front NAME UPSTREAM…: starts a gateway that is reached over HTTP, and prints its URL.
front() {
  local name=$1 through=
  shift
  "$spectap" gateway --policy "$work/policy.yaml" --audit "$work/$name.jsonl" --http 127.0.0.1:0 --no-token "$@" \
    >/dev/null 2>"$work/$name.log" & echo $! >"$work/$name.pid"
  for _ in $(seq 100); do
    through=$(sed -n 's/.*MCP at \(http[^ ]*\).*/\1/p' "$work/$name.log")
    [ -n "$through" ] && break
    sleep 0.1
  done
  [ -n "$through" ] || { cat "$work/$name.log" >&2; return 1; }
  echo "$through"
}

# stdio NAME UPSTREAM…: prints the command of a gateway that is reached over stdio.
stdio() {
  local name=$1
  shift
  echo "$spectap gateway --policy $work/policy.yaml --audit $work/$name.\$\$.jsonl $*"
}

# judge SERVER REVISION: the result of each scenario, without the number of attempts.
judge() { "$bench/conformance.sh" -r "$2" -n "${TRIES:-3}" "$1" | sed 's/ (try .*//'; }

declare -A through
for way in ${WAYS:=http-url http-child stdio-url stdio-child}; do
  case $way in
  http-url) through[$way]=$(front "$way" --upstream "$url") ;;
  http-child) through[$way]=$(front "$way" -- $child) ;;
  stdio-url) through[$way]=$(stdio "$way" --upstream "$url") ;;
  stdio-child) through[$way]=$(stdio "$way" -- "$child") ;;
  *) echo "run.sh: no way $way: http-url, http-child, stdio-url or stdio-child" >&2; exit 2 ;;
  esac
  [ ! -e "$work/$way.pid" ] || pids+=("$(cat "$work/$way.pid")")
done
differs=0
for revision in ${REVISIONS:-2025-11-25 2026-07-28}; do
  for way in $WAYS; do
    server=$url direct=$work/url.$revision
    [ "$way" != stdio-child ] || server=$child direct=$work/child.$revision
    [ -e "$direct" ] || judge "$server" "$revision" >"$direct" || true
    judge "${through[$way]}" "$revision" >"$work/through" || true
    # Over stdio the scenarios that judge HTTP are left out, and so they are of the direct run.
    awk 'NR == FNR { asked[$2] = 1; next } $2 in asked && !/^[0-9]+ passed/' "$work/through" "$direct" >"$work/direct"
    echo "$revision $way: $(tail -1 "$work/through") through the gateway, $(grep -c ^ok "$work/direct") passed directly"
    sed -i '$d' "$work/through"
    [ -s "$work/through" ] && diff "$work/direct" "$work/through" || differs=1
  done
done
# A client of 2026-07-28 in front of a server that has only older revisions. Such a server asks one question after the
# other and does not know what the client could answer, so these cannot pass:
expected="input-required-result-basic-elicitation input-required-result-capability-check
  input-required-result-multiple-input-requests server-stateless"
"$fixture" -http "127.0.0.1:$((port + 1))" -stateful -legacy -settle 10ms >"$work/legacy.log" 2>&1 & pids+=($!)
older=$(front older --upstream "http://127.0.0.1:$((port + 1))/mcp")
pids+=("$(cat "$work/older.pid")")
judge "$older" 2026-07-28 >"$work/older" || true
echo "2026-07-28 in front of an older server: $(tail -1 "$work/older")"
for scenario in $(awk '/^FAIL/ { print $2 }' "$work/older"); do
  [[ " $expected " == *[[:space:]]"$scenario"[[:space:]]* ]] || { echo "failed: $scenario"; differs=1; }
done
for audit in "$work"/*.jsonl; do
  "$spectap" audit verify "$audit" >"$work/verified" || { cat "$work/verified"; exit 1; }
done
exit $differs
