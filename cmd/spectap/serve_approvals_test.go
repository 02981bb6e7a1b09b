package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/approval"
)

const payYAML = `
openapi: 3.0.3
info: {title: Pay, version: "1"}
servers: [{url: "BASE"}]
security: [{key: []}]
paths:
  /payments:
    get: {operationId: listPayments, responses: {"200": {description: ok}}}
    post:
      operationId: pay
      requestBody: {content: {application/json: {schema: {type: object, properties: {to: {type: string}, amount: {type: number}}}}}}
      responses: {"200": {description: ok}}
  /files:
    post:
      operationId: addFile
      parameters: [{name: path, in: query, schema: {type: string}}]
      responses: {"200": {description: ok}}
components:
  securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
`

// heldServe is a client of serve, whose calls need approvals.
type heldServe struct {
	*heldGateway
	questions atomic.Int32
	bodies    chan string // that the API got
}

// Elicit agrees to every question.
func (h *heldServe) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	h.questions.Add(1)
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: mcp.ElicitationResponseActionAccept, Content: map[string]any{}}}, nil
}

func newHeldServe(t *testing.T, version string, args ...string) *heldServe {
	t.Helper()
	dir := t.TempDir()
	h := &heldServe{bodies: make(chan string, 100)}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h.bodies <- r.Header.Get("X-Key") + " " + string(body)
		io.WriteString(w, "{}")
	}))
	t.Cleanup(srv.Close)
	spec := filepath.Join(dir, "pay.yaml")
	noError(t, os.WriteFile(spec, []byte(strings.Replace(payYAML, "BASE", srv.URL, 1)), 0o600))
	h.heldGateway = &heldGateway{t: t, file: filepath.Join(dir, "approvals.json"), journal: filepath.Join(dir, "audit.jsonl")}
	h.book = must(approval.Open(h.file))
	all := append([]string{"serve", spec, "--base-url", srv.URL, "--approvals", h.file, "--audit", h.journal}, args...)
	tr := transport.NewStdio("spectap", append(os.Environ(), "API_KEY=hunter2"), all...)
	h.Client = client.NewClient(tr, client.WithProtocolVersion(version), client.WithElicitationHandler(h))
	t.Cleanup(func() { h.Close() })
	noError(t, h.Start(t.Context()))
	must(h.Initialize(t.Context(), mcp.InitializeRequest{}))
	return h
}

func (h *heldServe) pay(amount float64) <-chan string {
	out := make(chan string, 1)
	go func() {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = "pay", map[string]any{"to": "ben", "amount": amount}
		res, err := h.CallTool(h.t.Context(), r)
		if err != nil {
			out <- "error: " + err.Error()
			return
		}
		text, _ := json.Marshal(res)
		out <- string(text)
	}()
	return out
}

// serve holds calls that change something, shows the request without credentials, and asks for no
// confirmation besides.
func TestServeRequiresApproval(t *testing.T) {
	for _, version := range []string{"2025-11-25", "2026-07-28"} {
		t.Run(version, func(t *testing.T) {
			h := newHeldServe(t, version, "--require-approval", "--require-human")
			answer := h.pay(10)
			held := h.waiting()
			shown := command(t, "approvals", "show", "--approvals", h.file, held.ID)
			if !strings.Contains(shown, "sends\n  POST http://") || !strings.Contains(shown, `| {"to":"ben","amount":10}`) && !strings.Contains(shown, `| {"amount":10,"to":"ben"}`) || strings.Contains(shown, "hunter2") {
				t.Errorf("a person sees\n%s", shown)
			}
			command(t, "approvals", "approve", "--approvals", h.file, held.ID, "--yes")
			if got := <-answer; !strings.Contains(got, "api_response") {
				t.Fatal(got)
			}
			if body := <-h.bodies; !strings.HasPrefix(body, "hunter2 {") {
				t.Error(body)
			}
			if n := h.questions.Load(); n != 0 {
				t.Errorf("the person who uses the client was asked %d times", n)
			}
			if got := <-h.call(t.Context(), "listPayments"); !strings.Contains(got, "api_response") {
				t.Error("a read is held:", got)
			}
		})
	}
}

// An approval by rule covers the calls that meet its conditions, as often as it says.
func TestStandingApprovals(t *testing.T) {
	h := newHeldServe(t, "2025-11-25", "--require-approval", "--approval-wait", "1ms")
	<-h.pay(10)
	held := h.waiting()
	out := command(t, "approvals", "allow", "--approvals", h.file, held.ID, "--times", "2", "--if", "{path: args.requestBody.amount, op: lt, value: 100}", "--yes", "--note", "petty cash")
	if !strings.Contains(out, "args.requestBody.amount") {
		t.Error(out)
	}
	for i, c := range []struct {
		amount float64
		want   string
	}{
		{10, "api_response"}, // the held call itself
		{500, "PENDING"}, {99, "api_response"}, {100, "PENDING"}, {50, "api_response"}, {51, "PENDING"},
	} {
		if got := <-h.pay(c.amount); !strings.Contains(got, c.want) {
			t.Errorf("call %d, %v: %s", i, c.amount, got)
		}
	}
	if n := len(h.bodies); n != 3 {
		t.Errorf("%d calls were sent", n)
	}
	rules := command(t, "approvals", "rules", "--approvals", h.file, "--all")
	if !strings.Contains(rules, "2 of 2 calls") || !strings.Contains(rules, "petty cash") || !strings.Contains(rules, "  used") {
		t.Error(rules)
	}
	audit, err := os.ReadFile(h.journal)
	if err != nil || !strings.Contains(string(audit), "use 2 of 2, of ") || !strings.Contains(string(audit), "by user:") {
		t.Errorf("the audit: %v\n%s", err, audit)
	}
	// An approval whose conditions the held call does not meet leaves it waiting.
	calls, err := h.book.List(time.Now())
	large := slices.IndexFunc(calls, func(c approval.Held) bool { return strings.Contains(string(c.Arguments), "500") })
	if err != nil || large < 0 {
		t.Fatal(calls, err)
	}
	command(t, "approvals", "allow", "--approvals", h.file, calls[large].ID, "--for", "1h", "--yes",
		"--if", "{path: args.requestBody.amount, op: gt, value: 500}", "--if", "{path: args.requestBody.to, op: eq, value: ben}")
	if c, err := h.book.Get(calls[large].ID, time.Now()); err != nil || c.State != approval.Waiting {
		t.Errorf("a call that does not meet the conditions is %s, %v", c.State, err)
	}
	command(t, "approvals", "revoke", "--approvals", h.file, strings.Fields(command(t, "approvals", "rules", "--approvals", h.file))[0])
	command(t, "approvals", "allow", "--approvals", h.file, held.ID, "--for", "1h", "--any-arguments", "--yes")
	if got := <-h.pay(1000); !strings.Contains(got, "api_response") {
		t.Fatal(got)
	}
	id := strings.Fields(command(t, "approvals", "rules", "--approvals", h.file))[0]
	command(t, "approvals", "revoke", "--approvals", h.file, id)
	if got := <-h.pay(1001); !strings.Contains(got, "PENDING") {
		t.Error("revoked:", got)
	}
}
