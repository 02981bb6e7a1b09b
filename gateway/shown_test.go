package gateway

import (
	"testing"

	"github.com/spectap/spectap/gateway/jsonrpc"
)

// TestShown checks which members of a call reach the server after an approval, and which of them a
// person is told of beside the arguments.
func TestShown(t *testing.T) {
	const own = `"progressToken":1,"traceparent":"t","io.modelcontextprotocol/protocolVersion":"v"`
	for _, tt := range []struct{ name, params, want, beside string }{
		{"arguments alone", `{"name":"pay","arguments":{"a":1}}`, `{"name":"pay","arguments":{"a":1}}`, ""},
		{"own members of _meta", `{"name":"pay","_meta":{` + own + `}}`, `{"name":"pay","_meta":{` + own + `}}`, ""},
		{"another member of _meta", `{"name":"pay","_meta":{"note":"x"}}`, `{"name":"pay"}`, ""},
		{"both kinds", `{"name":"pay","_meta":{"note":"x",` + own + `}}`, `{"name":"pay","_meta":{` + own + `}}`, ""},
		{"an empty _meta", `{"name":"pay","_meta":{}}`, `{"name":"pay","_meta":{}}`, ""},
		{"a _meta that is no object", `{"name":"pay","_meta":"x"}`, `{"name":"pay"}`, ""},
		{"a member beside the arguments", `{"name":"pay","state":"s"}`, `{"name":"pay","state":"s"}`, `beside the arguments, it sends {"state":"s"}`},
		{"a member beside the arguments and _meta", `{"name":"pay","state":"s","_meta":{"note":"x"}}`, `{"name":"pay","state":"s"}`,
			`beside the arguments, it sends {"state":"s"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m, err := jsonrpc.Parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":` + tt.params + `}`))
			if err != nil {
				t.Fatal(err)
			}
			sent, beside := shown(m)
			if string(sent.Params) != tt.want || beside != tt.beside {
				t.Errorf("got %s and %q, want %s and %q", sent.Params, beside, tt.want, tt.beside)
			}
		})
	}
}
