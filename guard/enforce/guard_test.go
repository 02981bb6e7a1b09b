package enforce

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/jsonschema"
)

const testPolicy = `
version: 1
hide: [secret]
tools:
  read: {}
  write: {rate_limit: 2/minute}
  text: {results: {max_bytes: 300, deny_matching: ["launch code"]}}
`

// newGuard returns a guard of testPolicy and a function that returns the audit so far.
func newGuard(t *testing.T, c Config) (*Guard, func() string) {
	t.Helper()
	p, err := policy.Load(t.Context(), "policy.yaml", []byte(testPolicy))
	noError(t, err)
	file := filepath.Join(t.TempDir(), "audit.jsonl")
	c.Audit = must(audit.Open(file, 0))
	t.Cleanup(func() { c.Audit.Close() })
	c.Limits, c.Redactor = new(limit.Ledger), redact.New([]byte("k"), redact.Config{})
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	c.Now = func() time.Time { return now }
	return New(p, c), func() string {
		text := must(os.ReadFile(file))
		return string(text)
	}
}

func call(tool string) *Message {
	return &Message{Direction: ToServer, Method: "tools/call", Subject: Subject{How: ByPolicy, Kind: policy.Tool, Names: []string{tool}}}
}

func TestJudge(t *testing.T) {
	g, records := newGuard(t, Config{})
	for i, tt := range []struct {
		m    *Message
		rule string // of a denial; "" if it is allowed
	}{
		{call("read"), ""},
		{call("write"), ""},
		{call("write"), ""},
		{call("write"), "/tools/write"},
		{call("other"), policy.RuleDefaultDeny},
		{call("secret"), policy.RuleHidden},
		{&Message{Subject: Subject{Names: []string{"read"}}}, policy.RuleDefaultDeny}, // the zero value refuses
		{&Message{Subject: Subject{How: Unknown, Names: []string{"read"}}}, policy.RuleHidden},
		{&Message{Subject: Subject{How: Quarantined, Names: []string{"read"}}}, RulePins},
		{&Message{Subject: Subject{How: ByPolicy, Kind: policy.Tool, Names: []string{"read"}, Inner: &guard.Inner{Name: "secret"}}}, policy.RuleHidden},
		{&Message{Subject: Subject{How: ByPolicy, Kind: policy.Tool, Names: []string{"read"}, Inner: &guard.Inner{Name: "read", Unknown: true}}}, policy.RuleHidden},
		{&Message{Subject: Subject{How: Passes}}, ""},
	} {
		v := g.Judge(tt.m)
		if v.Allowed != (tt.rule == "") || !v.Allowed && !strings.HasPrefix(v.Rule, tt.rule) {
			t.Errorf("message %d: %+v, want %q", i, v.Decision, tt.rule)
		}
	}
	if got := strings.Count(records(), "\n"); got != 11 { // all but messages that pass
		t.Errorf("%d records", got)
	}
}

// TestOnly bounds a caller by the patterns of its grant, in shadow mode too.
func TestOnly(t *testing.T) {
	for _, shadow := range []bool{false, true} {
		g, _ := newGuard(t, Config{Shadow: shadow})
		only := g.Only([]string{"re*", "other"}, nil)
		for tool, want := range map[string]bool{"read": true, "write": false, "other": shadow} {
			if v := only.Judge(call(tool)); v.Allowed != want {
				t.Errorf("shadow %v: %s: %+v", shadow, tool, v.Decision)
			}
			if got := only.Lists(policy.Tool, tool); got != want {
				t.Errorf("shadow %v: lists %s: %v", shadow, tool, got)
			}
		}
		inner := call("read")
		inner.Subject.Inner = &guard.Inner{Name: "write"}
		if v := only.Judge(inner); v.Allowed || v.Rule != RuleGrant {
			t.Errorf("shadow %v: a tool of another grant within a call: %+v", shadow, v.Decision)
		}
	}
}

// TestAuditFails checks that a decision is a denial if it cannot be written.
func TestAuditFails(t *testing.T) {
	for _, shadow := range []bool{false, true} {
		g, _ := newGuard(t, Config{Shadow: shadow})
		noError(t, g.c.Audit.Close())
		for _, tool := range []string{"read", "other"} {
			if v := g.Judge(call(tool)); v.Allowed || v.Rule != ruleAudit {
				t.Errorf("shadow %v: %s: %+v", shadow, tool, v.Decision)
			}
		}
		before := g.Policy()
		if err := g.SetPolicy(new(policy.Policy)); err == nil || g.Policy() != before {
			t.Errorf("shadow %v: the policy changed without a record: %v", shadow, err)
		}
	}
}

// writing is the preview of a request that writes and needs a confirmation.
func writing() *guard.Preview {
	return &guard.Preview{
		Tool: "write", Methods: guard.Methods{"DELETE"}, Sent: "DELETE /x",
		Digest: func() guard.Digest { return guard.DigestOf("x") }, Describe: func(int) string { return "delete x" },
		Refuse: func(r guard.Refusal) json.Marshaler { return json.RawMessage(`{"refused":"` + r.Reason + `"}`) },
	}
}

// TestCall checks that a call counts once, when it may be sent, and that its outcome is written.
func TestCall(t *testing.T) {
	g, records := newGuard(t, Config{})
	confirmed, holds := Holding{Preview: writing()}, Holding{Preview: writing()}
	confirmed.Preview.Confirmed = true
	for range 5 { // neither held nor refused calls count
		if v := g.JudgeHeld(t.Context(), call("write"), holds); v.Allowed || string(Refusal(v)) != `{"refused":""}` {
			t.Fatalf("held: %+v, %s", v.Decision, Refusal(v))
		}
		v := g.Decide(call("write"))
		if g.RefuseCall(&v, json.RawMessage("{}")); v.Allowed || string(Refusal(v)) != "{}" {
			t.Fatalf("refused: %+v", v.Decision)
		}
	}
	if got := records(); strings.Count(got, `"decision":"hold","rule":"`+ruleHeld) != 5 || strings.Count(got, ruleRefused) != 5 || strings.Contains(got, `"outcome"`) {
		t.Errorf("held and refused calls:\n%s", got)
	}
	for i := range 2 {
		g.JudgeHeld(t.Context(), call("write"), holds)
		v := g.JudgeHeld(t.Context(), call("write"), confirmed)
		if !v.Allowed || !v.HasConsent() || v.IsApproved() {
			t.Fatalf("call %d: %+v", i, v)
		}
		v.Status = 204
		g.Complete(&v, Answered, 7)
	}
	if got := records(); strings.Count(got, `"outcome":"result"`) != 2 || strings.Count(got, `"status":204`) != 2 ||
		strings.Count(got, `"decision":"allow"`) != 2 || strings.Count(got, `"confirmed":"model"`) != 2 {
		t.Errorf("calls that proceeded:\n%s", got)
	}
	holds.Caller.Ask = func(context.Context, string) (Answer, error) { t.Error("asked without room"); return Agrees, nil }
	if v := g.JudgeHeld(t.Context(), call("write"), holds); v.Allowed || !strings.HasPrefix(v.Rule, "/tools/write") {
		t.Errorf("a third call: %+v", v.Decision)
	}
}

func TestTreat(t *testing.T) {
	g, _ := newGuard(t, Config{})
	v := g.Judge(call("text"))
	for _, tt := range []struct{ result, withheld string }{
		{`{"content":[{"type":"text","text":"fine"}],  "n":1.50}`, ""},
		{`{"content":[{"type":"text","text":"the launch code is 1"}]}`, "does not let through"},
		{`{"structuredContent":{"launch code":1}}`, "does not let through"},
		{`{"structuredContent":{"a":"` + strings.Repeat("x", 300) + `"}}`, "more than the 300"},
	} {
		out, withheld := g.Treat(v, []byte(tt.result))
		if tt.withheld == "" && (withheld != "" || !bytes.Equal(out, []byte(tt.result))) {
			t.Errorf("%s: %s %q", tt.result, out, withheld)
		} else if tt.withheld != "" && (out != nil || !strings.Contains(withheld, tt.withheld)) {
			t.Errorf("%.60s: %s %q", tt.result, out, withheld)
		}
	}
}

// A refusal is in the structured content, too, unless that does not match the output schema of the
// tool: the client would report the mismatch instead of the reason.
func TestRefusalFitsSchema(t *testing.T) {
	open := jsonschema.Fits([]byte(`{"type":"object","properties":{"sum":{"type":"number"}}}`))
	for name, tt := range map[string]struct {
		fits func(any) bool
		want bool
	}{
		"no schema":             {nil, true},
		"open":                  {open, true},
		"required":              {jsonschema.Fits([]byte(`{"type":"object","required":["sum"]}`)), false},
		"closed":                {jsonschema.Fits([]byte(`{"type":"object","additionalProperties":false}`)), false},
		"an array":              {jsonschema.Fits([]byte(`{"type":"array"}`)), false},
		"cannot be compiled":    {jsonschema.Fits([]byte(`{"type":7}`)), false},
		"of an earlier draft":   {jsonschema.Fits([]byte(`{"$schema":"http://json-schema.org/draft-04/schema#","type":"object","required":["sum"]}`)), false},
		"another document":      {jsonschema.Fits([]byte(`{"$ref":"https://a.example/schema"}`)), false},
		"a reference to itself": {jsonschema.Fits([]byte(`{"$ref":"#"}`)), false},
	} {
		held := Verdict{Pending: "id", Decision: policy.Decision{Rule: "/tools/pay", Reason: "wait"}, message: &Message{Fits: tt.fits}}
		for _, text := range [][]byte{Denial(policy.Decision{Rule: "/tools/pay", Reason: "no"}, tt.fits), Refusal(held)} {
			var r struct {
				Meta struct {
					Spectap json.RawMessage `json:"spectap"`
				} `json:"_meta"`
				Structured json.RawMessage `json:"structuredContent"`
				IsError    bool            `json:"isError"`
			}
			if err := json.Unmarshal(text, &r); err != nil || !r.IsError || !strings.Contains(string(r.Meta.Spectap), `"rule":"/tools/pay"`) {
				t.Errorf("%s: %s %v", name, text, err)
			}
			if tt.want != (r.Structured != nil) || tt.want && string(r.Structured) != string(r.Meta.Spectap) {
				t.Errorf("%s: the structured content is %s", name, r.Structured)
			}
		}
	}
}
