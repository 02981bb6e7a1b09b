package gateway

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/spectap/spectap/gateway/gatewaytest"
)

// A denial has structured content unless the client has received an output schema that it does not
// match, in this session or in another one.
func TestDenialFitsOutputSchema(t *testing.T) {
	const denied = `"structuredContent":{"error":{"code":"policy_denied","reason":"too large","rule":"/tools/small/require/0","suggestions":["Call with`
	b := newBench(t, gatewaytest.ReadOnly, nil)
	server := <-b.Servers
	call := func(id int) string {
		t.Helper()
		b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"small","arguments":{"n":10}}}`, id))
		return b.Expect(b.Client, fmt.Sprintf(`"id":%d`, id), `"_meta":{"spectap":{"error":`, `"isError":true`)
	}
	id := 0
	for _, tt := range []struct {
		schema string
		want   bool
	}{
		{"", true}, // the client knows no schema yet
		{`,"outputSchema":{"type":"object","required":["sum"]}`, false},
		{`,"outputSchema":{"type":"object"}`, true},
		{`,"outputSchema":{"type":"object","additionalProperties":false}`, false},
		{`,"description":"without"`, true},
	} {
		if tt.schema != "" {
			id++
			b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, id))
			b.Expect(server, `"tools/list"`)
			b.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"tools":[{"name":"small","inputSchema":{"type":"object"}%s}]}}`, id, tt.schema))
			b.Expect(b.Client, `"tools":[{"name":"small"`)
		}
		id++
		if got := call(id); strings.Contains(got, denied) != tt.want {
			t.Errorf("with %q: %s", tt.schema, got)
		}
	}
}

// A tool whose schema was dropped may have one.
func TestOutputsAreBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles large schemas")
	}
	o := new(Outputs)
	large := `{"type":"object","title":"` + strings.Repeat("x", maxOutputs/2) + `"}`
	for i := range 3 {
		o.learn(fmt.Appendf(nil, `{"tools":[{"name":"tool%d","outputSchema":%s}]}`, i, large))
	}
	if o.size > maxOutputs || !o.full || o.matches("tool2", map[string]any{}) || !o.matches("tool0", map[string]any{}) {
		t.Errorf("%d bytes, full: %v", o.size, o.full)
	}
	o.learn([]byte(`{"tools":[{"name":"tool0"}]}`))
	if o.size > maxOutputs/2+1000 {
		t.Errorf("%d bytes after the schema is gone", o.size)
	}
	fits := `{"title":"` + strings.Repeat("x", maxOutputs-len(`a{"title":""}`)) + `"}`
	for schema, want := range map[string]bool{fits: false, fits[:10] + "x" + fits[10:]: true} {
		o := new(Outputs)
		if o.learn([]byte(`{"tools":[{"name":"a","outputSchema":` + schema + `}]}`)); o.full != want {
			t.Errorf("%d bytes are too many: %v", o.size, o.full)
		}
	}
}

// An output schema for which clients would refuse the whole list is left out. The tool stays, and
// can be called. The log says so once.
func TestOutputsAreObjects(t *testing.T) {
	b := gatewaytest.New(t, gatewaytest.ReadOnly, nil)
	var down *gatewaytest.Wire
	b.Client, down = gatewaytest.NewWires()
	var log bytes.Buffer
	server := Server{Guard: b.Guard, Dial: b.Dial}
	r := NewRelay(server, map[string]any{"name": "alice"}, "session", down.Conn(), slog.New(slog.NewTextHandler(&log, nil)))
	go func() { b.Ended <- r.Run(t.Context()) }()
	up := <-b.Servers
	for i, schema := range []string{
		`{"type":"array","items":{}}`, `{"anyOf":[{"type":"object"}]}`, `{"Type":"object"}`, `{"type":["object"]}`, `true`, `null`, `[]`,
		`{"type":"object","properties":[]}`, `{"type":"object","required":"a"}`, `{"type":"object","required":[1]}`, `{"type":"object","properties":{},"required":["a"]}`,
	} {
		b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/list"}`, i))
		b.Receive(up)
		b.Send(up, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"result":{"tools":[{"name":"small","inputSchema":{"type":"object"},"outputSchema":%s,"title":"t"},{"name":"read"}]}}`, i, schema))
		got := b.Expect(b.Client, `{"name":"small","inputSchema":{"type":"object"}`, `"title":"t"},{"name":"read"}`)
		if isKept := strings.Contains(got, "outputSchema"); isKept != strings.Contains(schema, `["a"]`) {
			t.Errorf("%s: %s", schema, got)
		}
	}
	b.Client.Close()
	<-b.Ended
	if n := strings.Count(log.String(), "the output schema of a tool is left out"); n != 1 {
		t.Errorf("the log says so %d times: %s", n, log.String())
	}
}
