#!/usr/bin/env bash
# run.sh SPECTAP CORPORA [CORPUS…]: judges the documents that other programs infer from the same traffic, beside ours.
# A corpus is a folder of CORPORA with train.har.gz, heldout.har.gz and the vendor's openapi.json.gz. The judge lies
# beside CORPORA: speceval, a Go module. Each program has the strongest settings that need no person, and LIMIT seconds
# of time. WRITE=1 puts the tables between the marks of docs/performance.md and README.md.
set -euo pipefail
[ $# -ge 2 ] || { sed -n 2,5p "$0" >&2; exit 2; }
spectap=$(realpath "$1") corpora=$(realpath -m "$2") root=$(realpath "$(dirname "$0")/../../.."); shift 2
[ -d "$corpora/../speceval" ] || { echo "skipped: no judge beside $corpora (CORPORA=DIR names the corpora)"; exit 0; }
[ $# -gt 0 ] || set -- github kubernetes datadog_v1 stripe_ids alertmanager
limit=${LIMIT:-300} redocly=2.77.0 har=3.0.1 optic=1.0.9 mitm=0.15.0
tools=${COMPARE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/spectap/compare} work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CI=1 REDOCLY_TELEMETRY=off OPTIC_TELEMETRY_LEVEL=off spectap PATH=$tools/mitm/bin:$PATH
if [ "$(cat "$tools/installed" 2>/dev/null)" != "$redocly $har $optic $mitm" ]; then
  # Optic does not start with newer releases of ajv.
  while read -r name version overrides; do
    mkdir -p "$tools/$name"
    echo '{"dependencies": {"'"$name"'": "'"$version"'"}, "overrides": {'"$overrides"'}}' >"$tools/$name/package.json"
    (cd "$tools/$name" && timeout 600 npm install --no-audit --no-fund --loglevel=error >&2) || true
  done < <(printf '%s\n' "@redocly/cli $redocly" "har-to-openapi $har" "@useoptic/optic $optic \"ajv\": \"8.12.0\"")
  { python3 -m venv "$tools/mitm" && timeout 300 "$tools/mitm/bin/pip" -q install mitmproxy2swagger==$mitm >&2; } || true
  echo "$redocly $har $optic $mitm" >"$tools/installed"
fi
for bin in "$tools"/{,*/}*/node_modules/.bin; do PATH=$bin:$PATH; done
(cd "$corpora/../speceval" && go build -o "$work/judge" .)
infer() { # infer PROGRAM BASE: writes out from train.har
  case $1 in
    spectap) "$spectap" import --db db train.har && "$spectap" export --db db --merge-hosts --openapi 3.0 -o out.json && mv out.json out ;;
    Redocly*) redocly generate-spec train.har --openapi-version 3.1 -o out ;;
    har-to*) har-to-openapi train.har -o out --attempt-to-parameterize-url --requiredness observed --reusable-schemas \
      --parse-bracket-parameters --guess-authentication-headers --force-all-requests-in-same-spec ;;
    mitm*) swagger() { mitmproxy2swagger -f har -i train.har -o out -p "$1"; }
      swagger "$2" && sed -i s/ignore:// out && swagger "$2" ;; # the first run names the paths, the second one describes them
    Optic*) echo '{"openapi": "3.0.3", "info": {"title": "API", "version": "1"}, "servers": [{"url": "'"$2"'"}], "paths": {}}' >spec.json
      optic capture spec.json --har train.har --update automatic && mv spec.json out ;;
  esac
}
export -f infer

for corpus; do
  for program in spectap "Redocly generate-spec $redocly" "har-to-openapi $har" "mitmproxy2swagger $mitm" "Optic capture $optic"; do
    d=$corpora/$corpus here=$work/$corpus.${program%% *}
    mkdir "$here" && cd "$here" && gunzip -c "$d/train.har.gz" >train.har
    base=$(grep -aoE '"url": ?"https?://[^/"?]+' train.har | grep -oE 'https?:.*' | sort | uniq -c | sort -rn | awk 'NR==1 {print $2}')
    failed='' TIMEFORMAT='%U %S'
    { time timeout -k 5 "$limit" bash -c 'infer "$@"' - "$program" "$base" >log 2>&1 </dev/null; } 2>used || failed=$?
    case $failed in
      '') "$work/judge" -json -official "$d/openapi.json.gz" -inferred out -train "$d/train.har.gz" \
        -heldout "$d/heldout.har.gz" >report 2>log || failed="the judge cannot read it: $(tail -1 log | cut -c1-90)" ;;
      124 | 137) failed="stopped after $limit s" ;;
      127) echo "$corpus: $program: could not be installed, so it has no row" >&2; continue ;;
      *) failed="exit status $failed: $(grep -aim1 error log | cut -c1-90 || true)" ;;
    esac
    echo "$corpus|$program|$failed|$(cat used)|$here/report" >>"$work/rows"; echo "$corpus: $program: ${failed:-judged}" >&2
  done
done
python3 - "$work/rows" "$root" <<'PY'
import functools, json, os, sys
columns = {"operations": "Strict F1", "accepts": "Accepted", "refuses": "Rejected", "types": "TypeAccuracy", "formats": "FormatRecall",
    "enums": "EnumRecall", "false enums": "Nodes EnumsFalse", "required": "RequiredF1", "query": "QueryParams F1", "names": "PathNames"}
line = lambda cells: "| " + " | ".join(cells) + " |\n"
long, short = line(["corpus", "program", *columns, "valid", "CPU s"]) + line(["---"] * (len(columns) + 4)), {}
for corpus, program, failed, used, file in (l.rstrip("\n").split("|") for l in open(sys.argv[1])):
    cells = [failed] + [""] * (len(columns) + 1)
    if not failed:
        r = json.load(open(file))
        figures = [functools.reduce(dict.get, p.split(), r) for p in columns.values()]
        cells = [str(f) if c == "false enums" else f"{f:.2f}" for c, f in zip(columns, figures)] + ["yes" if r["Valid"] else "no", f"{sum(map(float, used.split()[-2:])):.1f}"]
    long += line([corpus, program, *cells])
    short.setdefault(program, {})[corpus] = failed.split(":")[0] or cells[0] + " / " + cells[1]
names = ["", *short["spectap"]]
short = line(names) + line(["---"] * len(names)) + "".join(line([p, *c.values()]) for p, c in short.items())
print(long + "\n" + short)
for name, table in ("docs/performance.md", long), ("README.md", short):
    if os.environ.get("WRITE"):
        path, mark = os.path.join(sys.argv[2], name), "<!-- make compare -->\n"
        before, _, after = open(path).read().split(mark)
        open(path, "w").write(before + mark + table + mark + after)
PY
