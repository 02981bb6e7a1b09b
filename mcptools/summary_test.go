package mcptools

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/store"
)

// TestSummaryOfOperations reads what the summary says of operations: paging, failures, and what
// changed between two sessions. Rows have the operation, if need be by its name in the request.
func TestSummaryOfOperations(t *testing.T) {
	const api, isJSON = "https://api.example", "\nContent-Type: application/json"
	post := func(path, body string) string { return "POST " + api + path + isJSON + "\n\n" + body }
	type run [][2]string
	st := newStore(t)
	for _, exchanges := range []run{
		{
			{"GET " + api + "/things?cursor=c1&limit=2", "200 5" + isJSON + "\n\n" + `{"items":[{"id":1}],"next_cursor":"c2"}`},
			{"GET " + api + "/things?cursor=c2&limit=2", "200 5" + isJSON + "\n\n" + `{"items":[{"id":2}],"next_cursor":null}`},
			{"GET " + api + "/things/17", "200 5" + isJSON + "\n\n" + `{"id":17,"price":3,"next":"https://api.example/things/18"}`},
			{"GET " + api + "/things/18", "200 5" + isJSON + "\n\n" + `{"id":18,"price":3,"next":"https://api.example/things/19"}`},
			{"GET " + api + "/old", "200 5" + isJSON + "\n\n{}"},
			{"GET " + api + "/same", "200 5" + isJSON + "\n\n" + `{"at":1}`},
		},
		{
			{"GET " + api + "/things/17", "200 500" + isJSON + "\n\n" + `{"id":"17","color":"red","next":"https://api.example/things/18"}`},
			{"GET " + api + "/same", "200 6" + isJSON + "\n\n" + `{"at":2}`},
			{post("/graphql", `{"query":"query Part { x y }","operationName":"Part"}`), "200 5" + isJSON + "\n\n" + `{"errors":[{"message":"no x"}],"data":{"x":null,"y":1}}`},
			{post("/graphql", `{"query":"query None { x }","operationName":"None"}`), "200 5" + isJSON + "\n\n" + `{"errors":[{"message":"no x"}],"data":{"x":null}}`},
			{post("/broken", "{}"), "500 5" + isJSON + "\n\n{}"},
			{post("/rpc", `{"jsonrpc":"2.0","id":1,"method":"list.all"}`), "200 5" + isJSON + "\n\n" + `{"jsonrpc":"2.0","id":1,"result":[]}`},
			{post("/graphql", `{"query":"query GetUser { x }","operationName":"GetUser"}`), "200 5" + isJSON + "\n\n" + `{"errors":[{"message":"no x"}]}`},
		},
		{},
	} {
		number := must(st.BeginSession(t.Context(), store.Session{Command: []string{"test", "--token=hunter2hunter2"}, Started: time.Now()}))
		for _, x := range exchanges {
			f := exchangeOf(x[0], x[1])
			f.Session = number
			must(st.Append(t.Context(), f))
		}
	}
	got := connect(t, st, func(c *setup) { c.Wait = time.Minute }).fine("get_traffic_summary", nil)
	capture := got["capture"].(object)
	for name, want := range map[string]string{
		"requests_by_paging": "map[cursor: parameter cursor, size limit, next page in /next_cursor:2]",
		"never_succeeded":    "[POST #GetUser (not in the document): 1 flow, the newest 13 POST /broken createBroken: 1 flow, the newest 11 POST /graphql#None none: 1 flow, the newest 10]",
		"sessions":           "[2 1]",
		"changes": "[GET /old getOld: not called, before in flow 5 " +
			"GET /things listThings: not called, before in flow 2 " +
			"GET /things/{thingId} getThing: median 5 ms became 500, has $.color, other type: $.id, lacks $.price; flows 4, 7 " +
			"POST #GetUser (not in the document): new, flow 13 " +
			"POST /broken createBroken: new, flow 11 " +
			"POST /graphql#None none: new, flow 10 POST /graphql#Part part: new, flow 9 " +
			"POST /rpc#list.all listAll: new, flow 12]",
	} {
		if s := fmt.Sprint(capture[name]); s != want {
			t.Errorf("%s: got %s, want %s", name, s, want)
		}
	}
	var operations []any
	for _, row := range list(t, got, "flows")[:3] {
		operations = append(operations, row["operation"], row["server"], row["url"])
	}
	if want := []any{"GetUser", api, "/graphql", "listAll", api, "/rpc", "createBroken", api, "/broken"}; !slices.Equal(operations, want) {
		t.Errorf("got %v, want %v", operations, want)
	}
}
