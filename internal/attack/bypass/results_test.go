package bypass

import (
	"fmt"
	"strings"
	"testing"
)

// A server may read numbers as JavaScript does, which has one number for several ids. What a policy
// says of the results of one tool holds for an answer that has the id of another tool's call.
func TestResultsUnderAnotherID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ first, second, answered string }{
		{"9007199254740992", "9007199254740993", "9007199254740992"},
		{"9007199254740992", "9007199254740993", "9.007199254740992e15"},
		{"0", "-0", "0"},
		{"1180591620717411303424", "1180591620717411303425", "1.1805916207174113e+21"},
	} {
		t.Run(tt.second, func(t *testing.T) {
			g := newGate(t, "version: 1\ntools:\n  open: {}\n  clean: {results: {redact: true}}\n")
			g.begin(`{}`)
			call := func(id, tool string) {
				g.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":%q,"arguments":{}}}`, id, tool))
			}
			answer := `{"jsonrpc":"2.0","id":` + tt.answered + `,"result":{"content":[{"type":"text","text":"log in with password=hunter2hunter2 today"}]}}` + "\n"
			g.write("script", "")
			call(tt.first, "open") // and gets no answer yet
			for g.seen(`"open"`) == 0 {
				g.request("ping", `{}`)
			}
			g.write("script", answer)
			call(tt.second, "clean")
			if m := g.receive(); strings.Contains(m.raw, "hunter2") || m.Error == nil {
				t.Errorf("the answer under the id of another call passes: %s", m.raw)
			}
		})
		t.Run("only "+tt.second, func(t *testing.T) {
			g := newGate(t, "version: 1\ndefault: allow\n")
			g.begin(`{}`)
			g.write("script", `{"jsonrpc":"2.0","id":`+tt.answered+`,"result":{"content":[]}}`+"\n")
			g.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"open","arguments":{}}}`, tt.second))
			if m := g.receive(); string(m.ID) != tt.second || m.Result == nil {
				t.Errorf("the call %s gets %s", tt.second, m.raw)
			}
		})
	}
}
