npm=node-red@4.0.9 ready=/settings read='getNode {"module":"node-red","node":"inject"}' want='node-red/inject' mark=from-mcp
start() { echo 'module.exports={uiHost:"127.0.0.1"}' >s.cjs; node-red -p $PORT -u $PWD -s $PWD/s.cjs; }
drive() {
  c() { curl -so out -H content-type:application/json -H accept:application/json "$@"; }
  for p in settings nodes flows diagnostics plugins flows/state context/global; do c $B/$p; done; ids=()
  for t in one two three four; do
    c -d "{\"label\":\"$t\",\"nodes\":[{\"id\":\"n$t\",\"type\":\"debug\",\"name\":\"\",\"x\":100,\"y\":100,\"wires\":[]}]}" $B/flow
    ids+=("$(sed 's/.*"id":"\([^"]*\).*/\1/' out)")
  done
  for i in "${ids[@]}"; do c $B/flow/$i; done
  c -X PUT -d '{"label":"uno","nodes":[]}' $B/flow/${ids[0]}; for _ in 1 2; do c -X DELETE $B/flow/${ids[2]}; done
  for n in inject debug function template; do c $B/nodes/node-red/$n; done; c -X PUT -d '{"enabled":true}' $B/nodes/node-red/template
}
write='createFlow {"label":"from-mcp","nodes":[]}'
arrived() { curl -s $B/flows; }
