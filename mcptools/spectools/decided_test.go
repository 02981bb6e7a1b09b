package spectools

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
	"pgregory.net/rapid"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
	"github.com/spectap/spectap/openapi"
)

// TestWhatIsDecidedOnLeaves previews and calls each operation of the documents in testdata, and of
// tests of this package, with an example of its arguments.
func TestWhatIsDecidedOnLeaves(t *testing.T) {
	documents := map[string]string{
		"planner": planner, "tracker": tracker, "read": readDocument, "shown": shown, "overrides": overrides, "clinic": clinic, "secured": secured,
		"pinned": pinnedDocument, "orders": orders, "paged": pagedDocument, "shop": shop, "wordy": wordy,
	}
	files := must(filepath.Glob("../../openapi/*/testdata/*/*.yaml"))
	more := must(filepath.Glob("../../openapi/*/testdata/*.yaml"))
	for _, path := range append(files, more...) {
		text := must(os.ReadFile(path))
		if strings.Contains(string(text), "openapi: 3") || strings.Contains(string(text), `openapi: "3`) {
			documents[path] = string(text)
		}
	}
	a, calls := newAPI(t), 0
	for name, text := range documents {
		doc := must(openapi.LoadPartial([]byte(text)))
		s, err := FromDocument(doc, Options{BaseURL: a.URL, HoldWithoutCredentials: true})
		if err != nil {
			t.Logf("%s: %v", name, err)
			continue
		}
		defer s.Close()
		for _, op := range s.ops {
			args := exampleArguments(op)
			if args["Content-Encoding"] != nil {
				args["Content-Encoding"] = "gzip"
			}
			if err := checkDecided(t.Context(), s, a, op, mustJSON(args)); err != nil {
				t.Errorf("%s: %s %s: %v", name, op.Method, op.Path, err)
			}
			calls++
		}
	}
	if calls < 100 {
		t.Errorf("only %d operations were called", calls)
	}
}

// TestRandomDecisionsLeave is [TestWhatIsDecidedOnLeaves] for random operations and arguments.
func TestRandomDecisionsLeave(t *testing.T) {
	a := newAPI(t)
	rapid.Check(t, func(rt *rapid.T) {
		var b strings.Builder
		noError(t, openapi.Encode(&b, genDocument(rt), openapi.JSON))
		s := newSet(t, b.String(), Options{BaseURL: a.URL})
		defer s.Close()
		op := rapid.SampledFrom(s.ops).Draw(rt, "operation")
		if err := checkDecided(t.Context(), s, a, op, orderedjson.Encode(genArguments(rt, op))); err != nil {
			rt.Fatalf("%s %s: %v", op.Method, op.Path, err)
		}
	})
}

// addedHeaders are headers of a request that a person does not see: those of the connection, and of
// what the client accepts.
var addedHeaders = []string{"Accept", "Accept-Encoding", "Connection", "Content-Length", "User-Agent"}

// checkDecided calls an operation, and says how the request that arrives differs from the one that
// was decided on: that of the digest, and that people see.
func checkDecided(ctx context.Context, s *Set, a *api, op *operation, args []byte) error {
	p, refusal := s.preview(ctx, op, args)
	if refusal != nil {
		return fmt.Errorf("refused: %s", refusal.RawStructuredContent)
	}
	digest, shown, before := p.Digest(), p.Request(), len(a.requests())
	pass := &guard.Pass{Preview: p, Once: true}
	if res := s.call(ctx, pass, preparedOf(pass)); res.IsError || pass.Status != http.StatusOK {
		return fmt.Errorf("answered %s", res.RawStructuredContent)
	}
	all := a.requests()
	if len(all) != before+1 {
		return fmt.Errorf("%d requests", len(all)-before)
	}
	got := all[before]
	arrived := egress.Call{Method: got.Method, Body: []byte(got.Body)}
	u, err := url.Parse(a.URL + got.URI)
	if err != nil {
		return err
	}
	arrived.URL = u
	var lines []string
	for _, line := range shown.Header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Cookie" {
			lines = append(lines, value)
			continue
		}
		if !slices.Contains(got.Header.Values(name), strings.TrimSpace(value)) {
			return fmt.Errorf("%q does not arrive: %v", line, got.Header)
		}
		arrived.Header = append(arrived.Header, egress.Pair{Name: name, Value: value})
		got.Header.Del(name)
	}
	if cookies := strings.Join(got.Header.Values("Cookie"), "; "); cookies != strings.Join(lines, "; ") {
		return fmt.Errorf("the cookies are %q, and %q was decided on", cookies, lines)
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		arrived.Cookies = append(arrived.Cookies, egress.Pair{Name: name, Value: value})
	}
	got.Header.Del("Cookie")
	for name := range got.Header {
		if !slices.Contains(addedHeaders, name) {
			return fmt.Errorf("%s arrives, and was not decided on", name)
		}
	}
	given, _, _ := s.arguments(ctx, op, args)
	if of := guard.DigestOf([]any{guard.DigestOf(orderedjson.Plain(given)).String(), arrived.Digest().String()}); of != digest {
		return fmt.Errorf("%s %s %q has another digest than %+v", got.Method, got.URI, got.Body, shown)
	}
	sum := sha256.Sum256([]byte(got.Body))
	if shown.Method != got.Method || shown.URL != a.URL+got.URI || shown.Size != len(got.Body) || got.Body != "" && shown.Hash != hex.EncodeToString(sum[:]) {
		return fmt.Errorf("%s %s %q is not what people saw: %+v", got.Method, got.URI, got.Body, shown)
	}
	return nil
}

// TestOnlyWhatWasDecidedOn calls handlers of tools without a decision, with that on another call,
// and with a request that has changed since.
func TestOnlyWhatWasDecidedOn(t *testing.T) {
	a := newAPI(t)
	for _, mode := range []Mode{ModeStatic, ModeDynamic} {
		s := newSet(t, shown, Options{BaseURL: a.URL})
		m := NewServer(s, ServerOptions{Mode: mode})
		preview := func(tool, args string) *guard.Preview {
			if mode == ModeDynamic {
				tool, args = CallOperation, `{"operation":"`+tool+`","arguments":`+args+`}`
			}
			p, refusal := m.Preview(t.Context(), tool, json.RawMessage(args), false)
			if p == nil {
				t.Fatalf("%s %s: %s", tool, args, refusal)
			}
			return p
		}
		call := func(pass *guard.Pass) *mcp.CallToolResult {
			tool := "change"
			if mode == ModeDynamic {
				tool = CallOperation
			}
			var r mcp.CallToolRequest
			r.Params.Name, r.Params.Arguments = tool, json.RawMessage(`{"id":"1"}`)
			return must(m.mcp.GetTool(tool).Handler(guard.WithPass(t.Context(), pass), r))
		}
		changed := func(see func(*guard.Preview), change func(*egress.Call)) *guard.Pass {
			p := preview("change", `{"id":"1","who":"bo","requestBody":{"n":1}}`)
			see(p)
			change(&p.Prepared.(*preparedCall).request)
			return &guard.Pass{Preview: p, Once: true}
		}
		digest := func(p *guard.Preview) { p.Digest() }
		passes := map[string]*guard.Pass{
			"no decision": nil, "no preview": {}, "a tool that only reads": {Preview: &guard.Preview{}},
			"another method":   changed(digest, func(c *egress.Call) { c.Method = "DELETE" }),
			"another path":     changed(digest, func(c *egress.Call) { c.URL.Path += "/2" }),
			"another header":   changed(digest, func(c *egress.Call) { c.Header = append(c.Header, egress.Pair{Name: "X-Mode", Value: "a"}) }),
			"another cookie":   changed(digest, func(c *egress.Call) { c.Cookies[0].Value = "al" }),
			"another body":     changed(digest, func(c *egress.Call) { c.Body = []byte(`{"n":2}`) }),
			"another approved": changed(func(p *guard.Preview) { p.Request() }, func(c *egress.Call) { c.Body = []byte(`{"n":2}`) }),
		}
		if mode == ModeStatic { // else one handler calls all operations
			passes["another operation"] = &guard.Pass{Preview: preview("look", `{"id":"1"}`)}
		}
		for name, pass := range passes {
			if res := call(pass); !res.IsError || len(a.requests()) != 0 {
				t.Fatalf("%s: %s: %d requests, %s", mode, name, len(a.requests()), res.RawStructuredContent)
			}
		}
		// What the handler is called with does not matter.
		if res := call(&guard.Pass{Preview: preview("change", `{"id":"2"}`), Once: true}); res.IsError || a.last(t).URI != "/things/2" || len(a.requests()) != 1 {
			t.Errorf("%s: %v, %s", mode, a.requests(), res.RawStructuredContent)
		}
		a.got = nil
	}
}

// between is a server whose document changes after a call was read and before its preview.
type between struct {
	*Server
	change func()
}

func (b between) Read(ctx context.Context, name string, args json.RawMessage) (guard.Named, bool) {
	n, isThere := b.Server.Read(ctx, name, args)
	b.change()
	return n, isThere
}

// TestDocumentChangesBeforePreview: a call that was judged by one document is not made by the next.
func TestDocumentChangesBeforePreview(t *testing.T) {
	a := newAPI(t)
	for _, mode := range []Mode{ModeStatic, ModeDynamic} {
		m := NewServer(newSet(t, shown, Options{BaseURL: a.URL}), ServerOptions{Mode: mode})
		next := newSet(t, strings.ReplaceAll(shown, "/things/", "/others/"), Options{BaseURL: a.URL})
		c := connectTo(t, between{m, sync.OnceFunc(func() { m.Replace(next, ServerOptions{Mode: mode}) })}, false)
		tool, args := "look", `{"id":"1"}`
		if mode == ModeDynamic {
			tool, args = CallOperation, `{"operation":"look","arguments":{"id":"1"}}`
		}
		var r mcp.CallToolRequest
		r.Params.Name, r.Params.Arguments = tool, json.RawMessage(args)
		for _, want := range []string{"the document has changed", "api_response"} {
			if res, err := c.CallTool(t.Context(), r); err != nil || !strings.Contains(string(mustJSON(res)), want) {
				t.Errorf("%s: %v, %s, want %s", mode, err, mustJSON(res), want)
			}
		}
	}
	if n := len(a.requests()); n != 2 {
		t.Errorf("sent %d requests", n)
	}
}
