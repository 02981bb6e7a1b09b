package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard/approval"
)

const hookSecret = "a secret of the webhook"

// signHook signs as docs/approvals.md says.
func signHook(direction, timestamp string, body []byte) string {
	m := hmac.New(sha256.New, []byte(hookSecret))
	fmt.Fprintf(m, "v1:%s:%s:%s", direction, timestamp, body)
	return "v1=" + hex.EncodeToString(m.Sum(nil))
}

func hookAnswer(id, digest, decision string) (body []byte, header http.Header) {
	body, _ = json.Marshal(map[string]string{"answer": "answer-" + id, "id": id, "digest": digest, "decision": decision, "approver": "anna@example.com", "note": "by chat"})
	now := strconv.FormatInt(time.Now().Unix(), 10)
	return body, http.Header{
		"Content-Type": {"application/json"}, "X-Spectap-Timestamp": {now}, "X-Spectap-Signature": {signHook("answer", now, body)},
	}
}

func hookSecretFile(t *testing.T, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	noError(t, os.WriteFile(path, []byte(hookSecret+"\n"), mode))
	return path
}

// A webhook gets a redacted held call and decides by its signed response.
func TestApprovalWebhook(t *testing.T) {
	decision := make(chan string, 1)
	posts := make(chan string, 10)
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-Spectap-Signature") != signHook("request", r.Header.Get("X-Spectap-Timestamp"), body) {
			t.Error("the post is not signed")
		}
		posts <- string(body)
		var m struct{ ID, Digest string }
		json.Unmarshal(body, &m)
		answer, header := hookAnswer(m.ID, m.Digest, <-decision)
		for name, v := range header {
			w.Header()[name] = v
		}
		w.Write(answer)
	}))
	defer hook.Close()
	h := newHeldServe(t, "2025-11-25", "--require-approval", "--approval-webhook", hook.URL+"/a/path", "--approval-webhook-secret", hookSecretFile(t, 0o600))
	decision <- "approve"
	if got := <-h.pay(10); !strings.Contains(got, "api_response") {
		t.Fatal(got)
	}
	if post := <-posts; !strings.Contains(post, `"tool":"pay"`) || strings.Contains(post, "hunter2") {
		t.Error(post)
	}
	decision <- "deny"
	if got := <-h.pay(11); !strings.Contains(got, "a person has denied the call: by chat") {
		t.Fatal(got)
	}
	audit, err := os.ReadFile(h.journal)
	if err != nil || !strings.Contains(string(audit), "by webhook:anna@example.com (webhook)") {
		t.Errorf("the audit: %v\n%s", err, audit)
	}
}

// Answers are accepted at a separate address. The MCP address accepts none, and MCP has no tool for
// them.
func TestApprovalListener(t *testing.T) {
	dir := t.TempDir()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "{}") }))
	defer api.Close()
	spec, file := filepath.Join(dir, "pay.yaml"), filepath.Join(dir, "approvals.json")
	noError(t, os.WriteFile(spec, []byte(strings.Replace(payYAML, "BASE", api.URL, 1)), 0o600))
	lines := served(t, spec, "--base-url", api.URL, "--require-approval", "--approvals", file, "--http", "127.0.0.1:0",
		"--approval-listen", "127.0.0.1:0", "--approval-webhook-secret", hookSecretFile(t, 0o600))
	_, token, _ := strings.Cut(lines[len(lines)-1], "printed once: ")
	url := ""
	for _, l := range lines {
		if _, u, ok := strings.Cut(l, "answers to held calls at "); ok {
			url = u
		}
	}
	c := connectHTTP(t, urlsOf(lines)[0], map[string]string{"Authorization": "Bearer " + token})
	list := must(c.ListTools(t.Context(), mcp.ListToolsRequest{}))
	for _, tool := range list.Tools {
		if strings.Contains(strings.ToLower(tool.Name+tool.Description), "approv") {
			t.Errorf("an agent has the tool %s", tool.Name)
		}
	}
	answer := make(chan string, 1)
	go func() {
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = "pay", map[string]any{"amount": 1}
		res, err := c.CallTool(t.Context(), r)
		text, _ := json.Marshal(res)
		answer <- fmt.Sprint(string(text), err)
	}()
	book := must(approval.Open(file))
	held := (&heldGateway{t: t, book: book}).waiting()
	post := func(url string, change func(*http.Request)) int {
		t.Helper()
		body, header := hookAnswer(held.ID, held.Digest, "approve")
		req := must(http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body)))
		req.Header = header
		change(req)
		resp := must(http.DefaultClient.Do(req))
		resp.Body.Close()
		return resp.StatusCode
	}
	root, _, _ := strings.Cut(urlsOf(lines)[0], "/mcp")
	for name, change := range map[string]func(*http.Request){
		"a page":         func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"a rebound name": func(r *http.Request) { r.Host = "evil.example:80" },
		"the token of MCP": func(r *http.Request) {
			r.Header.Del("X-Spectap-Signature")
			r.Header.Set("Authorization", "Bearer "+token)
		},
		"a swapped body": func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("{}")); r.ContentLength = 2 },
		"another direction": func(r *http.Request) {
			r.Header.Set("X-Spectap-Signature", signHook("request", r.Header.Get("X-Spectap-Timestamp"), nil))
		},
	} {
		if status := post(url, change); status/100 != 4 {
			t.Errorf("%s: status %d", name, status)
		}
	}
	for _, at := range []string{root + "/v1/answers", root + "/mcp", root + "/"} {
		if status := post(at, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }); status/100 == 2 && at != root+"/mcp" {
			t.Errorf("%s takes an answer: %d", at, status)
		}
	}
	if h, err := book.Get(held.ID, time.Now()); err != nil || h.State != approval.Waiting {
		t.Fatal("decided by one of those:", h.State, err)
	}
	if status := post(url, func(*http.Request) {}); status != 200 {
		t.Fatal("status", status)
	}
	if got := <-answer; !strings.Contains(got, "api_response") {
		t.Fatal(got)
	}
	if status := post(url, func(*http.Request) {}); status != 409 {
		t.Error("a second time: status", status)
	}
}
