package mcptools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/apidoc"
	"github.com/spectap/spectap/mcptools/tool"
)

// Invalid arguments cause helpful errors, and the server still works afterwards.
func TestHostileArguments(t *testing.T) {
	st := newStore(t, shopFlows(t)[:60]...)
	s := connect(t, st, func(c *setup) {
		c.Allow = everything()
		c.Allow.Import, c.Allow.Clear = &changer{st: st}, &changer{st: st}
	})
	nested := func(levels int) json.RawMessage {
		return json.RawMessage(strings.Repeat(`[`, levels) + strings.Repeat(`]`, levels))
	}
	deep := nested(50)
	odd := []any{
		nil, true, -1, 0, 1.5, 1e300, "x", "", strings.Repeat("A", 20_000), "\x00\u202e", "-1", "1;2", "../../etc/passwd", "%s%n", "'; --",
		[]any{}, []any{nil}, []any{[]any{1}}, object{}, object{"$ref": "#"}, deep, "(((((", "a{1000}{1000}", "$..a..b..c..d",
	}
	for _, def := range s.tools {
		raw := must(json.Marshal(def.InputSchema))
		var schema struct {
			Properties map[string]any `json:"properties"`
		}
		noError(t, json.Unmarshal(raw, &schema))
		for name := range schema.Properties {
			for i, v := range odd {
				if testing.Short() && (i+len(name))%2 != 0 {
					continue // an argument of another name has it
				}
				args := object{"flow_id": 1, "flow_ids": "1", "value": "oak", "method": "GET", "path": "/x", "spec": "{}"}
				for k := range args {
					if schema.Properties[k] == nil {
						delete(args, k)
					}
				}
				args[name] = v
				if def.Name == "load_traffic_file" {
					args["append"] = true
				}
				r := s.call(def.Name, args)
				if r.isError && r.data["error"].(object)["code"] == string(tool.CodeInternal) {
					t.Errorf("%s with %s = %.60v: an internal error: %s", def.Name, name, v, r.text)
				}
			}
		}
		for _, args := range []any{[]any{1}, "x", 7, deep, object{"": 1}, object{strings.Repeat("k", 100_000): 1}} {
			e := s.refused(tool.CodeBadArgument, def.Name, args)
			if len(e["message"].(string)) > 500 {
				t.Errorf("%s: the error is %d bytes long", def.Name, len(e["message"].(string)))
			}
		}
	}
	for _, args := range []any{nested(5000), object{"flow_id": nested(5000)}} {
		if got := s.answer("inspect_flows", args); !strings.Contains(got, "values are nested more than 64 deep") {
			t.Errorf("arguments that are nested deeply: %.300s", got)
		}
	}
	s.fine("get_traffic_summary", nil)
}

// A document nested so deeply that comparing is slow is refused, in JSON and in YAML.
func TestDeepSpec(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)[:20]...))
	deep := func(n int, open, end string) string {
		return `{"openapi":"3.1.0","info":{"title":"a \" {[","version":"1"},"paths":{"/a":{"get":{"responses":{"200":{"description":"x","content":{"application/json":{"schema":` +
			strings.Repeat(open, n) + "{}" + strings.Repeat(end, n) + `}}}}}}}}`
	}
	yaml := "openapi: 3.1.0\n"
	for i := range apidoc.MaxDepth + 2 {
		yaml += strings.Repeat("  ", i) + "a:\n"
	}
	for _, violations := range []bool{false, true} {
		for _, spec := range []string{deep(3000, `{"items":`, "}"), yaml} {
			if e := s.refused(tool.CodeBadArgument, "diff_spec", object{"spec": spec, "violations": violations}); !strings.Contains(e["message"].(string), "nested deeper") {
				t.Errorf("violations %v: %v", violations, e["message"])
			}
		}
		s.fine("diff_spec", object{"spec": deep(100, `{"items":`, "}"), "violations": violations})
	}
}

// Each line that is not a message causes an error and does not end the session.
func TestHostileLines(t *testing.T) {
	st := newStore(t, shopFlows(t)[:10]...)
	srv := must(New(Config{Store: st, Documents: documentsOf(st), Redact: redact.New([]byte("k"), redact.Config{})}))
	var in strings.Builder
	lines := []string{
		`{`, `[]`, `null`, `"x"`, `{"jsonrpc":"1.0","id":1,"method":"ping"}`, `{"jsonrpc":"2.0","id":2,"method":"no/such"}`,
		`{"jsonrpc":"2.0","id":3,"method":"tools/call"}`, `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"no_such_tool"}}`,
		`{"jsonrpc":"2.0","id":5,"method":"tools/call","params":[1]}`, `{"jsonrpc":"2.0","id":6,"method":"resources/read","params":{"uri":"file:///etc/passwd"}}`,
		`{"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"spectap://flow/99999999999999999999"}}`,
		`{"jsonrpc":"2.0","id":8,"method":"prompts/get","params":{"name":"nope"}}`,
		`{"jsonrpc":"2.0","id":9,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"x"},"argument":{"name":"host","value":"%%%"}}}`,
		`{"jsonrpc":"2.0","id":{"a":1},"method":"ping"}`, `{"jsonrpc":"2.0","id":11,"method":"tools/list","params":{"cursor":"!!!"}}`,
		"\x00\x01\x02", strings.Repeat("[", 20000),
	}
	for _, l := range lines {
		in.WriteString(l + "\n")
	}
	in.WriteString(`{"jsonrpc":"2.0","id":"last","method":"tools/call","params":{"name":"list_hosts","arguments":{}}}` + "\n")
	var out bytes.Buffer
	noError(t, front.ServeStdio(t.Context(), srv, strings.NewReader(in.String()), &out, nil))
	answered := map[string]bool{}
	for line := range strings.Lines(out.String()) {
		var m struct {
			ID    json.RawMessage
			Error *struct{ Message string }
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			t.Fatalf("a line that is not a message: %.200q", line)
		}
		answered[string(m.ID)] = true
		if m.Error != nil && strings.Contains(m.Error.Message, "panic") {
			t.Errorf("a panic: %s", line)
		}
	}
	for id := range 10 {
		if id > 1 && !answered[fmt.Sprint(id)] {
			t.Errorf("request %d has no answer", id)
		}
	}
	if !answered[`"last"`] {
		t.Error("the session did not survive")
	}
}
