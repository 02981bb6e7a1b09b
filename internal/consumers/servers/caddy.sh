go=github.com/caddyserver/caddy/v2/cmd/caddy@v2.11.9 ready=/config/ mark=from-mcp read='getId {"id":"shop"}' want='I am shop'
write='createConfigAppsHttpServerRoute {"server_id":"shop","handle":[{"handler":"static_response","body":"from-mcp"}]}'
start() { export XDG_CONFIG_HOME=$PWD XDG_DATA_HOME=$PWD; echo "{\"admin\":{\"listen\":\"127.0.0.1:$PORT\"}}" >c.json; caddy run --config c.json; }
drive() {
  c() { curl -so out -H content-type:${type:-application/json} "$@"; }
  site() { echo "{\"@id\":\"$1\",\"listen\":[\"127.0.0.1:$2\"],\"routes\":[{\"handle\":[{\"handler\":\"static_response\",\"body\":\"I am $1\"}]}]}"; }
  c $B/config/; c -d '{"http":{"servers":{}}}' $B/config/apps; p=$((PORT + 1)); s=$B/config/apps/http/servers
  for n in blog shop wiki docs; do c -X PUT -d "$(site $n $p)" $s/$n; c $s/$n; c $s/$n/routes; c $B/id/$n; p=$((p + 1)); done
  for n in blog shop; do c -d '{"handle":[{"handler":"static_response","status_code":404}]}' $s/$n/routes; c $s/$n/routes/0; done
  c -X PATCH -d "$(site wiki $p)" $s/wiki; c -X DELETE $s/docs; c $s/none; c -X PUT -d "$(site blog $p)" $s/blog; c $s
  printf 'localhost:%s {\n respond "hi"\n}\n' $p >Caddyfile; type=text/caddyfile c --data-binary @Caddyfile $B/adapt
  c $B/reverse_proxy/upstreams; c $B/pki/ca/local; c -d '{' $B/load
}
arrived() { curl -s $B/config/; }
