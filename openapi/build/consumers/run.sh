#!/usr/bin/env bash
# run.sh SPECTAP [CORPUS…]: lets other programs read the documents of the sample API and of the named
# corpora. See README.md. Exits with 1 when one of them reports an error.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 1 ] || { echo "usage: run.sh SPECTAP [CORPUS…]" >&2; exit 2; }
spectap=$(cd "$(dirname "$1")" && pwd)/$(basename "$1"); shift
[ -x "$spectap" ] || { echo "run.sh: $spectap is no program: make build" >&2; exit 2; }
corpora=${CORPORA_DIR:-$here/../../../../shared/corpora}
tools=${CONSUMERS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/spectap/consumers}
oapi=github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2
runtime=github.com/oapi-codegen/runtime@v1.8.0

command -v npm >/dev/null || { echo "skipped: npm is missing, which installs the programs that read documents"; exit 0; }

mkdir -p "$tools/go"
if ! cmp -s "$here/package-lock.json" "$tools/package-lock.json"; then
  cp "$here/package.json" "$here/package-lock.json" "$tools/"
  (cd "$tools" && npm ci --no-audit --no-fund --omit=dev --loglevel=error) ||
    { rm -f "$tools/package-lock.json"; echo "run.sh: the programs could not be installed" >&2; exit 1; }
fi
export NODE_PATH="$tools/node_modules"
if ! [ -x "$tools/go/oapi-codegen" ]; then
  GOFLAGS='' GOBIN="$tools/go" go install "$oapi"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$spectap" demo --dir "$work/shop" >"$work/log" || { cat "$work/log" >&2; exit 1; }
mv "$work/shop/flows.db" "$work/demo.db"
for c; do
  gunzip -c "$corpora/$c/train.har.gz" >"$work/$c.har"
  "$spectap" import --db "$work/$c.db" "$work/$c.har" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
done
printf 'extends: ["spectral:oas"]\n' >"$work/spectral.yaml"
(cd "$work" && mkdir api && printf 'module consumers\n\ngo 1.25\n' >go.mod && GOFLAGS='' go get "$runtime" 2>/dev/null)

failed=0
# judge NAME COMMAND…: prints the output of a command only if it fails.
judge() {
  name=$1; shift
  if (cd "$work" && "$@") >"$work/log" 2>&1; then
    echo "ok    $name"
  else
    echo "FAIL  $name"; tail -40 "$work/log"; failed=1
  fi
}
compile() { # Go of a document of 3.0, the version that the generator supports
  "$tools/go/oapi-codegen" -generate types,client -package api "$1" >api/api.go && go build ./api
}
# generate LANGUAGE DOCUMENT FOLDER: runs openapi-generator, of the last version that npm brings with its jar.
generate() {
  java -jar "$tools/node_modules/@openapitools/openapi-generator-cli/bin/openapi-generator.jar" generate -g "$1" -i "$2" -o "$3"
}
axios_client() { # the folder of the programs has axios and the types of node
  ln -sfn "$tools/node_modules" "$work/node_modules" && generate typescript-axios "$1" "$work/axios" &&
    "$bin/tsc" --noEmit --strict --target es2019 --module commonjs --moduleResolution node --lib es2019,dom "$work/axios/index.ts"
}
java_client() { # parsed only: its dependencies are not in npm
  generate java "$1" "$work/java" && java "$here/ParseJava.java" "$work/java/src"
}
# postman DOCUMENT: as many requests as operations (not links, which name operations too), with the base URL of the document as a variable.
postman() {
  "$bin/openapi2postmanv2" -s "$1" -o postman.json && node -e '
    const count = (items) => items.reduce((n, i) => n + (i.item ? count(i.item) : 1), 0)
    const c = JSON.parse(require("fs").readFileSync("postman.json")), [made, want] = [count(c.item), Number(process.argv[1])]
    if (made !== want || !want || !c.variable.some((v) => v.key === "baseUrl")) throw new Error(`${made} requests of ${want} operations`)
  ' "$(grep -c "^      operationId:" "$1")"
}
bin=$tools/node_modules/.bin
parse='require("@apidevtools/swagger-parser").validate(process.argv[1]).catch(e => { console.error(e.message); process.exit(1) })'
for c in demo "$@"; do
  for v in 3.0 3.1; do
    doc=$work/$c-$v.yaml
    "$spectap" export --db "$work/$c.db" --merge-hosts --openapi $v -o "$doc" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
    judge "$c $v redocly" "$bin/redocly" lint --config "$here/redocly.yaml" "$doc"
    judge "$c $v spectral" "$bin/spectral" lint --quiet --fail-severity error --ruleset "$work/spectral.yaml" "$doc"
    judge "$c $v swagger-parser" node -e "$parse" "$doc"
    judge "$c $v openapi-typescript" "$bin/openapi-typescript" "$doc" -o "$work/$c-$v.ts"
    judge "$c $v postman" postman "$doc"
    judge "$c $v tsc" "$bin/tsc" --noEmit --strict "$work/$c-$v.ts"
  done
  [ "$c" != demo ] || judge "$c 3.1 prism" "$here/mock.sh" "$spectap" "$bin/prism" "$work/demo.db"
  judge "$c 3.0 oapi-codegen" compile "$work/$c-3.0.yaml"
  [ "$c" = demo ] || continue
  if command -v java >/dev/null; then
    judge "$c 3.0 openapi-generator typescript-axios" axios_client "$work/$c-3.0.yaml"
  else
    echo "skipped: java is missing, which openapi-generator needs"
  fi
  if command -v javac >/dev/null; then
    judge "$c 3.0 openapi-generator java" java_client "$work/$c-3.0.yaml"
  else
    echo "skipped: javac is missing, which parses the Java client"
  fi
done
# Not readers of documents, but of npm as well: browsers that tests start under spectap run.
browsers() { cd "$here" && SPECTAP_NODE_MODULES="$tools/node_modules" go test -count=1 -timeout 8m -run 'TestRunBrowsers$' ../../../cmd/spectap; }
if command -v chromium >/dev/null; then
  judge "run playwright-core puppeteer-core" browsers
else
  echo "skipped: chromium is missing, which Playwright and Puppeteer start"
fi
exit $failed
