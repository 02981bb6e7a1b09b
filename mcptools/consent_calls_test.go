package mcptools

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
)

// TestChangesOnlyBehindAFront refuses each call that changes something if nothing has decided on it.
func TestChangesOnlyBehindAFront(t *testing.T) {
	st := newStore(t)
	c := newSetup(st, redact.New([]byte("k"), redact.Config{}), []func(*setup){func(c *setup) { c.Allow = everything() }})
	srv, _ := c.serve(t)
	changes := 0
	for _, def := range srv.service.tools() {
		args := object{"flow_id": 1, "target_param": "q", "file_path": "a.har", "name": "x", "value": "v", "regex_pattern": "x", "allowed_domains": []string{},
			"rule_id": "r", "action_type": "block", "key": "X-A"}
		for name := range args {
			known := false
			for _, p := range def.Params {
				known = known || p.Name == name
			}
			if !known {
				delete(args, name)
			}
		}
		raw := must(json.Marshal(object{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": object{"name": def.Name, "arguments": args}}))
		got := must(json.Marshal(srv.MCP().HandleMessage(t.Context(), raw)))
		if refused := strings.Contains(string(got), "is not served by package mcp/front"); refused != def.Effect.Changes {
			t.Errorf("%s: %s", def.Name, got)
		}
		if def.Effect.Changes {
			changes++
		}
	}
	if changes == 0 {
		t.Error("no tool changes something")
	}
}

// asking is a user for whom a function answers.
type asking func(question string) mcp.ElicitationResponseAction

func (a asking) Elicit(_ context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: a(r.Params.Message)}}, nil
}

// TestDigest leaves out only the confirmation, and tells numbers apart that a float does not.
func TestDigest(t *testing.T) {
	of := func(args string) guard.Digest { return guard.DigestOf(guard.WithoutConfirmation([]byte(args))) }
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{`{"a":1,"b":2}`, `{"b":2,"a":1}`, true},
		{`{"a":1}`, `{"a":1,"__confirmed":true}`, true},
		{``, `{}`, true},
		{``, `{"__confirmed":true}`, true},
		{`null`, `{}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":9007199254740992}`, `{"a":9007199254740993}`, false},
	} {
		if (of(c.a) == of(c.b)) != c.same {
			t.Errorf("%s and %s are the same: %v", c.a, c.b, !c.same)
		}
	}
}

func loadPolicy(t *testing.T, text string) *policy.Policy {
	t.Helper()
	return must(policy.Load(t.Context(), "policy", []byte(text)))
}

// audited returns the configuration of a guard with an audit, and a function that reads the
// decisions in it.
func audited(t *testing.T) (enforce.Config, func() []string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "audit")
	journal := must(audit.Open(file, 0))
	t.Cleanup(func() { journal.Close() })
	return enforce.Config{Audit: journal, Redactor: redact.New([]byte("k"), redact.Config{})}, func() (written []string) {
		t.Helper()
		noError(t, audit.Read(t.Context(), file, func(_ string, _ int, text []byte) error {
			r, err := audit.Decode(text)
			if r.Event == audit.EventDecision {
				if r.Client != "test client" || r.Identity != "alice" {
					t.Errorf("the caller is %q, %q", r.Client, r.Identity)
				}
				written = append(written, strings.TrimSpace(fmt.Sprint(r.Decision, " ", r.Rule, " ", r.Confirmed)))
			}
			return err
		}, nil))
		return written
	}
}

// TestLimitUsedWhileAsked lets another call use up a limit while the user is asked: the consent
// does not let the call through. The audit has one allowed call and one denied, and no approval.
func TestLimitUsedWhileAsked(t *testing.T) {
	c, decisions := audited(t)
	g := enforce.New(loadPolicy(t, `{version: 1, tools: {load_traffic_file: {rate_limit: 1/hour}}}`), c)
	st := newStore(t, shopFlows(t)[:5]...)
	s := &session{t: t}
	s.client = asks(t, st, "2025-11-25", asking(func(string) mcp.ElicitationResponseAction {
		if got := s.answer("load_traffic_file", object{"file_path": "b.har", "append": true}); !strings.Contains(got, `"imported":1`) {
			t.Errorf("the call that came between: %s", got)
		}
		return mcp.ElicitationResponseActionAccept
	}), guardedBy(g), func(c *setup) { c.Allow.Import = &changer{st: st, imported: &Imported{Flows: 1}, content: "first"} })
	if got := s.answer("load_traffic_file", object{"file_path": "a.har"}); !strings.Contains(got, "[POLICY DENIED] /tools/load_traffic_file/rate_limit") {
		t.Errorf("with consent and no room left: %s", got)
	}
	if got := strings.Join(decisions(), ", "); got != "allow /tools/load_traffic_file, deny /tools/load_traffic_file/rate_limit person" {
		t.Errorf("the audit has %s", got)
	}
}

// TestPolicyKnowsHeldCalls checks that the audit has the calls that wait for an answer and those
// that were refused, and that an approval shows the effect of a call and the digest of what it
// would do.
func TestPolicyKnowsHeldCalls(t *testing.T) {
	c, decisions := audited(t)
	book := must(approval.Open(filepath.Join(t.TempDir(), "approvals")))
	p := loadPolicy(t, `{version: 1, tools: {clear_traffic: {}, load_traffic_file: {require_approval: true}}}`)
	st := newStore(t, shopFlows(t)[:5]...)
	imports := &changer{st: st, imported: &Imported{Flows: 1}, content: "one"}
	c.Approvals, c.Wait = book, time.Nanosecond
	anybody := enforce.New(p, c)
	c.Confirm.RequireHuman = true
	people := enforce.New(p, c)
	mayImport := func(c *setup) { c.Allow.Clear, c.Allow.Import = imports, imports }
	model := connect(t, st, guardedBy(anybody), mayImport)
	user := &session{t: t, client: asks(t, st, "2026-07-28", &person{action: mcp.ElicitationResponseActionDecline}, guardedBy(people), mayImport)}
	alone := connect(t, st, guardedBy(people), mayImport)
	for i, answer := range []func() string{
		func() string { return model.answer("clear_traffic", object{}) },
		func() string { return user.answer("clear_traffic", object{}) },
		func() string { return alone.answer("clear_traffic", object{}) },
		func() string { return model.answer("clear_traffic", object{"until": 1}) },
		func() string { return model.answer("load_traffic_file", object{"file_path": "a.har"}) },
		func() string {
			imports.content = "two"
			return model.answer("load_traffic_file", object{"file_path": "a.har"})
		},
	} {
		if got := answer(); !strings.Contains(got, `"isError":true`) {
			t.Errorf("call %d: %s", i, got)
		}
	}
	if stat, err := st.Stat(t.Context()); err != nil || stat.Flows != 5 {
		t.Errorf("%d flows are left, %v", stat.Flows, err)
	}
	const want = "hold (confirmation), hold (confirmation), deny (confirmation) refused, deny (confirmation), deny (arguments), " +
		"hold /tools/load_traffic_file/require_approval, hold /tools/load_traffic_file/require_approval"
	if got := strings.Join(decisions(), ", "); got != want {
		t.Errorf("the audit has %s", got)
	}
	all := must(book.List(time.Now()))
	var held []approval.Held
	for _, h := range all {
		if h.Tool == "load_traffic_file" {
			held = append(held, h)
		}
	}
	if len(held) != 2 {
		t.Fatalf("%d calls wait for an approval", len(held))
	}
	if a, b := held[0].Effect, held[1].Effect; !strings.HasPrefix(a, "load_traffic_file would replace all 5 captured flows") || !strings.Contains(a, "(digest ") || a == b || held[0].Digest == held[1].Digest {
		t.Errorf("the effects of two calls are %q and %q", a, b)
	}
}
