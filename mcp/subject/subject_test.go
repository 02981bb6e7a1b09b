package subject

import (
	"testing"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// FuzzSubject judges the subjects of arbitrary messages.
func FuzzSubject(f *testing.F) {
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","arguments":{"K":[1e5,"x"]}}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"p"}}}`))
	f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["a"]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := jsonrpc.Parse(data)
		if err != nil {
			return
		}
		for _, s := range []enforce.Subject{FromClient(m), FromServer(m)} {
			if s.How == enforce.ByPolicy && (len(s.Names) == 0 || s.Names[0] == "") {
				t.Fatalf("%s is judged by no name: %+v", data, s)
			}
		}
	})
}
