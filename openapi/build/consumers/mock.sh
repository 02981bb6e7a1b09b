#!/usr/bin/env bash
# mock.sh SPECTAP PRISM FLOWS: runs the recipe of docs/mock.md with a store of the sample API. Prism
# answers from its document, as the document says, and reads it again when it is rewritten.
set -euo pipefail
spectap=$1 prism=$2 flows=$3
export SPECTAP_DB=$PWD/mock.db
dir=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null; wait 2>/dev/null; rm -rf "$dir"' EXIT
port=$(node -e 's = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')

# until TEXT FILE [COUNT]: waits until the file has so many lines with the text.
until_line() {
  for _ in $(seq 600); do
    [ "$(grep -c -- "$1" "$2" || :)" -ge "${3:-1}" ] && return
    sleep 0.1
  done
  echo "mock.sh: no line with \"$1\":" >&2; cat "$2" >&2; exit 1
}

# Lists of the object that holds them need their examples: Prism would not end.
"$spectap" export --db "$flows" -o "$dir/api.yaml" 2>"$dir/export"
cp "$dir/api.yaml" "$dir/first.yaml"
"$prism" mock -p "$port" --errors "$dir/api.yaml" >"$dir/prism" 2>&1 &
pids+=($!)
until_line "listening on" "$dir/prism"

# A call of each operation, with the paths and queries that Prism made from the schemas.
sed -n 's/.*info *\([A-Z]*\) *\(http[^ ]*\)$/\1 \2/p' "$dir/prism" >"$dir/calls"
cat >"$dir/client" <<'CLIENT'
while read -r method url; do
  case $method in GET | DELETE) ;; *) continue ;; esac
  login="Authorization: Bearer x"
  case "$method $url" in */admin/*) login="Authorization: Basic eDp4" ;; esac
  curl -sS -g -o /dev/null -w "%{http_code} $method $url\n" -X "$method" -H "$login" -H "X-API-Key: x" -b shop_session=x "$url"
done <"$1"
CLIENT
"$spectap" run -- sh "$dir/client" "$dir/calls" >"$dir/answers" 2>"$dir/run"
calls=$(grep -cE '^(GET|DELETE) ' "$dir/calls")
answers=$(grep -c '^2' "$dir/answers" || :)
[ "$calls" -gt 7 ] && [ "$answers" = "$calls" ] || {
  echo "mock.sh: $answers of $calls calls succeeded:" >&2; cat "$dir/answers" "$dir/prism" >&2; exit 1
}
"$spectap" check "$dir/first.yaml" --session last --host "127.0.0.1:$port"

# A rewritten document is served without a restart.
"$spectap" export --db "$flows" --title Rewritten -o "$dir/api.yaml" 2>"$dir/export"
until_line "listening on" "$dir/prism" 2
echo "$answers of $calls calls answered, and after a rewrite: $(head -1 "$dir/export" | cut -c1-80)"
