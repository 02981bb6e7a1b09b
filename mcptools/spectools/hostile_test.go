package spectools

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/mcp/front"
)

// serveCallers serves a server over HTTP. Callers have tokens that begin with their names.
func serveCallers(t *testing.T, m front.Server) (url string) {
	t.Helper()
	srv := httptest.NewUnstartedServer(nil)
	f, err := front.New(front.Config{Addr: srv.Listener.Addr(), Authenticate: func(_ context.Context, token string) (front.Admitted, error) {
		return front.Admitted{Caller: strings.TrimSuffix(token, "-0123456789")}, nil
	}}, map[string]front.Server{"/mcp": m})
	noError(t, err)
	srv.Config.Handler = f
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL + "/mcp"
}

// post sends one call of the newest protocol over HTTP and returns the answer. header has names and
// values.
func post(t *testing.T, url, caller string, params map[string]any, header ...string) string {
	t.Helper()
	params["_meta"] = map[string]any{
		mcp.MetaKeyProtocolVersion: mcp.ProtocolVersion20260728, mcp.MetaKeyClientCapabilities: params["capabilities"],
	}
	if params["capabilities"] == nil {
		params["_meta"].(map[string]any)[mcp.MetaKeyClientCapabilities] = cannotAsk
	}
	delete(params, "capabilities")
	body := mustJSON(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
	r := must(http.NewRequestWithContext(t.Context(), "POST", url, bytes.NewReader(body)))
	header = append(header, "Content-Type", "application/json", "Accept", "application/json, text/event-stream",
		"Authorization", "Bearer "+caller+"-0123456789", "Mcp-Protocol-Version", mcp.ProtocolVersion20260728,
		"Mcp-Method", "tools/call", "Mcp-Name", params["name"].(string))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp := must(http.DefaultClient.Do(r))
	defer resp.Body.Close()
	text := must(io.ReadAll(resp.Body))
	return string(text)
}

// raw sends one call of the newest protocol unchanged, and returns its result.
func raw(t *testing.T, url, caller string, params map[string]any) map[string]any {
	t.Helper()
	text := post(t, url, caller, params)
	if !strings.HasPrefix(text, "{") { // a stream
		_, text, _ = strings.Cut(text, "data: ")
		text, _, _ = strings.Cut(text, "\n")
	}
	var out struct {
		Result map[string]any `json:"result"`
	}
	noError(t, json.Unmarshal([]byte(text), &out))
	return out.Result
}

var (
	canAsk    = map[string]any{"elicitation": map[string]any{"form": map[string]any{}}}
	cannotAsk = map[string]any{}
	yes       = map[string]any{"confirm": map[string]any{"action": "accept", "content": map[string]any{}}}
)

// TestForgedStates answers questions that were not asked, or not for this call. Nothing is sent.
func TestForgedStates(t *testing.T) {
	a := newAPI(t)
	now := time.Now()
	var offset atomic.Int64
	s := newSet(t, shop, Options{BaseURL: a.URL, Policy: guard.Policy{HoldFor: time.Minute}})
	m := serveCallers(t, guarded(s, ServerOptions{}, enforce.Config{Now: func() time.Time { return now.Add(time.Duration(offset.Load())) }}))
	const mallory, alice = "mallory", "alice"
	ask := func(who string, tool, id string) string {
		r := raw(t, m, who, map[string]any{"name": tool, "arguments": map[string]any{"id": id}, "capabilities": canAsk})
		state, _ := r["requestState"].(string)
		if r["resultType"] != "input_required" || state == "" {
			t.Fatalf("not asked: %v", r)
		}
		return state
	}
	answer := func(who string, id, state string, caps, responses map[string]any) map[string]any {
		return raw(t, m, who, map[string]any{
			"name": "deleteThing", "arguments": map[string]any{"id": id}, "requestState": state, "inputResponses": responses, "capabilities": caps,
		})
	}
	good := ask(alice, "deleteThing", "1")
	for _, x := range []struct {
		name  string
		who   string
		id    string
		state string
		caps  map[string]any
		reply map[string]any
	}{
		{"no question", alice, "2", "", canAsk, yes},
		{"made up", alice, "1", "bm90aGluZw", canAsk, yes},
		{"flipped", alice, "1", flip(good), canAsk, yes},
		{"other arguments", alice, "2", good, canAsk, yes},
		{"somebody else", mallory, "1", good, canAsk, yes},
		{"no answer", alice, "1", good, canAsk, nil},
		{"answer to another question", alice, "1", good, canAsk, map[string]any{"other": yes["confirm"]}},
		{"without the capability", alice, "1", good, cannotAsk, yes},
	} {
		if r := answer(x.who, x.id, x.state, x.caps, x.reply); r["isError"] == nil && r["resultType"] != "input_required" && typeOf(r) != "confirmation_request" {
			t.Errorf("%s: %v", x.name, r)
		}
		if n := len(a.requests()); n != 0 {
			t.Fatalf("%s: %d requests", x.name, n)
		}
	}
	offset.Store(int64(2 * time.Minute))
	if r := answer(alice, "1", good, canAsk, yes); r["resultType"] != "input_required" {
		t.Errorf("a state that is too old: %v", r)
	}
	if n := len(a.requests()); n != 0 {
		t.Fatalf("%d requests before consent", n)
	}
	fresh := ask(alice, "deleteThing", "1")
	if r := answer(alice, "1", fresh, canAsk, yes); typeOf(r) != "api_response" {
		t.Fatalf("an honest answer: %v", r)
	}
	if r := answer(alice, "1", fresh, canAsk, yes); r["resultType"] != "input_required" {
		t.Errorf("replayed: %v", r)
	}
	refused := ask(alice, "deleteThing", "1")
	no := map[string]any{"confirm": map[string]any{"action": "decline"}}
	if r := answer(alice, "1", refused, canAsk, no); typeOf(r) != "error" {
		t.Errorf("declined: %v", r)
	}
	if r := answer(alice, "1", refused, canAsk, yes); r["resultType"] != "input_required" {
		t.Errorf("agreed after declining: %v", r)
	}
	if n := len(a.requests()); n != 1 {
		t.Fatalf("%d requests for one consent", n)
	}
}

func flip(state string) string {
	b := []byte(state)
	if b[5] == 'A' {
		b[5] = 'B'
	} else {
		b[5] = 'A'
	}
	return string(b)
}

func typeOf(result map[string]any) string {
	m, _ := result["structuredContent"].(map[string]any)
	typ, _ := m["type"].(string)
	return typ
}

// TestPathCannotEscape passes path values that some server may read as several segments. If a
// request arrives, the value is one segment of the template.
func TestPathCannotEscape(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, shop, Options{BaseURL: a.URL}), true)
	for _, v := range []string{
		"../admin", "..", ".", "../../admin", "..%2fadmin", "%2e%2e/admin", "%2e%2e%2fadmin", "%252e%252e%252fadmin", `..\admin`, "..;/admin",
		"./admin", "x/../../admin", "/admin", "//admin", "a/b", "..\x00/admin", "..%00/admin", ".%2e/admin", "%2e./admin", "..%5cadmin", "..%c0%afadmin",
		"．．/admin", "?admin=1", "#admin", "1?x=1", "1#x", "@evil.example/", ":80/admin", "..\t/admin", " ../admin", "http://evil.example/",
	} {
		before := len(a.requests())
		r := call(t, c, "getThing", string(mustJSON(map[string]any{"id__path": v})))
		got := a.requests()[before:]
		if r.Type == "error" {
			if len(got) != 0 {
				t.Errorf("%q was refused, but %v arrived", v, got)
			}
			continue
		}
		if len(got) != 1 {
			t.Errorf("%q: %d requests", v, len(got))
			continue
		}
		checkSegment(t, v, got[0].URI)
	}
}
