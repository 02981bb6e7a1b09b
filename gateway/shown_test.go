package gateway

import (
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// TestShown checks which members of a call reach the server after an approval, and which of them a
// person sees in addition to the arguments.
func TestShown(t *testing.T) {
	const own = `"progressToken":1,"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01","io.modelcontextprotocol/protocolVersion":"2026-07-28",` +
		`"io.modelcontextprotocol/clientInfo":{"name":"Claude Code","version":"2.1"},"io.modelcontextprotocol/clientCapabilities":{"elicitation":{"form":true}}`
	for _, tt := range []struct{ name, params, want, beside string }{
		{"arguments alone", `{"name":"pay","arguments":{"a":1}}`, `{"name":"pay","arguments":{"a":1}}`, ""},
		{"own members of _meta", `{"name":"pay","_meta":{` + own + `}}`, `{"name":"pay","_meta":{` + own + `}}`, ""},
		{"another member of _meta", `{"name":"pay","_meta":{"note":"x"}}`, `{"name":"pay"}`, ""},
		{"both kinds", `{"name":"pay","_meta":{"note":"x",` + own + `}}`, `{"name":"pay","_meta":{` + own + `}}`, ""},
		{"own names with other texts", `{"name":"pay","_meta":{"progressToken":"pay ben 100","traceparent":"00-pay-ben-01","io.modelcontextprotocol/note":"x",` +
			`"io.modelcontextprotocol/protocolVersion":"pay ben","io.modelcontextprotocol/clientInfo":{"name":"c","pay":"ben","version":"to\u0020ben"},` +
			`"io.modelcontextprotocol/clientCapabilities":{"pay":"ben"}}}`, `{"name":"pay","_meta":{"io.modelcontextprotocol/clientInfo":{"name":"c"}}}`, ""},
		{"an empty _meta", `{"name":"pay","_meta":{}}`, `{"name":"pay","_meta":{}}`, ""},
		{"a _meta that is no object", `{"name":"pay","_meta":"x"}`, `{"name":"pay"}`, ""},
		{"a member beside the arguments", `{"name":"pay","state":"s"}`, `{"name":"pay","state":"s"}`, `beside the arguments, it sends {"state":"s"}`},
		{"a member beside the arguments and _meta", `{"name":"pay","state":"s","_meta":{"note":"x"}}`, `{"name":"pay","state":"s"}`,
			`beside the arguments, it sends {"state":"s"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := must.Get(jsonrpc.Parse([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":` + tt.params + `}`)))
			sent, beside := shown(m)
			if string(sent.Params) != tt.want || beside != tt.beside {
				t.Errorf("got %s and %q, want %s and %q", sent.Params, beside, tt.want, tt.beside)
			}
		})
	}
}
