package spectools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/guard"
)

// TestParallelConfirms sends eight confirmations of one held call at once. One request is sent.
func TestParallelConfirms(t *testing.T) {
	a := newAPI(t)
	s := newSet(t, shop, Options{BaseURL: a.URL})
	m := NewServer(s, ServerOptions{})
	c := connectTo(t, m, false)
	for round := range 20 {
		args := fmt.Sprintf(`{"id":"%d"}`, round)
		if r := call(t, c, "deleteThing", args); r.Type != "confirmation_request" {
			t.Fatal(r.Raw)
		}
		before := len(a.requests())
		var went atomic.Int32
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if r := call(t, c, "deleteThing", args[:len(args)-1]+`,"__confirmed":true}`); r.Type == "api_response" {
					went.Add(1)
				}
			})
		}
		wg.Wait()
		if n := len(a.requests()) - before; n != 1 || went.Load() != 1 {
			t.Fatalf("%d requests, %d answers for one confirmation", n, went.Load())
		}
	}
}

// raw sends one request of the newest protocol unchanged and returns its result.
func raw(t *testing.T, m *server.MCPServer, session server.ClientSession, params map[string]any) map[string]any {
	t.Helper()
	params["_meta"] = map[string]any{
		mcp.MetaKeyProtocolVersion: mcp.ProtocolVersion20260728, mcp.MetaKeyClientCapabilities: params["capabilities"],
	}
	delete(params, "capabilities")
	msg := mustJSON(map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
	var out struct {
		Result map[string]any `json:"result"`
	}
	noError(t, json.Unmarshal(mustJSON(m.HandleMessage(m.WithContext(context.Background(), session), msg)), &out))
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
	s := newSet(t, shop, Options{BaseURL: a.URL, HoldFor: time.Minute, Now: func() time.Time { return now.Add(time.Duration(offset.Load())) }})
	m := NewServer(s, ServerOptions{})
	mallory := server.NewInProcessSession("mallory", nil)
	alice := server.NewInProcessSession("alice", nil)
	ask := func(who server.ClientSession, tool, id string) string {
		r := raw(t, m, who, map[string]any{"name": tool, "arguments": map[string]any{"id": id}, "capabilities": canAsk})
		state, _ := r["requestState"].(string)
		if r["resultType"] != "input_required" || state == "" {
			t.Fatalf("not asked: %v", r)
		}
		return state
	}
	answer := func(who server.ClientSession, id, state string, caps, responses map[string]any) map[string]any {
		return raw(t, m, who, map[string]any{
			"name": "deleteThing", "arguments": map[string]any{"id": id}, "requestState": state, "inputResponses": responses, "capabilities": caps,
		})
	}
	good := ask(alice, "deleteThing", "1")
	for _, x := range []struct {
		name  string
		who   server.ClientSession
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

// asked answers elicitations and counts them.
type asked struct {
	n      atomic.Int32
	action mcp.ElicitationResponseAction
	fail   bool
}

func (a *asked) Elicit(context.Context, mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	a.n.Add(1)
	if a.fail {
		return nil, errors.New("no")
	}
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: a.action}}, nil
}

// TestElicitation asks the user in both protocol eras. A confirmation by the model is ignored then.
func TestElicitation(t *testing.T) {
	for _, modern := range []bool{false, true} {
		for _, x := range []struct {
			name string
			user *asked
			want string
			sent int
		}{
			{"agrees", &asked{action: mcp.ElicitationResponseActionAccept}, "api_response", 1},
			{"declines", &asked{action: mcp.ElicitationResponseActionDecline}, "error", 0},
			{"goes away", &asked{action: mcp.ElicitationResponseActionCancel}, "error", 0},
		} {
			a := newAPI(t)
			s := newSet(t, shop, Options{BaseURL: a.URL, Policy: guard.Policy{RequireHuman: true}})
			c := connect(t, s, modern, client.WithElicitationHandler(x.user))
			for _, args := range []string{`{"id":"1"}`, `{"id":"1","__confirmed":true}`} {
				if r := call(t, c, "deleteThing", args); r.Type != x.want {
					t.Errorf("%s (modern %v): %v", x.name, modern, r.Raw)
				}
			}
			if n := len(a.requests()); n != 2*x.sent || x.user.n.Load() != 2 {
				t.Errorf("%s (modern %v): %d requests, asked %d times", x.name, modern, n, x.user.n.Load())
			}
			if r := call(t, c, "getThing", `{"id__path":"1"}`); r.Type != "api_response" || x.user.n.Load() != 2 {
				t.Errorf("a call that reads was held: %v", r.Raw)
			}
		}
	}
}

func TestRequireHuman(t *testing.T) {
	a := newAPI(t)
	c := connect(t, newSet(t, shop, Options{BaseURL: a.URL, Policy: guard.Policy{RequireHuman: true}}), false)
	for _, args := range []string{`{"id":"1"}`, `{"id":"1","__confirmed":true}`, `{"id":"1","__confirmed":true}`} {
		if r := call(t, c, "deleteThing", args); r.code() != codeAuthorization {
			t.Errorf("%v", r.Raw)
		}
	}
	if n := len(a.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// records is an audit that keeps its records, and fails on demand.
type records struct {
	mu   sync.Mutex // guards all
	all  []guard.Record
	fail bool
}

func (r *records) Write(x *guard.Record) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail {
		return errors.New("disk full")
	}
	r.all = append(r.all, *x)
	return nil
}

// TestAudit records each decision before the request, and sends nothing if that fails.
func TestAudit(t *testing.T) {
	a := newAPI(t)
	log := &records{}
	c := connect(t, newSet(t, shop, Options{BaseURL: a.URL, Audit: log}), false)
	call(t, c, "deleteThing", `{"id":"1"}`)
	call(t, c, "deleteThing", `{"id":"1","__confirmed":true}`)
	call(t, c, "deleteThing", `{}`)
	call(t, c, "getThing", `{"id__path":"1"}`)
	var got []string
	for _, r := range log.all {
		got = append(got, r.Event+" "+r.Decision+" "+r.Confirmed)
	}
	want := []string{"decision hold ", "decision allow model", "outcome  ", "decision deny ", "decision allow ", "outcome  "}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("audit %q", got)
	}
	n := len(a.requests())
	log.fail = true
	if r := call(t, c, "getThing", `{"id__path":"1"}`); r.code() != codeServer || len(a.requests()) != n {
		t.Errorf("sent without a record: %v", r.Raw)
	}
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
