#!/usr/bin/env bash
# run.sh SPECTAP: lets others judge `SPECTAP mcp` and `SPECTAP serve`. See README.md. Exits with 1 when a check fails.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: run.sh SPECTAP" >&2; exit 2; }
spectap=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
[ -x "$spectap" ] || { echo "run.sh: $1 is no program: make build" >&2; exit 2; }
checkers=${CONFORMANCE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/spectap/conformance}

mkdir -p "$checkers"
if ! cmp -s "$here/package.json" "$checkers/package.json"; then
  cp "$here/package.json" "$checkers/"
  (cd "$checkers" && npm install --no-audit --no-fund --omit=dev --loglevel=error --engine-strict=false) ||
    { rm -f "$checkers/package.json"; echo "run.sh: the checkers could not be installed" >&2; exit 1; }
fi
export PATH="$checkers/node_modules/node/bin:$checkers/node_modules/.bin:$PATH"
export NODE_PATH="$checkers/node_modules"

work=$(mktemp -d)
server=''
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
"$spectap" demo --dir "$work/shop" >"$work/demo.log" || { cat "$work/demo.log" >&2; exit 1; }

failed=0
suite="$checkers/node_modules/@modelcontextprotocol/conformance/dist/index.js"
# Scenarios that judge any server; the others call tools that the suite wants a server to have.
any='server-initialize server-session-lifecycle server-stateless logging-set-level ping tools-list resources-list prompts-list
     sep-2164-resource-not-found dns-rebinding-protection caching http-header-validation input-required-result-unsupported-methods'
# start ARGS...: a server over HTTP, whose address is then in $url, and its token in $token. stop ends it.
start() {
  "$spectap" "$@" --http 127.0.0.1:0 2>"$work/server.log" &
  server=$!
  url=''
  for _ in $(seq 100); do
    url=$(sed -n 's/.*MCP at \(http[^ ]*\).*/\1/p' "$work/server.log")
    grep -q token "$work/server.log" && break
    sleep 0.1
  done
  token=$(sed -n 's/.*printed once: //p' "$work/server.log")
  [ -n "$url" ] || { cat "$work/server.log" >&2; exit 1; }
}
stop() {
  kill "$server"
  wait "$server" || true
  server=''
}
# judge NAME ARGS...: the suite against a server over HTTP.
judge() {
  name=$1; shift
  start "$@" --no-token
  for revision in 2025-11-25 2026-07-28; do
    known=$(cd "$work" && node "$suite" list 2>/dev/null | awk -v rev="$revision" '/^ *- / && index($3, rev) { print $2 }')
    for scenario in $any; do
      grep -qx "$scenario" <<<"$known" || continue
      results="$work/$name-$revision-$scenario"
      (cd "$work" && timeout 120 node "$suite" server --url "$url" --scenario "$scenario" --spec-version "$revision" -o "$results") \
        >"$work/log" 2>&1 || true
      node "$here/sum.mjs" "$name $revision $scenario" "$results" "$work/log" || failed=1
    done
  done
  stop
}
capture=(mcp --db "$work/shop/flows.db")
shop=(serve "$work/shop/shop.yaml" --base-url http://127.0.0.1:1)
judge mcp "${capture[@]}"
judge serve "${shop[@]}"

echo
inspect() {
  mcp-inspector --cli "$spectap" "$@" --method tools/list --strict >"$work/tools.json" 2>"$work/inspector.log" &&
    echo "ok    inspector --strict: $1" || { failed=1; echo "FAIL  inspector --strict: $1"; cat "$work/inspector.log"; }
}
inspect "${capture[@]}"
inspect "${shop[@]}"
node "$here/client.mjs" "$checkers" "$spectap" "${capture[@]}" || failed=1
node "$here/serve.mjs" "$checkers" "$spectap" "$work/shop/shop.yaml" || failed=1
start "${capture[@]}" --allow clear --sse
MCP_TOKEN=$token node "$here/sse.mjs" "$checkers" "$url/sse" || failed=1
stop
[ $failed -eq 0 ] && echo "all checks passed" || echo "some checks failed"
exit $failed
