package mcptools

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcptools/tool"
)

func loadPolicy(t *testing.T, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Load(t.Context(), "policy", []byte(text))
	noError(t, err)
	return p
}

// start begins a call of a tool without arguments.
func start(g *enforce.Guard, name string) *enforce.Call {
	subject := enforce.Subject{How: enforce.ByPolicy, Kind: policy.Tool, Names: []string{name}, Args: map[string]any{}}
	return g.Start(&enforce.Message{Direction: enforce.ToServer, Method: string(mcp.MethodToolsCall), Subject: subject}, enforce.Holding{})
}

// TestPolicyBeforeQuestions asks nobody about a call that the limits of a policy have no room for.
// A call that was held does not count.
func TestPolicyBeforeQuestions(t *testing.T) {
	p := loadPolicy(t, `{version: 1, tools: {clear: {rate_limit: 1/hour}}}`)
	g := enforce.New(p, enforce.Config{Limits: new(limit.Ledger)})
	begin := func(args string) context.Context {
		return enforce.WithCall(calling(t.Context(), args), start(g, "clear"))
	}
	s := testConsents(false, new(bytes.Buffer))
	const denied = "the policy denies the call"
	for i, want := range []string{"confirmation_required: ", "confirmation_required: ", "agreed", denied, denied} {
		args := `{}`
		if i == 2 || i == 4 {
			args = `{"__confirmed":true}`
		}
		if got := outcome(s.Confirm(begin(args), "delete all.")); !strings.HasPrefix(got, want) {
			t.Errorf("call %d: %s, want %s", i, got, want)
		}
	}
	if got := outcome(s.Proceed(begin(`{}`), "delete all.")); got != denied {
		t.Errorf("a call that needs no consent: %s", got)
	}
	if got := outcome(s.Proceed(t.Context(), "delete all.")); got != "agreed" {
		t.Errorf("without a policy: %s", got)
	}
}

// TestLimitUsedWhileAsked lets another call use up a limit while the user is asked: the consent
// does not let the call through. The audit has one allowed call and one denied, and no approval.
func TestLimitUsedWhileAsked(t *testing.T) {
	p := loadPolicy(t, `{version: 1, tools: {clear: {rate_limit: 1/hour}}}`)
	file := filepath.Join(t.TempDir(), "audit")
	journal, err := audit.Open(file, 0)
	noError(t, err)
	defer journal.Close()
	g := enforce.New(p, enforce.Config{Limits: new(limit.Ledger), Audit: journal, Redactor: redact.New([]byte("k"), redact.Config{})})
	begin := func(ctx context.Context) context.Context {
		return enforce.WithCall(calling(ctx, `{}`), start(g, "clear"))
	}
	s := testConsents(false, new(bytes.Buffer))
	who := &askedSession{id: "s", answer: func() (*mcp.ElicitationResult, error) {
		if err := s.Proceed(begin(t.Context()), "delete all."); err != nil {
			t.Errorf("the call that came between: %v", err)
		}
		return answeredParams(mcp.ElicitationResponseActionAccept), nil
	}}
	if got := outcome(s.Confirm(begin(in(t, who)), "delete all.")); got != "the policy denies the call" {
		t.Errorf("with consent and no room left: %s", got)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), `"decision":"allow"`) != 1 || strings.Count(string(text), `"decision":"deny"`) != 1 ||
		strings.Contains(string(text), guard.ByApproval.String()) {
		t.Errorf("%v, the audit has\n%s", err, text)
	}
}

// TestPolicyKnowsHeldCalls checks that the audit has the calls that wait for an answer and those
// that were refused, and that an approval shows the effect of a call and the digest of its
// requests.
func TestPolicyKnowsHeldCalls(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit")
	journal, err := audit.Open(file, 0)
	noError(t, err)
	defer journal.Close()
	book, err := approval.Open(filepath.Join(t.TempDir(), "approvals"))
	noError(t, err)
	p := loadPolicy(t, `{version: 1, tools: {clear: {}, approved: {require_approval: true}}}`)
	g := enforce.New(p, enforce.Config{Limits: new(limit.Ledger), Audit: journal, Approvals: book, Wait: time.Nanosecond, Redactor: redact.New([]byte("k"), redact.Config{})})
	call := func(ctx context.Context, s *consents, name, args string, requests ...guard.Digest) error {
		c := start(g, name)
		ctx = tool.WithCall(enforce.WithCall(ctx, c), &tool.Call{Tool: name, Raw: json.RawMessage(args)})
		defer c.End(enforce.Failed, 0)
		return s.Confirm(ctx, "delete all.", requests...)
	}
	info := &server.RequestProtocolInfo{Modern: true, ClientCapabilities: &mcp.ClientCapabilities{Elicitation: new(mcp.ElicitationCapability)}}
	modern := server.WithRequestProtocolInfo(t.Context(), info)
	anybody, person := testConsents(false, new(bytes.Buffer)), testConsents(true, new(bytes.Buffer))
	for i, err := range []error{
		call(t.Context(), anybody, "clear", `{}`), call(modern, person, "clear", `{}`), call(t.Context(), person, "clear", `{}`),
		call(t.Context(), anybody, "approved", `{}`, guard.DigestOf("one")), call(t.Context(), anybody, "approved", `{}`, guard.DigestOf("two")),
	} {
		if err == nil {
			t.Errorf("call %d may take effect", i)
		}
	}
	var written []string
	if err := audit.Read(t.Context(), file, func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		written = append(written, r.Decision+" "+r.Rule)
		return err
	}, nil); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(written[:3], ", "); got != "hold (confirmation), hold (confirmation), deny (arguments)" {
		t.Errorf("the audit has %s", got)
	}
	held, err := book.List(time.Now())
	if err != nil || len(held) != 2 {
		t.Fatalf("%d calls wait for an approval, %v", len(held), err)
	}
	if a, b := held[0].Effect, held[1].Effect; !strings.HasPrefix(a, "approved would delete all. (digest ") || a == b || held[0].Digest == held[1].Digest {
		t.Errorf("the effects of two requests are %q and %q", a, b)
	}
}
