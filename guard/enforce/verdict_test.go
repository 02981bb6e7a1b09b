package enforce

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/guard/session"
)

// A task is let through where the policy lets its result through unseen.
func TestTasks(t *testing.T) {
	for text, want := range map[string]bool{
		"version: 1\ntools: {read: {}}\n":                                                     false,
		"version: 1\ntools: {read: {}}\nmethods: {tasks/result: {}}\n":                        true,
		"version: 1\ntools: {read: {results: {redact: true}}}\nmethods: {tasks/result: {}}\n": false,
	} {
		g, _ := newGuard(t, Config{})
		noError(t, g.SetPolicy(loadPolicy(t, text)))
		m := call("read")
		m.Subject.IsTask = true
		if v := g.Judge(m); v.Allowed != want {
			t.Errorf("%s: %+v", text, v.Decision)
		}
	}
}

// The result of a task gets the treatments of all tools, and the results of other methods do not.
func TestResultsOfTasks(t *testing.T) {
	g, _ := newGuard(t, Config{})
	noError(t, g.SetPolicy(loadPolicy(t, "version: 1\ntools: {read: {results: {max_bytes: 1000}}, write: {}}\nmethods: "+
		"{tasks/result: {}, x/other: {}}\n")))
	for method, want := range map[string]int{"tasks/result": 1000, "x/other": 0} {
		v := g.Judge(&Message{Direction: ToServer, Method: method, Subject: Subject{How: ByPolicy, Kind: policy.Method, Names: []string{method}}})
		if !v.Allowed || int(v.Results.MaxBytes) != want {
			t.Errorf("%s: %d bytes, want %d; %+v", method, v.Results.MaxBytes, want, v.Decision)
		}
	}
	if v := g.Judge(call("write")); !v.Allowed || v.Results.MaxBytes != 0 {
		t.Errorf("a tool gets the bound of another: %+v", v.Results)
	}
}

// The record of a call suffices to find out later what happened. It has values only on request.
func TestRecordOfACall(t *testing.T) {
	many := map[string]any{}
	for i := range 105 {
		many[fmt.Sprintf("a%03d", i)] = i
	}
	for name, tt := range map[string]struct {
		values bool
		change func(m *Message)
		want   map[string]any
	}{
		"a call": {false, func(*Message) {}, map[string]any{
			"event": "decision", "identity": "ann", "session": "s1", "direction": "upstream", "method": "tools/call", "server": "shop",
			"name": "read", "decision": "allow", "rule": "/tools/read", "arguments": "[a b]", "digest": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
		}},
		"with values":    {true, func(m *Message) { m.Params = []byte(`{"password":"hunter2x"}`) }, map[string]any{"values": "map[password:"}},
		"no parameters":  {true, func(m *Message) { m.Params = nil }, map[string]any{}},
		"within a call":  {false, func(m *Message) { m.Subject.Inner = &guard.Inner{Name: "write", Args: map[string]any{"c": 1}} }, map[string]any{"name": "write", "via": "read", "arguments": "[c]"}},
		"a denied one":   {false, func(m *Message) { m.Subject.Names = []string{"other"} }, map[string]any{"decision": "deny", "rule": policy.RuleDefaultDeny, "reason": "no rule"}},
		"no names":       {false, func(m *Message) { m.Subject = Subject{} }, map[string]any{"decision": "deny"}},
		"many arguments": {false, func(m *Message) { m.Subject.Args = many }, map[string]any{"arguments": "[a000 "}},
	} {
		g, records := newGuard(t, Config{Values: tt.values, Name: "shop"})
		m := call("read")
		m.From = Caller{Identity: map[string]any{"name": "ann"}, Session: "s1"}
		m.Params, m.Subject.Args = []byte("{}"), map[string]any{"b": 1, "a": 2}
		tt.change(m)
		g.Judge(m)
		var got map[string]any
		noError(t, json.Unmarshal([]byte(records()), &got))
		for k, want := range tt.want {
			if text := fmt.Sprint(got[k]); want != text && !(name != "a call" && strings.HasPrefix(text, fmt.Sprint(want))) && k != "reason" {
				t.Errorf("%s: %s is %s, want %v", name, k, text, want)
			}
		}
		if _, has := got["values"]; has != (name == "with values") || strings.Contains(records(), "hunter2x") {
			t.Errorf("%s: values %v", name, got["values"])
		}
		if reason, _ := got["reason"].(string); (got["decision"] == "deny") != (reason != "") {
			t.Errorf("%s: %s because of %q", name, got["decision"], reason)
		}
		if all, _ := got["arguments"].([]any); name == "many arguments" && len(all) != 100 {
			t.Errorf("%d names of arguments", len(all))
		}
	}
}

// When a session ends, its totals and its list of calls are dropped.
func TestEndOfASession(t *testing.T) {
	g := newSessionGuard(t, Config{Sessions: session.NewBook()})
	for range 2 {
		wantRule(t, g.Judge(in("1", "fetch")), "")
	}
	wantRule(t, g.Judge(in("1", "fetch")), "/tools/fetch/limits/0")
	g.Succeeded(g.Judge(in("1", "review")), []byte(`{}`))
	wantRule(t, g.Judge(in("1", "commit")), "")
	g.EndSession(Caller{Identity: map[string]any{"name": "agent"}, Session: "1/files"})
	wantRule(t, g.Judge(in("1", "fetch")), "")
	wantRule(t, g.Judge(in("1", "commit")), "/tools/commit/after")
}

// A denied call is in the audit once, whatever it would do. A message without parameters has no
// digest.
func TestDeniedAtOnce(t *testing.T) {
	g, records := newGuard(t, Config{})
	g.JudgeHeld(t.Context(), call("other"), Holding{Preview: writing()})
	if got := records(); strings.Count(got, `"decision":"deny"`) != 1 || strings.Contains(got, `"digest":`) {
		t.Errorf("the audit is %s", got)
	}
	m := call("other")
	m.Params = []byte("{}")
	v := g.Decide(m)
	g.RefuseCall(&v, json.RawMessage("{}"))
	if got := records(); strings.Count(got, `"decision":"deny"`) != 2 || strings.Count(got, `"digest":"44136fa355b3678a`) != 1 {
		t.Errorf("the audit is %s", got)
	}
}
