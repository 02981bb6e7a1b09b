package mcptools

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/sample"
	"github.com/spectap/spectap/mcptools/placeholder"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/store"
)

// liveShop starts the sample API and records flows. The API keeps running.
func liveShop(t *testing.T) (*sample.API, *sample.Server, []flow.Flow) {
	t.Helper()
	api := sample.New()
	srv := must(sample.Serve(api, t.TempDir()))
	t.Cleanup(func() { srv.Close() })
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: srv.Pool()}}
	t.Cleanup(tr.CloseIdleConnections)
	rec := &recorder{next: tr}
	noError(t, sample.Drive(t.Context(), &http.Client{Transport: rec}, srv.URL))
	return api, srv, rec.flows
}

// sender connects a client to a server that may send to the origins.
func sender(t *testing.T, st store.Store, srv *sample.Server, origins ...string) *session {
	t.Helper()
	cl := must(egress.New(egress.Config{Named: origins, TLS: &tls.Config{RootCAs: srv.Pool()}}))
	t.Cleanup(cl.Close)
	return connect(t, st, func(c *setup) { c.Allow.Send = &SendConfig{Client: cl, Origins: origins} })
}

func idOf(t *testing.T, fs []flow.Flow, want func(flow.Flow) bool) int {
	t.Helper()
	for i, f := range fs {
		if want(f) {
			return i + 1
		}
	}
	t.Fatal("no such flow")
	return 0
}

func TestReplay(t *testing.T) {
	api, srv, fs := liveShop(t)
	st := newStore(t, fs...)
	s := sender(t, st, srv, srv.URL)
	list := idOf(t, fs, func(f flow.Flow) bool {
		return f.Request.Method == "GET" && f.Request.Path == "/api/v1/orders" && f.Response.Status == 200
	})
	got := s.fine("replay_flow", object{"flow_id": list})
	if got["status_code"] != 200.0 || !strings.Contains(fmt.Sprint(got["body"]), "orders") {
		t.Errorf("got %v", got)
	}
	none := s.fine("replay_flow", object{"flow_id": list, "headers_json": `{"Authorization": null}`})
	if none["status_code"] != 401.0 {
		t.Errorf("without its token: %v", none["status_code"])
	}
	for _, bad := range []string{`{"X-A": "a\r\nX-B: c"}`, `{"X A": "b"}`, `{"X-A": 1}`, `["x"]`, `{"Host": "evil.example"}`} {
		s.refused(tool.CodeBadArgument, "replay_flow", object{"flow_id": list, "headers_json": bad})
	}
	// A token is used in a request without being shown.
	login := idOf(t, fs, func(f flow.Flow) bool { return f.Request.Path == "/oauth/token" && f.Response.Status == 200 })
	kept := s.call("extract_session_variable", object{"name": "tok", "flow_id": login, "regex_pattern": `"access_token":"([^"]+)"`})
	if kept.isError || strings.Contains(kept.text, "eyJ") || !strings.Contains(kept.text, placeholder.Prefix) {
		t.Fatalf("the variable is %s", kept.text)
	}
	with := s.fine("replay_flow", object{"flow_id": list, "headers_json": `{"Authorization": "Bearer ${tok}", "X-Note": "$token"}`})
	if with["status_code"] != 200.0 {
		t.Errorf("with the token of a variable: %v", with["status_code"])
	}
	e := s.refused(tool.CodeBadArgument, "replay_flow", object{"flow_id": list, "headers_json": `{"X-A": "[redacted:secret:0123456789]"}`})
	if !strings.Contains(e["message"].(string), "another flow") {
		t.Errorf("the error is %v", e)
	}
	_ = api
}

// A replayed exchange is stored as a flow and does not show the restored secrets.
func TestReplayIsStored(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "https://other.example/", http.StatusFound)
			return
		}
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new?x=1", http.StatusFound)
			return
		}
		if r.URL.Path == "/a" && r.URL.RawQuery != "q=1&flag&e=" {
			t.Errorf("the query is %s", r.URL.RawQuery)
		}
		b, _ := io.ReadAll(r.Body)
		// Readers of the store do not find a secret in this form.
		for _, c := range []byte(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
			fmt.Fprintf(w, "%%%02x", c)
		}
		fmt.Fprintf(w, " %s", b)
	}))
	defer echo.Close()
	cl := must(egress.New(egress.Config{Named: []string{echo.URL}}))
	defer cl.Close()
	authority := strings.TrimPrefix(echo.URL, "http://")
	f := answered(newFlow("POST", "http", authority, "/a", "q=1&flag&e="), 500, "", "")
	f.Request.Header = flow.Header{{Name: "Authorization", Value: "Bearer correct-horse-battery"}, {Name: "Cookie", Value: "a=b"}}
	f.Request.Body = plainBody("hello")
	st := newStore(t, f, answered(newFlow("GET", "http", authority, "/old", ""), 200, "", ""),
		answered(newFlow("GET", "http", authority, "/moved", ""), 302, "", ""))
	send := &SendConfig{Client: cl, Origins: []string{echo.URL}, Record: func(ctx context.Context, f flow.Flow) (flow.Seq, error) { return st.Append(ctx, f) }}
	s := connect(t, st, func(c *setup) { c.Allow.Send = send })
	// The secret comes back in the response.
	shown := s.call("inspect_flows", object{"flow_ids": 1}).text
	mark := placeholder.Find(shown[strings.Index(shown, "Bearer "):])
	args := object{"flow_id": 1, "headers_json": `{"X-Again": "yes", "Authorization": "Bearer ` + mark + `"}`}
	s.refused(tool.CodeConfirm, "replay_flow", args)
	args["__confirmed"] = true
	got := s.fine("replay_flow", args)
	if got["flow_id"] != 4.0 || got["not_kept"] != nil || got["not_followed"] != nil {
		t.Fatalf("got %v", got)
	}
	kept := must(st.Get(t.Context(), 4))
	q, r := kept.Request, kept.Response
	if kept.Source != "replay" || !kept.Done || kept.Err != "" || q.Method != "POST" || q.URL() != echo.URL+"/a?q=1&flag&e=" || string(q.Body.Data) != "hello" ||
		q.Header.Get("X-Again") != "yes" || q.Header.Get("Authorization") != "Bearer correct-horse-battery" || q.Header.Get("Cookie") != "a=b" ||
		r.Status != 200 || string(r.Body.Data) != mark+" hello" {
		t.Errorf("kept %+v, %+v", q, r)
	}
	if shown := s.call("inspect_flows", object{"flow_ids": 4, "full_body": true}); strings.Contains(shown.text, "correct-horse") || !strings.Contains(shown.text, "X-Again") {
		t.Errorf("shown: %s", shown.text)
	}
	// After a redirect, the flow has the last request.
	s.fine("replay_flow", object{"flow_id": 2})
	if kept, err := st.Get(t.Context(), 5); err != nil || kept.Request.URL() != echo.URL+"/new?x=1" {
		t.Errorf("kept %s, %v", kept.Request.URL(), err)
	}
	if got := s.fine("replay_flow", object{"flow_id": 3}); got["status_code"] != 302.0 || got["not_followed"] != "it leads to another origin" {
		t.Errorf("got %v", got)
	}
	send.Record = func(context.Context, flow.Flow) (flow.Seq, error) {
		return 0, errors.New("store is open for reading only sk_live_abcdefghijklmnop0123")
	}
	if got := s.fine("replay_flow", object{"flow_id": 2}); got["flow_id"] != nil || !strings.Contains(got["not_kept"].(string), "reading only") || strings.Contains(got["not_kept"].(string), "abcdefgh") {
		t.Errorf("got %v", got)
	}
}

// A request that is not a read is held, and sent once for each consent.
func TestReplayIsHeld(t *testing.T) {
	api, srv, fs := liveShop(t)
	s := sender(t, newStore(t, fs...), srv, srv.URL)
	id := idOf(t, fs, func(f flow.Flow) bool { return f.Request.Method == "DELETE" && f.Response.Status == 404 })
	before := api.Requests("DELETE")
	args := object{"flow_id": id}
	s.refused(tool.CodeConfirm, "replay_flow", object{"flow_id": id, "__confirmed": true})
	s.refused(tool.CodeConfirm, "replay_flow", args)
	s.refused(tool.CodeConfirm, "replay_flow", object{"flow_id": id, "timeout": 31, "__confirmed": true})
	if n := api.Requests("DELETE"); n != before {
		t.Fatalf("%d requests were sent before anybody agreed", n-before)
	}
	if got := s.fine("replay_flow", object{"flow_id": id, "__confirmed": true}); got["status_code"] != 404.0 {
		t.Errorf("confirmed: %v", got)
	}
	s.refused(tool.CodeConfirm, "replay_flow", object{"flow_id": id, "__confirmed": true})
	if n := api.Requests("DELETE"); n != before+1 {
		t.Errorf("%d requests were sent for one consent", n-before)
	}
	person := connect(t, newStore(t, fs...), func(c *setup) {
		c.Allow.Send, c.Allow.RequireHuman = &SendConfig{Origins: []string{srv.URL}}, true
	})
	person.refused(tool.CodeRefused, "replay_flow", args)
}

func TestReplayRefusesOtherOrigins(t *testing.T) {
	_, srv, fs := liveShop(t)
	other := answered(newFlow("GET", "https", "169.254.169.254", "/latest/meta-data", ""), 200, "", "")
	s := sender(t, newStore(t, append(fs, other)...), srv, srv.URL)
	for _, name := range []string{"replay_flow", "fuzz_endpoint"} {
		s.refused(tool.CodeRefused, name, withParam(object{"flow_id": len(fs) + 1}, name))
	}
	closed := connect(t, newStore(t, fs...))
	for _, def := range closed.tools {
		if !*def.Annotations.ReadOnlyHint {
			t.Errorf("%s is listed though nothing is allowed", def.Name)
		}
	}
}

func withParam(args object, name string) object {
	if name == "fuzz_endpoint" {
		args["target_param"] = "q"
	}
	return args
}

// changer implements the interfaces of Allow for a test store.
type changer struct {
	st      store.Store
	state   CaptureState
	remote  bool         // allows addresses that other machines reach
	started ProxyRequest // the last one
	busy    error        // of Check
	// imported is the result of Import; nil: it fails. content is the digest of the file; "": it
	// cannot be read.
	imported *Imported
	request  ImportRequest // the last one
	content  string
}

func (c *changer) Clear(ctx context.Context, until flow.Seq) (int, error) {
	return c.st.Delete(ctx, store.Query{Until: until})
}

func (c *changer) Import(_ context.Context, r ImportRequest) (Imported, error) {
	if c.request = r; c.imported != nil {
		return *c.imported, nil
	}
	return Imported{}, errors.New("open sk_live_abcdefghijklmnop0123: no such file")
}

func (c *changer) Digest(context.Context, string) (string, error) {
	if c.imported != nil && c.content == "" {
		return "", errors.New("read sk_live_abcdefghijklmnop0123: not a traffic file")
	}
	return c.content, nil
}

func (c *changer) Start(_ context.Context, r ProxyRequest) (CaptureState, error) {
	c.started = r
	c.state.Running, c.state.Address = true, fmt.Sprintf("%s:%d", r.Host, r.Port)
	return c.state, nil
}

func (c *changer) Check(ProxyRequest) error { return c.busy }

func (c *changer) DefaultAddress() (string, int) { return "127.0.0.1", 8080 }

func (c *changer) AllowsRemote() bool { return c.remote }

func (c *changer) KnowsUpstream(u *url.URL) bool { return u.Host == "known.example:3128" }

func (c *changer) Stop(context.Context) (CaptureState, error) { return CaptureState{}, nil }

func (c *changer) SetScope(_ context.Context, domains []string) (CaptureState, error) {
	c.state.Scope = domains
	return c.state, nil
}

// A response that repeats the request does not reveal secrets.
func TestReplayHidesEchoedSecrets(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-You-Sent", r.Header.Get("X-Api-Key"))
		fmt.Fprintf(w, "you said %s and %s, %s", r.Header.Get("Authorization"), body, r.URL.RawQuery)
	}))
	defer echo.Close()
	f := answered(newFlow("GET", "http", strings.TrimPrefix(echo.URL, "http://"), "/", "api_key=plantedQueryKey6620"), 200, "", "")
	f.Request.Header = flow.Header{
		{Name: "Authorization", Value: "Bearer correct-horse-battery"}, {Name: "X-Api-Key", Value: "plainwordskey"}, {Name: "Content-Type", Value: "application/json"},
	}
	f.Request.Body = plainBody(`{"password":"my \"quoted\" words"}`)
	cl := must(egress.New(egress.Config{Named: []string{echo.URL}}))
	defer cl.Close()
	s := connect(t, newStore(t, f), func(c *setup) { c.Allow.Send = &SendConfig{Client: cl, Origins: []string{echo.URL}} })
	s.refused(tool.CodeConfirm, "replay_flow", object{"flow_id": 1}) // a GET with a body is not a read
	got := s.call("replay_flow", object{"flow_id": 1, "__confirmed": true})
	if got.isError || !strings.Contains(got.text, "you said Bearer "+placeholder.Prefix) {
		t.Fatalf("got %s", got.text)
	}
	body := `you said Bearer correct-horse-battery and {"password":"my \"quoted\" words"}, api_key=plantedQueryKey6620`
	if want := fmt.Sprintf("\n size: %d\n", len(body)); !strings.Contains(got.text, want) {
		t.Errorf("the size is not that on the wire, %s: %s", want, got.text)
	}
	for _, secret := range []string{"correct-horse", "plainwordskey", "quoted", "plantedQueryKey6620"} {
		if strings.Contains(got.text, secret) {
			t.Errorf("%s is shown: %s", secret, got.text)
		}
	}
}
