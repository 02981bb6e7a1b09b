package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/store"
)

// heldGateway is a client of a gateway that holds calls of list_hosts.
type heldGateway struct {
	*client.Client
	t             *testing.T
	book          *approval.Book
	file, journal string
}

func newHeldGateway(t *testing.T, version, require string, opts ...client.ClientOption) *heldGateway {
	t.Helper()
	dir := t.TempDir()
	db, policy := filepath.Join(dir, "flows.db"), filepath.Join(dir, "policy.yaml")
	st := openStore(t, db, store.Options{Create: true})
	st.Close()
	text := "version: 1\ntools: {list_hosts: {require_approval: " + require + "}, get_traffic_summary: {}}\n"
	noError(t, os.WriteFile(policy, []byte(text), 0o600))
	g := &heldGateway{t: t, file: filepath.Join(dir, "approvals.json"), journal: filepath.Join(dir, "audit.jsonl")}
	g.book = must(approval.Open(g.file))
	tr := transport.NewStdio("spectap", os.Environ(), "gateway", "--policy", policy, "--approvals", g.file, "--audit", g.journal, "--pins", filepath.Join(dir, "pins.json"),
		"--", "spectap", "mcp", "--db", db)
	g.Client = client.NewClient(tr, append(opts, client.WithProtocolVersion(version))...)
	t.Cleanup(func() { g.Close() })
	noError(t, g.Start(t.Context()))
	must(g.Initialize(t.Context(), mcp.InitializeRequest{}))
	return g
}

// call calls a tool in the background.
func (g *heldGateway) call(ctx context.Context, name string) <-chan string {
	out := make(chan string, 1)
	go func() {
		r, err := g.CallTool(ctx, mcp.CallToolRequest{Params: mcp.CallToolParams{Name: name}})
		if err != nil {
			out <- "error: " + err.Error()
			return
		}
		text, _ := json.Marshal(r)
		out <- string(text)
	}()
	return out
}

// waiting returns the only call that waits, when there is one.
func (g *heldGateway) waiting() approval.Held {
	g.t.Helper()
	for {
		all := must(g.book.List(time.Now()))
		for _, h := range all {
			if h.State == approval.Waiting {
				return h
			}
		}
		select {
		case <-g.t.Context().Done():
			g.t.Fatal("no call waits")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func TestApprovedCall(t *testing.T) {
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		t.Run(version, func(t *testing.T) {
			g := newHeldGateway(t, version, "true")
			if got := <-g.call(t.Context(), "get_traffic_summary"); strings.Contains(got, "APPROVAL") {
				t.Fatal("a call that needs no approval:", got)
			}
			answer := g.call(t.Context(), "list_hosts")
			h := g.waiting()
			if shown := command(t, "approvals", "show", "--approvals", g.file, h.ID); !strings.Contains(shown, "list_hosts") || !strings.Contains(shown, "no arguments") || h.Definition == "" {
				t.Errorf("a person sees\n%s", shown)
			}
			select {
			case got := <-answer:
				t.Fatal("answered before anybody decided:", got)
			default:
			}
			command(t, "approvals", "approve", "--approvals", g.file, h.ID, "--yes", "--note", "fine")
			if got := <-answer; strings.Contains(got, "DENIED") || strings.Contains(got, "PENDING") || strings.Contains(got, "error:") {
				t.Fatal("approved:", got)
			}
			second := g.call(t.Context(), "list_hosts")
			h2 := g.waiting()
			if h2.ID == h.ID {
				t.Fatal("the approval is used twice")
			}
			command(t, "approvals", "deny", "--approvals", g.file, h2.ID, "--yes", "--note", "not today")
			if got := <-second; !strings.Contains(got, "denied the call: not today") {
				t.Fatal("denied:", got)
			}
			if got := <-g.call(t.Context(), "list_hosts"); !strings.Contains(got, "not today") {
				t.Fatal("the denial is forgotten:", got)
			}
			g.Close()
			var records []string
			err := audit.Read(t.Context(), g.journal, func(_ string, _ int, text []byte) error {
				records = append(records, string(text))
				return nil
			}, nil)
			if all := strings.Join(records, "\n"); err != nil || !strings.Contains(all, "approval "+h.ID) || !strings.Contains(all, "user:") ||
				!strings.Contains(all, `"event":"approval"`) || !strings.Contains(all, `"digest":"`+h.Digest+`"`) {
				t.Errorf("the audit does not name the approver: %v\n%s", err, all)
			}
		})
	}
}

// A call that its client has cancelled is not sent. Its approval waits for the next equal call.
func TestCancelledHeldCall(t *testing.T) {
	g := newHeldGateway(t, "2025-11-25", "true")
	ctx, cancel := context.WithCancel(t.Context())
	answer := g.call(ctx, "list_hosts")
	h := g.waiting()
	cancel()
	<-answer
	if got := <-g.call(t.Context(), "get_traffic_summary"); strings.Contains(got, "error:") { // after the cancellation
		t.Fatal(got)
	}
	command(t, "approvals", "approve", "--approvals", g.file, h.ID, "--yes")
	if got := <-g.call(t.Context(), "list_hosts"); strings.Contains(got, "PENDING") || strings.Contains(got, "error:") {
		t.Fatal("the approval is lost:", got)
	}
	if h, err := g.book.Get(h.ID, time.Now()); err != nil || h.State != approval.Used {
		t.Fatal(h.State, err)
	}
}

// Without a file of approvals nothing can be held, and the call is denied. The program's own
// servers do the same.
func TestApprovalWithoutABook(t *testing.T) {
	dir := t.TempDir()
	policy, db := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "flows.db")
	noError(t, os.WriteFile(policy, []byte("version: 1\ntools: {list_hosts: {require_approval: true}}\n"), 0o600))
	st := openStore(t, db, store.Options{Create: true})
	st.Close()
	var out, errs bytes.Buffer
	run(t.Context(), []string{"client", "--exec", "call list_hosts", "--", "spectap", "gateway", "--policy", policy, "--", "spectap", "mcp", "--db", db},
		strings.NewReader(""), &out, &errs)
	if !strings.Contains(out.String(), "a person must approve the call") {
		t.Fatal(out.String(), errs.String())
	}
}

// The requester cannot approve, and two approvers are two people.
func TestTwoApprovers(t *testing.T) {
	g := newHeldGateway(t, "2025-11-25", "{approvers: 2}")
	answer := g.call(t.Context(), "list_hosts")
	h := g.waiting()
	dir := t.TempDir()
	grants := filepath.Join(dir, "grants.json")
	for i, name := range []string{"anna", "local"} {
		token := command(t, "grant", "add", "--grants", grants, name)
		noError(t, os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), []byte(token), 0o600))
	}
	as := func(i int) (status int, text string) {
		var out, errs bytes.Buffer
		status = run(t.Context(), []string{"approvals", "approve", "--approvals", g.file, h.ID, "--yes", "--grants", grants, "--token-file", filepath.Join(dir, fmt.Sprint(i))},
			strings.NewReader(""), &out, &errs)
		return status, errs.String()
	}
	if status, text := as(1); status == 0 || !strings.Contains(text, "who asks cannot approve") {
		t.Fatal("the requester approves:", text) // its name is local
	}
	if status, text := as(0); status != 0 {
		t.Fatal(text)
	}
	if status, text := as(0); status == 0 || !strings.Contains(text, "decided already") {
		t.Fatal("one person is two:", text)
	}
	command(t, "approvals", "approve", "--approvals", g.file, h.ID, "--yes")
	if got := <-answer; strings.Contains(got, "PENDING") || strings.Contains(got, "error:") {
		t.Fatal(got)
	}
}

// The gateway asks the person who uses the client only if the policy accepts that person. A call
// that somebody else decides goes on, and other clients wait as usual.
func TestCallerThroughTheGateway(t *testing.T) {
	person := &heldServe{}
	g := newHeldGateway(t, "2025-11-25", "{approvers: caller}", client.WithElicitationHandler(person))
	if got := <-g.call(t.Context(), "list_hosts"); strings.Contains(got, "PENDING") || strings.Contains(got, "error") || person.questions.Load() != 1 {
		t.Fatal(person.questions.Load(), got)
	}
	g.Close()
	if audit, err := os.ReadFile(g.journal); err != nil || !strings.Contains(string(audit), "by caller:local (elicitation)") {
		t.Errorf("the audit: %v\n%s", err, audit)
	}
	for _, require := range []string{"true", "{approvers: 2}"} {
		person := &heldServe{}
		g := newHeldGateway(t, "2025-11-25", require, client.WithElicitationHandler(person))
		answer := g.call(t.Context(), "list_hosts")
		command(t, "approvals", "deny", "--approvals", g.file, g.waiting().ID, "--yes")
		if got := <-answer; !strings.Contains(got, "denied") || person.questions.Load() != 0 {
			t.Errorf("%s: the caller was asked %d times: %s", require, person.questions.Load(), got)
		}
	}
	g = newHeldGateway(t, "2025-11-25", "{approvers: caller}") // cannot ask
	answer := g.call(t.Context(), "list_hosts")
	command(t, "approvals", "approve", "--approvals", g.file, g.waiting().ID, "--yes")
	if got := <-answer; strings.Contains(got, "PENDING") || strings.Contains(got, "error") {
		t.Error(got)
	}
}
