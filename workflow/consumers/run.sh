#!/usr/bin/env bash
# run.sh SPECTAP: workflows of recorded traffic, judged by the linter and the runner of Redocly against new servers.
# Exits with 1 when something fails.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: run.sh SPECTAP" >&2; exit 2; }
spectap=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
[ -x "$spectap" ] || { echo "run.sh: $spectap is no program: make build" >&2; exit 2; }
tools=${WORKFLOW_CONSUMERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/spectap/workflow-consumers}

command -v npm >/dev/null || { echo "skipped: npm is missing, which installs the judge of workflows"; exit 0; }
mkdir -p "$tools"
# The copy in node_modules is made last, and npm ci removes it: an installation that was killed begins again.
if ! cmp -s "$here/package-lock.json" "$tools/node_modules/installed.json"; then
  cp "$here/package.json" "$here/package-lock.json" "$tools/"
  (cd "$tools" && npm ci --no-audit --no-fund --omit=dev --loglevel=error && cp package-lock.json node_modules/installed.json) ||
    { echo "run.sh: the judge could not be installed" >&2; exit 1; }
fi
cp "$here/judge.mjs" "$here/drive.mjs" "$tools/" # which find their packages beside them
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(cd "$here" && go build -o "$work/shop-server" ../../internal/test/sample/server)
export XDG_DATA_HOME=$work/data XDG_STATE_HOME=$work/state XDG_CONFIG_HOME=$work/config
cd "$work"
node "$tools/judge.mjs" "$spectap" "$work/shop-server"
