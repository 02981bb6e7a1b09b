#!/usr/bin/env bash
# run.sh SPECTAP: the gateway in front of public MCP servers from npm, in locked versions. Compares the policies that
# come with the program with the servers that they are for, has a session with allowed and denied calls, and runs every
# command of docs/gateway.md and docs/policy.md. Exits with 1 when something fails.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: run.sh SPECTAP" >&2; exit 2; }
spectap=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
[ -x "$spectap" ] || { echo "run.sh: $spectap is no program: make build" >&2; exit 2; }
tools=${GATEWAY_CONSUMERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/spectap/gateway-consumers}
docs=$here/../../docs

command -v npm >/dev/null || { echo "skipped: npm is missing, which installs the MCP servers"; exit 0; }
mkdir -p "$tools"
# The copy in node_modules is made last, and npm ci removes it: an installation that was killed begins again.
if ! cmp -s "$here/package-lock.json" "$tools/node_modules/installed.json"; then
  cp "$here/package.json" "$here/package-lock.json" "$tools/"
  (cd "$tools" && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --omit=dev --loglevel=error &&
    cp package-lock.json node_modules/installed.json) ||
    { echo "run.sh: the MCP servers could not be installed" >&2; exit 1; }
fi
bin=$tools/node_modules/.bin

work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/data"
mkdir -m 700 "$work/run"; export SPECTAP_SOCKET_DIR=$work/run # gateway status shows no other gateways
ln -s "$spectap" "$work/bin/spectap"
cat >"$work/bin/npx" <<NPX
#!/bin/sh
# npx with the locked versions only.
case \$1 in
@modelcontextprotocol/*) name=mcp-\${1#@modelcontextprotocol/} ;;
@playwright/mcp) name=playwright-mcp ;;
*) echo "npx: \$1 is not locked" >&2; exit 1 ;;
esac
shift
exec "$bin/\$name" "\$@"
NPX
chmod +x "$work/bin/npx"
export PATH="$work/bin:$PATH" HOME="$work" XDG_DATA_HOME="$work/.local" SPECTAP_DB="$work/demo/flows.db"
cd "$work"
failed=0
ok() { echo "ok    $1"; }
fail() { echo "FAIL  $1"; tail -20 log; failed=1; }

# Each policy names the tools of its real server, no others.
for x in "filesystem server-filesystem data" github\ server-github "playwright mcp"; do
  read -r name server args <<<"$x"
  scope=@modelcontextprotocol; [ "$name" = playwright ] && scope=@playwright
  spectap policy init --for "$name" | awk '/^[a-z]/ {tools = /^tools:/} tools && /^  [a-z]/ {sub(":.*", ""); print $1}
    /^hide:/ {gsub("hide:|[][ ]", ""); gsub(",", "\n"); print}' | sort >named
  # shellcheck disable=SC2086
  spectap client --exec list --json -- npx "$scope/$server" $args 2>log |
    node -e 'for (const t of JSON.parse(fs.readFileSync(0)).tools) console.log(t.name)' | sort >offered
  if [ -s offered ] && diff named offered >>log; then
    ok "policy of $name"
  else
    fail "policy of $name"
  fi
done

# A session: what is allowed happens, what is denied does not.
spectap policy init --for filesystem | sed "s#/srv/data#$work/data#" >policy.yaml
mkdir data/out; echo treasure >data/a.txt; echo secret >secret.txt
call() { # call EXPECTED COMMAND
  spectap client --exec "$2" --json -- spectap gateway --policy policy.yaml --audit session.jsonl -- npx @modelcontextprotocol/server-filesystem "$work" \
    >log 2>&1 || true
  if grep -q -- "$1" log; then ok "$2 -> $1"; else fail "$2, want $1"; fi
}
call treasure "call read_text_file path=$work/data/a.txt"
call 'POLICY DENIED' "call read_text_file path=$work/secret.txt"
call 'POLICY DENIED' "call read_text_file path=$work/data/../secret.txt"
call 'Successfully wrote' "call write_file path=$work/data/out/b.txt content=hello"
call 'POLICY DENIED' "call write_file path=$work/data/b.txt content=hello"
call 'there is no tool move_file' "call move_file source=$work/data/a.txt destination=$work/data/out/a.txt"
call list_directory list
{ [ -e data/out/b.txt ] && [ ! -e data/b.txt ] && [ -e data/a.txt ] && ! grep move_file <(tail -1 log); } || fail "files after the session"
if spectap audit verify session.jsonl >log 2>&1; then ok "audit of the session"; else fail "audit of the session"; fi

# Every command of the two documents. Names of hosts stand for a local server, the files for those that they show.
port=$((20000 + RANDOM % 20000))
PORT=$port "$bin/mcp-server-everything" streamableHttp >everything.log 2>&1 & pids+=($!)
for _ in $(seq 100); do grep -q "$port" everything.log && break; sleep 0.1; done
spectap demo --dir demo >log 2>&1 || fail "spectap demo"
echo "upstream-token-of-16-or-more" >token; chmod 600 token
spectap export --merge-hosts -o api.yaml >log 2>&1 || fail "spectap export"
cat >intercept.yaml <<'YAML'
version: "1"
default: deny
tools: {read_file: {rules: [{name: rate, rate_limit: 5/minute}]}}
YAML
block() { awk -v want="$2" '/^```yaml/ {n++; if (n == want) {on = 1; next}} /^```/ {on = 0} on' "$docs/$1"; }
session='{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/list"}'
here_now() { sed "s#https://mcp.example.com/mcp#http://127.0.0.1:$port/mcp#; s#127.0.0.1:8090#127.0.0.1:0#" <<<"$1"; }
run() { # run DOCUMENT COMMAND
  local command comment status=0
  comment=${2#*#}; command=$(here_now "${2%% #*}")
  case $command in
  *' --http '*)
    bash -c "exec $command" >log 2>&1 </dev/null & local pid=$!; pids+=("$pid")
    for _ in $(seq 100); do grep -q 'MCP at' log && break; kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    grep -q 'MCP at' log || status=1
    kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true ;;
  'spectap gateway status'*) bash -c "$command" >log 2>&1 </dev/null || status=$? ;;
  'spectap gateway '* | 'spectap mcp '* | 'spectap serve '*)
    bash -c "$command" <<<"$session" >log 2>&1 || status=$?
    grep -q '"id":2,.*"tools":\[' log || status=1 ;;
  *)
    bash -c "$command" >log 2>&1 </dev/null || status=$?
    if [ "$comment" != "$2" ] && grep -q 'exit 3' <<<"$comment" && [ $status = 3 ]; then status=0; fi ;;
  esac
  if [ $status = 0 ]; then ok "$1: ${2%% #*}"; else fail "$1: $2"; fi
}
block policy.md 1 >policy.yaml
block policy.md "$(awk '/^```yaml/ {n++} /^cases:/ {print n; exit}' "$docs/policy.md")" >cases.yaml
commands() { awk '/^```sh/ {on = 1; next} /^```/ {on = 0} on && /^(spectap|SPECTAP_)/' "$docs/$1"; }
n=0
while IFS= read -r line; do run policy.md "$line"; n=$((n + 1)); done < <(commands policy.md)
spectap policy init --for filesystem | sed "s#/srv/data#$work/data#" >policy.yaml
cp policy.yaml files.yaml; printf 'version: 1\ndefault: allow\n' >github.yaml
rm -rf limits limits.* audit.jsonl*
here_now "$(block gateway.md "$(awk '/^```yaml/ {n++} /^servers:/ {print n; exit}' "$docs/gateway.md")")" >servers.yaml
export GITHUB_TOKEN=none
while IFS= read -r line; do run gateway.md "$line"; n=$((n + 1)); done < <(commands gateway.md)
[ $n -ge 15 ] || fail "found only $n commands"

# Clients that sign in at an OAuth issuer.
"$here/oauth.sh" "$spectap" "$tools" || failed=1
exit $failed
