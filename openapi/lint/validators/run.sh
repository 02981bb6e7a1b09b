#!/usr/bin/env bash
# run.sh: asks Redocly (rules "spec") and swagger-parser which mutants they refuse, and writes
# testdata/mutants/verdicts.txt, which TestOtherValidators reads. To be run when mutations change.
# It uses the programs of ../../build/consumers, which npm sets up.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
tools=${CONSUMERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/spectap/consumers}
if ! [ -d "$tools/node_modules" ]; then
  mkdir -p "$tools"
  cp "$here/../../build/consumers/package.json" "$tools/"
  (cd "$tools" && npm install --no-audit --no-fund --omit=dev --loglevel=error) ||
    { rm -rf "$tools/package.json" "$tools/node_modules"; echo "run.sh: the validators could not be installed" >&2; exit 1; }
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/mutants"
(cd "$here/.." && go test -count=1 -run 'TestWriteMutants$' . -args -mutants-per-kind 2 -write-mutants "$work/mutants")
node "$here/judge.mjs" "$tools" "$work/mutants" >"$work/verdicts.txt"
sort "$work/verdicts.txt" >"$here/../testdata/mutants/verdicts.txt"
wc -l "$here/../testdata/mutants/verdicts.txt"
