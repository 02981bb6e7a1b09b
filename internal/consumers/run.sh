#!/usr/bin/env bash
# run.sh SPECTAP [SERVER…]: records a client of each server in servers/, exports the document, then reads and writes
# through its guarded tools. A held call must not arrive, a confirmed one must. Skips a server whose packages cannot be
# installed. Exits with 1 when something fails; KEEP=1 keeps the recordings.
#
# A file of servers/ sets: npm, go or python (its packages), from which its programs are on PATH and its modules are
# imported; start (runs the server at $PORT), ready (a path that answers); drive (its client, at $B); read and write
# (commands of spectap client, write with JSON); want (in the result of read), mark (in what arrived prints after write);
# export (flags of spectap export), serve (flags of spectap serve), more (other calls, NAME ARGUMENTS => TEXT a line).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh SPECTAP [SERVER…]" >&2; exit 2; }
spectap=$(cd "$(dirname "$1")" && pwd)/$(basename "$1"); shift
[ -x "$spectap" ] || { echo "run.sh: $spectap is no program: make build" >&2; exit 2; }
tools=${SERVERS_CONSUMERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/spectap/servers-consumers}
[ $# -gt 0 ] || set -- $(cd "$here/servers" && ls -- *.sh | sed 's/\.sh$//')

install() { # install NAME: the packages of the server in a folder of its own, once for each version
  local dir=$tools/$1 stamp="$npm $go $python"
  mkdir -p "$dir"
  [ "$(cat "$dir/installed" 2>/dev/null)" = "$stamp" ] && return
  # shellcheck disable=SC2086
  { [ -z "$npm" ] || timeout 600 npm install --prefix "$dir" --no-audit --no-fund --loglevel=error $npm; } &&
    { [ -z "$go" ] || GOBIN=$dir/bin GOFLAGS='' timeout 1800 go install $go; } &&
    { [ -z "$python" ] || { python3 -m venv "$dir/venv" && timeout 300 "$dir/venv/bin/pip" -q install $python; } ||
      # Without PyPI, the packages of the system do.
      { /usr/bin/python3 -c "import ${module// /,}" && rm -rf "$dir/venv" && ln -s /usr "$dir/venv"; }; } &&
    echo "$stamp" >"$dir/installed"
}

calls() { # calls COMMAND…: one line for each, of the tools of the document
  local a=() c; for c; do a+=(--exec "call $c"); done
  "$spectap" client --json -k "${a[@]}" -- "$spectap" serve api.yaml --base-url "$B" $serve 2>>serve.log </dev/null
}

twice() { calls "$1" "${1%\}},\"__confirmed\":true}"; } # what is held is confirmed

server() { # server NAME
  npm='' go='' python='' module='' export='' serve='' read='' write='' want='' app='' name=$1
  start() { exec node "$APP" server; }; drive() { node "$APP" client; }; more() { :; }
  source "$here/servers/$1.sh"
  install "$1" >install.log 2>&1 || { echo "skipped  $1: ${npm:-${go:-$python}} cannot be installed"; return 0; }
  export PATH=$tools/$1/node_modules/.bin:$tools/$1/bin:$tools/$1/venv/bin:$PATH NODE_PATH=$tools/$1/node_modules
  export PORT=$((20000 + RANDOM % 20000)); export B=http://127.0.0.1:$PORT
  [ -z "$app" ] || cp "$here/servers/$app" "$tools/$1/" # which finds its packages beside it
  export APP=$tools/$1/$app; fail() { echo "FAIL     $name: $1"; tail -5 "$PWD/$2" 2>/dev/null; exit 1; }
  set -m; start >server.log 2>&1 </dev/null & set +m; trap "kill -- -$! 2>/dev/null || true" EXIT # with its children
  for _ in $(seq 300); do curl -so /dev/null "$B$ready" && break; sleep 0.1; done
  declare -f drive >drive.sh; echo drive >>drive.sh
  "$spectap" run --db flows.db -o run.yaml -- bash drive.sh >run.log 2>&1 || fail "its client failed" run.log
  flows=$(grep -o "[0-9]* flows, in" run.log | head -1)
  "$spectap" export --db flows.db $export -o api.yaml >export.log 2>&1 || fail "no document" export.log
  "$spectap" lint api.yaml >lint.log 2>&1 || fail "lint" lint.log
  "$spectap" check --db flows.db api.yaml >check.log 2>&1 || fail "its own traffic breaks the document" check.log
  [ ! -e token ] || export SPECTAP_AUTH_AUTHORIZATIONTOKEN=$(cat token) BEARER_TOKEN=$(cat token)
  twice "$read" >read.log || true; grep -q -- "$want" read.log || fail "read: $read" read.log
  calls "$write" >held.log || true; grep -q 'Nothing was sent' held.log || fail "not held: $write" held.log
  ! arrived 2>&1 | grep -q -- "$mark" || fail "arrived before the confirmation" held.log
  twice "$write" >write.log || true
  arrived >arrived.log 2>&1 || true; grep -q -- "$mark" arrived.log || fail "did not arrive: $write" write.log
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    twice "${line%% => *}" >more.log || true; grep -v 'Nothing was sent' more.log | grep -q -- "${line##* => }" || fail "$line" more.log
  done < <(more)
  echo "ok       $1: $(grep -c operationId: api.yaml) operations of ${flows%, in}"
}

work=$(mktemp -d); [ -n "${KEEP:-}" ] && echo "in $work" || trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config no_proxy='' NO_PROXY=''
failed=0
for s; do mkdir "$work/$s"; (cd "$work/$s" && server "$s") || failed=1; done
exit $failed
