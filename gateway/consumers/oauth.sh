#!/usr/bin/env bash
# oauth.sh SPECTAP MODULES: stock clients sign in to the gateway at a real OAuth issuer, oidc-provider, with discovery,
# dynamic registration, PKCE and resource indicators. The TypeScript SDK then completes an approved call, and one for which it
# signs in for another scope, the Inspector lists tools and completes an approved call, spectap signs in with a browser, and a
# second gateway gets its token with client credentials. MODULES is the folder of node_modules that run.sh installs. Exits with
# 1 when something fails.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { echo "usage: oauth.sh SPECTAP MODULES" >&2; exit 2; }
spectap=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
for m in oidc-provider @modelcontextprotocol/sdk @modelcontextprotocol/inspector; do
  [ -d "$2/node_modules/$m" ] || { echo "skipped: $2/node_modules has no $m; make consumers installs it"; exit 0; }
done
bin=$(cd "$2" && pwd)/node_modules/.bin

work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
cp "$here"/oauth/*.mjs "$work/"
ln -s "$2/node_modules" "$work/node_modules"
cd "$work"
mkdir data home
export HOME=$work/home SPECTAP_UPSTREAM_CLIENT_SECRET=secret-of-the-test
echo treasure >data/a.txt
failed=0
ok() { echo "ok    $1"; }
fail() { echo "FAIL  $1"; tail -20 "${2:-/dev/null}"; failed=1; }
until_says() { # until_says FILE PATTERN: prints what fits, once it is there
  for _ in $(seq 200); do grep -om1 -- "$2" "$1" 2>/dev/null && return 0; sleep 0.1; done
  return 1
}

node issuer.mjs "$SPECTAP_UPSTREAM_CLIENT_SECRET" >issuer.log 2>&1 & pids+=($!)
issuer=$(until_says issuer.log '^http://.*') || { fail "the issuer starts" issuer.log; exit 1; }
cat >policy.yaml <<'YAML'
version: 1
tools:
  list_directory: {}
  read_text_file: {require: [{path: identity.scopes, op: contains, value: files}]}
  get_file_info: {require: [{path: identity.scopes, op: contains, value: info}]}
  write_file:
    require: [{path: identity.subject, op: eq, value: anna}]
    require_approval: true
YAML
"$spectap" gateway --policy policy.yaml --approvals approvals.json --audit audit.jsonl --http 127.0.0.1:0 \
  --oauth-issuer "$issuer" --oauth-scope files -- "$bin/mcp-server-filesystem" "$work/data" >gateway.log 2>&1 & pids+=($!)
url=$(until_says gateway.log 'http://[^ ]*/mcp$') || { fail "the gateway starts" gateway.log; exit 1; }

# The SDK knows the URL of the gateway only. A person approves the call that it waits for.
node client.mjs "$url" anna read_text_file "{\"path\":\"$work/data/a.txt\"}" \
  write_file "{\"path\":\"$work/data/b.txt\",\"content\":\"hello\"}" refresh list_directory "{\"path\":\"$work/data\"}" >client.log 2>&1 & client=$!
for _ in $(seq 200); do
  id=$("$spectap" approvals ls --approvals approvals.json --json 2>/dev/null | grep -om1 '"id": *"[^"]*"' | cut -d'"' -f4) && break
  kill -0 $client 2>/dev/null || break
  sleep 0.1
done
if [ -n "${id:-}" ] && [ ! -e data/b.txt ]; then ok "the call waits for a person"; else fail "the call waits for a person" client.log; fi
[ -n "${id:-}" ] && "$spectap" approvals approve --approvals approvals.json "$id" --yes >approve.log 2>&1 || fail "a person approves" client.log
wait $client || fail "the SDK" client.log
says() { if grep -q -- "$1" client.log; then ok "SDK: $1"; else fail "SDK: $1" client.log; fi; }
says "^sign in at $issuer for $url with files S256"
says '^tools read_text_file write_file list_directory get_file_info$'
says '^read_text_file treasure'
says '^write_file Successfully wrote'
says '^refreshed$'
says '^list_directory .*b.txt'
[ "$(cat data/b.txt 2>/dev/null)" = hello ] || fail "the approved call happened" client.log
if grep -q "\"identity\":\"$issuer#anna\"" audit.jsonl; then ok "the audit names anna"; else fail "the audit names anna" audit.jsonl; fi

# Another person may read, and not write.
node client.mjs "$url" bert write_file "{\"path\":\"$work/data/c.txt\",\"content\":\"hello\"}" >client.log 2>&1 || fail "the SDK" client.log
says '^write_file .*POLICY DENIED'
if [ ! -e data/c.txt ] && grep -q "\"identity\":\"$issuer#bert\".*\"decision\":\"deny\",\"rule\":\"/tools/write_file/require/0\"" audit.jsonl; then
  ok "bert may not write"
else
  fail "bert may not write" audit.jsonl
fi

# A call that lacks a scope makes the SDK sign in for it, if the client may ask for it and has no refresh token, which the
# SDK would use instead. Without CLIENT_ID, it would be registered for the scopes of the first time only.
CLIENT_ID=sdk timeout 60 node client.mjs "$url" anna get_file_info "{\"path\":\"$work/data/a.txt\"}" >client.log 2>&1 || fail "the SDK" client.log
says "^sign in at $issuer for $url with files info S256"
says '^get_file_info size: 9'
if grep -q "\"identity\":\"$issuer#anna\".*\"decision\":\"deny\",\"rule\":\"/tools/get_file_info/require/0\"" audit.jsonl; then
  ok "the audit has the denial"
else
  fail "the audit has the denial" audit.jsonl
fi

# The Inspector, whose browser is a script.
BROWSER=true MCP_AUTO_OPEN_ENABLED=true MCP_INSPECTOR_SECRET_STORE=memory timeout 40 "$bin/mcp-inspector" --cli --transport http \
  --server-url "$url" --callback-url "http://127.0.0.1:$((20000 + RANDOM % 20000))/oauth/callback" --method tools/list \
  </dev/null >tools.json 2>inspector.log & client=$!
pids+=("$client")
if at=$(until_says inspector.log 'http://[^ ]*code_challenge[^ ]*') && node browser.mjs "$at" carl >>inspector.log 2>&1 && wait $client &&
  grep -q '"read_text_file"' tools.json; then ok "Inspector: tools/list"; else fail "Inspector: tools/list" inspector.log; fi

# The Inspector completes a call that a person approves, too.
BROWSER=true MCP_AUTO_OPEN_ENABLED=true MCP_INSPECTOR_SECRET_STORE=memory timeout 60 "$bin/mcp-inspector" --cli --transport http \
  --server-url "$url" --callback-url "http://127.0.0.1:$((20000 + RANDOM % 20000))/oauth/callback" --method tools/call \
  --tool-name write_file --tool-arg "path=$work/data/d.txt" --tool-arg content=inspected </dev/null >call.json 2>inspector.log & client=$!
pids+=("$client")
if at=$(until_says inspector.log 'http://[^ ]*code_challenge[^ ]*'); then node browser.mjs "$at" anna >>inspector.log 2>&1 || true; fi
for _ in $(seq 200); do
  id=$("$spectap" approvals ls --approvals approvals.json --json 2>/dev/null | tr -d ' \n' | sed 's/},{/}\n{/g' | grep waiting | grep -om1 '"id":"[^"]*"' | head -1 | cut -d'"' -f4) && [ -n "$id" ] && break
  kill -0 $client 2>/dev/null || break
  sleep 0.1
done
if [ -n "${id:-}" ] && [ ! -e data/d.txt ] && "$spectap" approvals approve --approvals approvals.json "$id" --yes >approve.log 2>&1 &&
  wait $client && grep -q 'Successfully wrote' call.json && [ "$(cat data/d.txt)" = inspected ]; then
  ok "Inspector: an approved call"
else
  fail "Inspector: an approved call" inspector.log
fi

# spectap signs in with Chromium: for the gateway, at a page with a form and a question, and for the example of the SDK, a
# public MCP server whose issuer asks nothing.
signs_in() { # signs_in URL COMMAND EXPECTED
  "$spectap" auth login "$1" --no-open >login.log 2>&1 & client=$!
  pids+=("$client")
  if at=$(until_says login.log 'http://[^ ]*code_challenge[^ ]*') && node click.mjs "$at" anna >>login.log 2>&1 && wait $client &&
    "$spectap" client "$1" --exec "$2" >>login.log 2>&1 && "$spectap" client --exec "$2" -- "$spectap" gateway --policy allow.yaml \
    --upstream "$1" --upstream-login >>login.log 2>&1 && [ "$(grep -c "$3" login.log)" = 2 ] && grep -q 'spectap has the answer' login.log &&
    "$spectap" auth logout "$1" >>login.log 2>&1; then ok "spectap signs in for $1"; else fail "spectap signs in for $1" login.log; fi
}
printf 'version: 1\ndefault: allow\n' >allow.yaml
if [ -x "${CHROMIUM:-/usr/bin/chromium}" ]; then
  mcp=$((20000 + RANDOM % 20000))
  MCP_PORT=$mcp MCP_AUTH_PORT=$((mcp + 1)) node node_modules/@modelcontextprotocol/sdk/dist/esm/examples/server/simpleStreamableHttp.js --oauth \
    >sdk.log 2>&1 & pids+=($!)
  until_says sdk.log "listening on port $mcp" >/dev/null || fail "the example of the SDK starts" sdk.log
  signs_in "$url" "call read_text_file path=$work/data/a.txt" treasure
  signs_in "http://localhost:$mcp/mcp" 'call greet name=anna' 'Hello, anna!'
else
  echo "skipped: Chromium is missing, with which spectap signs in"
fi

# A gateway whose server is the first one, as a client of the issuer.
"$spectap" client --exec "call read_text_file path=$work/data/a.txt" --json -- "$spectap" gateway --policy allow.yaml --upstream "$url" \
  --upstream-oauth-client gateway --upstream-oauth-issuer "$issuer" --upstream-oauth-scope files >client.log 2>&1 || true
says treasure
if grep -q "\"identity\":\"$issuer#gateway\"" audit.jsonl; then ok "the audit names the gateway"; else fail "the audit names the gateway" audit.jsonl; fi
if "$spectap" audit verify audit.jsonl >verify.log 2>&1; then ok "audit"; else fail "audit" verify.log; fi
if grep -rqF -e "$SPECTAP_UPSTREAM_CLIENT_SECRET" -e eyJ gateway.log client.log audit.jsonl; then fail "no token is in a log"; else ok "no token is in a log"; fi
exit $failed
