package mcptools

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
)

// upstream is a server that repeats each request in its response.
type upstream struct {
	*httptest.Server
	client *egress.Client

	mu   sync.Mutex // guards sent
	sent []string   // method, request URI and body of each request
}

// newUpstream starts a server. Its client may also send to the others.
func newUpstream(t *testing.T, others ...*upstream) *upstream {
	t.Helper()
	u := &upstream{}
	u.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		u.mu.Lock()
		u.sent = append(u.sent, r.Method+" "+r.RequestURI+" "+string(body))
		u.mu.Unlock()
		io.WriteString(w, "you sent "+r.Header.Get("X-Note")+" "+string(body))
	}))
	t.Cleanup(u.Close)
	origins := []string{u.URL}
	for _, o := range others {
		origins = append(origins, o.URL)
	}
	cl := must(egress.New(egress.Config{Named: origins}))
	t.Cleanup(cl.Close)
	u.client = cl
	return u
}

func (u *upstream) authority() string { return strings.TrimPrefix(u.URL, "http://") }

// requests returns the requests that have arrived.
func (u *upstream) requests() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.sent)
}

// allow enables sending to the server and to others.
func (u *upstream) allow(others ...string) func(*setup) {
	return func(c *setup) { c.Allow.Send = &SendConfig{Client: u.client, Origins: append(others, u.URL)} }
}

// A consent of the model is valid for the request that was held, not for another one that the same
// arguments build later.
func TestConsentCoversTheRequest(t *testing.T) {
	up := newUpstream(t)
	f := answered(newFlow("POST", "http", up.authority(), "/a", ""), 200, "", "")
	f.Request.Body = plainBody(`{"name":"n"}`)
	for _, c := range []struct {
		name, tool    string
		args          object
		first, second string // values of the variable; "": unset
	}{
		{"changed variable", "replay_flow", object{"flow_id": 1, "body": "$x"}, "harmless", "evil"},
		{"variable set later", "replay_flow", object{"flow_id": 1, "body": "$x"}, "", "evil"},
		{"variable in a header", "replay_flow", object{"flow_id": 1, "headers_json": `{"X-Note":"${x}"}`}, "harmless", "evil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := connect(t, newStore(t, f), up.allow())
			before := len(up.requests())
			set := func(value string) {
				if value != "" {
					s.fine("set_session_variable", object{"name": "x", "value": value})
				}
			}
			set(c.first)
			s.refused(tool.CodeConfirm, c.tool, c.args)
			set(c.second)
			confirmed := object{"__confirmed": true}
			for k, v := range c.args {
				confirmed[k] = v
			}
			e := s.refused(tool.CodeConfirm, c.tool, confirmed)
			if n := len(up.requests()); n != before {
				t.Fatalf("a request left that nobody confirmed: %q", up.requests()[before:])
			}
			if !strings.Contains(e["message"].(string), "request") {
				t.Errorf("the error does not say why: %v", e)
			}
			s.refused(tool.CodeConfirm, c.tool, c.args)
			s.fine(c.tool, confirmed)
			if n := len(up.requests()); n != before+1 {
				t.Errorf("%d requests left for one consent", n-before)
			}
		})
	}
}

// A consent is for the arguments of the call that was held, not for any others.
func TestConsentIsForTheArguments(t *testing.T) {
	up := newUpstream(t)
	a := answered(newFlow("POST", "http", up.authority(), "/a", ""), 200, "", "")
	b := answered(newFlow("POST", "http", up.authority(), "/b", ""), 200, "", "")
	s := connect(t, newStore(t, a, b), up.allow())
	for name, args := range map[string]object{
		"body":     {"flow_id": 1, "body": "evil"},
		"method":   {"flow_id": 1, "body": "harmless", "method": "DELETE"},
		"header":   {"flow_id": 1, "body": "harmless", "headers_json": `{"X-Evil":"1"}`},
		"flow":     {"flow_id": 2, "body": "harmless"},
		"no body":  {"flow_id": 1, "body": "__omit__"},
		"null":     {"flow_id": 1, "body": "evil", "method": nil},
		"no token": {"flow_id": 1, "body": "harmless", "method": "GET /admin HTTP/1.1\r\nX: "},
	} {
		s.refused(tool.CodeConfirm, "replay_flow", object{"flow_id": 1, "body": "harmless"})
		args["__confirmed"] = true
		if r := s.call("replay_flow", args); !r.isError {
			t.Errorf("%s: %s", name, r.text)
		}
	}
	if got := up.requests(); len(got) > 0 {
		t.Errorf("sent %q", got)
	}
}

// A consent to a flow is void once another flow has its number.
func TestConsentCoversTheFlow(t *testing.T) {
	up := newUpstream(t)
	a := answered(newFlow("POST", "http", up.authority(), "/harmless", ""), 200, "", "")
	b := answered(newFlow("POST", "http", up.authority(), "/evil", "q=1"), 200, "", "")
	b.Request.Body = plainBody(`{"q":1}`)
	a.Request.Body = b.Request.Body
	for name, args := range map[string]object{
		"replay_flow":   {"flow_id": 1},
		"fuzz_endpoint": {"flow_id": 1, "target_param": "q", "param_type": "json_body"},
	} {
		t.Run(name, func(t *testing.T) {
			first, second := newStore(t, a), newStore(t, b)
			s := connect(t, first, up.allow())
			s.refused(tool.CodeConfirm, name, args)
			s.server.service.source.Store = second
			args["__confirmed"] = true
			s.refused(tool.CodeConfirm, name, args)
			if got := up.requests(); len(got) > 0 {
				t.Errorf("sent without a consent: %q", got)
			}
		})
	}
}

// switching is a user who agrees to the first question only; before the answer, another call
// changes a variable.
type switching struct {
	client *client.Client
	asked  []string
}

func (p *switching) Elicit(ctx context.Context, r mcp.ElicitationRequest) (*mcp.ElicitationResult, error) {
	p.asked = append(p.asked, r.Params.Message)
	action := mcp.ElicitationResponseActionDecline
	if len(p.asked) == 1 {
		action = mcp.ElicitationResponseActionAccept
		if err := setVariable(ctx, p.client, "evil"); err != nil {
			return nil, err
		}
	}
	return &mcp.ElicitationResult{ElicitationResponse: mcp.ElicitationResponse{Action: action}}, nil
}

func setVariable(ctx context.Context, cl *client.Client, value string) error {
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = "set_session_variable", object{"name": "x", "value": value}
	_, err := cl.CallTool(ctx, r)
	return err
}

// A person's answer is valid for the request of the question, in both protocol eras.
func TestAnswerCoversTheRequest(t *testing.T) {
	for _, revision := range []string{"2025-11-25", "2026-07-28"} {
		t.Run(revision, func(t *testing.T) {
			up := newUpstream(t)
			st := newStore(t, answered(newFlow("POST", "http", up.authority(), "/a", ""), 200, "", ""))
			who := &switching{}
			cl := asks(t, st, revision, who, up.allow())
			who.client = cl
			noError(t, setVariable(t.Context(), cl, "harmless"))
			var r mcp.CallToolRequest
			r.Params.Name, r.Params.Arguments = "replay_flow", object{"flow_id": 1, "body": "$x"}
			must(cl.CallTool(t.Context(), r))
			if len(who.asked) == 0 {
				t.Fatal("nobody was asked")
			}
			for _, got := range up.requests() {
				if got != "POST /a harmless" {
					t.Errorf("sent %q after %q", got, who.asked)
				}
			}
		})
	}
}

// A GET that servers may handle as another method, or as another request, is held, also if only a
// person may confirm.
func TestReplayHoldsDisguisedWrites(t *testing.T) {
	up := newUpstream(t)
	get := answered(newFlow("GET", "http", up.authority(), "/a", "q=1"), 200, "", "")
	inQuery := answered(newFlow("GET", "http", up.authority(), "/a", "q=1&_method=DELETE"), 200, "", "")
	withBody := get
	withBody.Request.Body = plainBody(`{"q":1}`)
	st := newStore(t, get, inQuery, withBody)
	for _, c := range []struct {
		name, tool string
		args       object
	}{
		{"X-HTTP-Method-Override", "replay_flow", object{"flow_id": 1, "headers_json": `{"X-HTTP-Method-Override":"DELETE"}`}},
		{"underscores", "replay_flow", object{"flow_id": 1, "headers_json": `{"x_http_method_override":"DELETE"}`}},
		{"X-Original-URL", "replay_flow", object{"flow_id": 1, "headers_json": `{"X-Original-URL":"/admin/delete"}`}},
		{"X-Rewrite-URL", "replay_flow", object{"flow_id": 1, "headers_json": `{"X-Rewrite-URL":"/admin/delete"}`}},
		{"X-Envoy-Original-Path", "replay_flow", object{"flow_id": 1, "headers_json": `{"X-Envoy-Original-Path":"/admin"}`}},
		{"X-Forwarded-Host", "replay_flow", object{"flow_id": 1, "headers_json": `{"X-Forwarded-Host":"evil.example"}`}},
		{"method of a variable", "replay_flow", object{"flow_id": 1, "headers_json": `{"X-HTTP-Method":"$x"}`}},
		{"body", "replay_flow", object{"flow_id": 1, "body": "a=1"}},
		{"captured body", "replay_flow", object{"flow_id": 3}},
		{"HEAD with a body", "replay_flow", object{"flow_id": 1, "method": "HEAD", "body": "a=1"}},
		{"_method in the query", "replay_flow", object{"flow_id": 2}},
		{"_method set in the query", "replay_flow", object{"flow_id": 1, "query_json": `{"_method":"DELETE"}`}},
		{"fuzz: _method in the query", "fuzz_endpoint", object{"flow_id": 2, "target_param": "q"}},
		{"fuzz: _method as the parameter", "fuzz_endpoint", object{"flow_id": 1, "target_param": "_method"}},
		{"fuzz: captured body", "fuzz_endpoint", object{"flow_id": 3, "target_param": "q"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(up.requests())
			s := connect(t, st, up.allow())
			s.fine("set_session_variable", object{"name": "x", "value": "DELETE"})
			s.refused(tool.CodeConfirm, c.tool, c.args)
			human := connect(t, st, up.allow(), func(c *setup) { c.Allow.RequireHuman = true })
			human.fine("set_session_variable", object{"name": "x", "value": "DELETE"})
			human.refused(tool.CodeRefused, c.tool, c.args)
			if got := up.requests()[before:]; len(got) > 0 {
				t.Errorf("sent without a confirmation: %q", got)
			}
		})
	}
	plain := connect(t, st, up.allow(), func(c *setup) { c.Allow.RequireHuman = true })
	plain.fine("replay_flow", object{"flow_id": 1, "headers_json": `{"X-Note":"a"}`})
	plain.refused(tool.CodeRefused, "fuzz_endpoint", object{"flow_id": 1, "target_param": "q"})
}

// The question shows the request: method, URL, headers and the text of the body of any type, and of
// other bodies size, digest and first bytes. Neither a line break nor its length hides something.
func TestQuestionShowsTheRequest(t *testing.T) {
	up := newUpstream(t)
	f := answered(newFlow("POST", "http", up.authority(), "/transfer", "to=1"), 200, "", "")
	f.Request.Header = flow.Header{
		{Name: "Content-Type", Value: "application/octet-stream"}, {Name: "X-Captured", Value: "as before"},
		{Name: "Authorization", Value: "Bearer correct-horse-battery"}, {Name: "Cookie", Value: "theme=dark"},
	}
	f.Request.Body = plainBody(`{"to":"alice"}`)
	binary := f
	binary.Request.Body = plainBody("\x00\x01\xfe\xffbinary")
	for _, c := range []struct {
		name string
		args object
		want []string
	}{
		{"as captured", object{"flow_id": 1}, []string{"POST " + up.URL + "/transfer?to=1", "X-Captured: as before", "Cookie: theme=", `{"to":"alice"}`}},
		{"changed", object{"flow_id": 1, "method": "put", "headers_json": `{"X-Note":"h1\th2"}`, "body": "a\nb\u202ec"},
			[]string{"PUT ", `X-Note: h1\x09h2`, `a\x0ab\u202ec`}},
		{"variable", object{"flow_id": 1, "body": "pay $x"}, []string{"pay mallory"}},
		{"password", object{"flow_id": 1, "body": `{"password":"chosen by the agent"}`}, []string{"chosen by the agent"}},
		{"long", object{"flow_id": 1, "body": strings.Repeat("a", 50_000) + "the end"}, []string{"the end", "characters are not shown"}},
		{"binary", object{"flow_id": 2}, []string{"a body of 10 bytes, not shown", "digest "}},
		{"no body", object{"flow_id": 1, "body": "__omit__"}, []string{"without a body"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := &person{action: mcp.ElicitationResponseActionDecline}
			cl := asks(t, newStore(t, f, binary), "2025-11-25", who, up.allow())
			noError(t, setVariable(t.Context(), cl, "mallory"))
			var r mcp.CallToolRequest
			r.Params.Name, r.Params.Arguments = "replay_flow", c.args
			must(cl.CallTool(t.Context(), r))
			if len(who.asked) != 1 {
				t.Fatalf("asked %q", who.asked)
			}
			for _, want := range c.want {
				if !strings.Contains(who.asked[0], want) {
					t.Errorf("the question lacks %q: %.3000q", want, who.asked[0])
				}
			}
			if strings.Contains(who.asked[0], "correct-horse") {
				t.Errorf("the question shows a secret: %s", who.asked[0])
			}
		})
	}
}
