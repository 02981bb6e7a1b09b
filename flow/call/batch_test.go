package call_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/call"
)

// list returns a JSON list of an element n times.
func list(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

func TestSplitBatch(t *testing.T) {
	const rpc, graphQL = call.KindJSONRPCBatch, call.KindGraphQLBatch
	for _, tt := range []struct {
		name, kind, request, response string
		requestSplit, responseSplit   bool
		responses                     []string // by call
	}{
		{"responses in another order", rpc, `[{"id":1},{"id":2}]`, `[{"id":2,"b":0},{"id":1,"a":0}]`, true, true,
			[]string{`{"id":1,"a":0}`, `{"id":2,"b":0}`}},
		{"notification", rpc, `[{"id":1},{"method":"note"}]`, `[{"id":1,"a":0}]`, true, true, []string{`{"id":1,"a":0}`, ""}},
		{"one id twice", rpc, `[{"id":1},{"id":1}]`, `[{"id":1,"a":0}]`, true, true, []string{`{"id":1,"a":0}`, ""}},
		{"two responses to one id", rpc, `[{"id":1}]`, `[{"id":1},{"id":1}]`, true, false, []string{""}},
		{"error without an id", rpc, `[{"id":1}]`, `[{"id":null,"error":{}}]`, true, false, []string{""}},
		{"one error for all", rpc, `[{"id":1}]`, `{"id":null,"error":{}}`, true, false, []string{""}},
		{"in order", graphQL, `[{"query":"{a}"},{"query":"{b}"}]`, `[{"data":1},{"data":2}]`, true, true,
			[]string{`{"data":1}`, `{"data":2}`}},
		{"a response is missing", graphQL, `[{"query":"{a}"},{"query":"{b}"}]`, `[{"data":1}]`, true, false, []string{"", ""}},
		{"as many calls as are split", graphQL, list(1000, `{"query":"{a}"}`), list(1000, `{"data":1}`), true, true, slices.Repeat([]string{`{"data":1}`}, 1000)},
		{"more calls", graphQL, list(1001, `{"query":"{a}"}`), list(1001, `{"data":1}`), false, false, nil},
		{"more responses", graphQL, list(1, `{"query":"{a}"}`), list(1001, `{"data":1}`), true, false, []string{""}},
		{"no response matches", rpc, `[{"id":1}]`, `[{"id":2}]`, true, false, []string{""}},
		{"a text as an id", rpc, `[{"id":"1"},{"id":1}]`, `[{"id":1,"a":0},{"id":"1","b":0}]`, true, true, []string{`{"id":"1","b":0}`, `{"id":1,"a":0}`}},
		{"an id in an object", rpc, `[{"x":{"id":1},"id":2}]`, `[{"x":[{"id":1}],"id":2}]`, true, true, []string{`{"x":[{"id":1}],"id":2}`}},
		{"no list", rpc, `{"id":1}`, `[{"id":1}]`, false, false, nil},
		{"a number in the list", rpc, `[{"id":1},2]`, `[{"id":1}]`, false, false, nil},
		{"cut request", graphQL, `[{"query":"{a}"}`, `[{"data":1}]`, false, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := request("POST", "application/json; charset=utf-8", tt.request)
			f.Response.Header, f.Response.Body = message("application/json; charset=utf-8", tt.response)
			b := call.SplitBatch(&f, tt.kind)
			if b.RequestSplit != tt.requestSplit || b.ResponseSplit != tt.responseSplit {
				t.Errorf("request split %t, response split %t", b.RequestSplit, b.ResponseSplit)
			}
			var responses []string
			for _, c := range b.Calls {
				responses = append(responses, string(c.Response.Body.Data))
			}
			if !slices.Equal(responses, tt.responses) {
				t.Errorf("responses are %q, want %q", responses, tt.responses)
			}
		})
	}
}
