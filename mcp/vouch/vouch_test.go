package vouch

import (
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// TestWord checks that only the word of the key on the very call counts, and that the word does not
// stay in the call.
func TestWord(t *testing.T) {
	k := New()
	call := jsonrpc.Request("1", "tools/call", []byte(`{"name":"pay","arguments":{"sum":1},"_meta":{"progressToken":7}}`))
	w := Word{
		Settled: true, Identity: []byte(`{"name":"ann","claims":{"n":12345678901234567890.0}}`),
		Header: http.Header{"X-Key": {"<secret>"}},
	}
	sent := k.Sign(call, w)
	with := func(old, now string) *jsonrpc.Message {
		text := strings.Replace(string(sent.Params), old, now, 1)
		if text == string(sent.Params) {
			t.Fatalf("%s has no %s", text, old)
		}
		return jsonrpc.Request("1", "tools/call", []byte(text))
	}
	for what, x := range map[string]struct {
		key     Key
		m       *jsonrpc.Message
		settled bool
	}{
		"the word":        {k, sent, true},
		"another key":     {New(), sent, false},
		"no key":          {nil, sent, false},
		"other arguments": {k, with(`"sum":1`, `"sum":2`), false},
		"another tool":    {k, with(`"pay"`, `"pay2"`), false},
		"another caller":  {k, with(`"ann"`, `"bob"`), false},
		"another secret":  {k, with("<secret>", "<Secret>"), false},
		"another token":   {k, with(`"progressToken":7`, `"progressToken":8`), true}, // which relays replace
		"another member":  {k, with(`"arguments"`, `"task":{},"arguments"`), false},
		"another method":  {k, jsonrpc.Request("1", "prompts/get", sent.Params), false},
		"says nothing":    {k, k.Sign(call, Word{}), false},
		"no object":       {k, jsonrpc.Request("1", "tools/call", []byte(`{"name":"pay","_meta":{"io.github.spectap/gateway":true}}`)), false},
		"no word":         {k, call, false},
		"not signed":      {nil, Key(nil).Sign(call, w), false},
	} {
		m, got := x.key.Open(x.m)
		want := Word{}
		if x.settled {
			want = w
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", what, got)
		}
		if strings.Contains(string(m.Params), member) || strings.Contains(string(m.Text), member) {
			t.Errorf("%s: it stays in the call: %s", what, m.Text)
		}
	}
}
