package infer_test

import (
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestNamesOfCalls holds that verbs and answers name operations where the method says nothing: all
// are POSTs, a form is sent like a query, or the path repeats the method.
func TestNamesOfCalls(t *testing.T) {
	var calls, queries []flow.Flow
	for range 3 {
		calls = append(calls, post("/v3/lease/leases", `{}`, `{"leases":[{"id":"1"}]}`), post("/v3/kv/range", `{"key":"a"}`, `{"kvs":[{"k":"a"}],"count":"1"}`),
			post("/v3/lease/grant", `{"ttl":60}`, `{"id":"1"}`), post("/v3/maintenance/status", `{}`, `{"version":"3"}`),
			post("/v3/snapshot/restore", `{"a":1}`, `{"ok":true}`))
		const answer = `{"status":"ok","data":{"a":1,"b":"x","c":2,"d":3,"e":4,"f":5}}`
		queries = append(queries, get("/ranges", "query=up", answer), call("POST", "/ranges", 200, form, "query=down", "application/json", answer),
			get("/get", "", `{"url":"x"}`), post("/post", `{"a":1}`, `{"url":"x"}`))
	}
	for _, tt := range []struct {
		flows []flow.Flow
		want  map[string]string
	}{
		{calls, map[string]string{"/lease/leases": "listLeases", "/kv/range": "callKvRange", "/lease/grant": "grantLease",
			"/maintenance/status": "getMaintenanceStatus", "/snapshot/restore": "restoreSnapshot"}},
		{queries, map[string]string{"/ranges": "getRangesByPost", "/get": "sendGetRequest", "/post": "sendPostRequest"}},
	} {
		for _, op := range modelOf(tt.flows).Document(infer.Options{}).Operations {
			if want := tt.want[op.Path]; op.ID != want && !(op.Path == "/ranges" && op.Method == "GET") {
				t.Errorf("%s %s is %s, want %s", op.Method, op.Path, op.ID, want)
			}
		}
	}
}
