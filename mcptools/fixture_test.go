package mcptools

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/sample"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/openapi/build"
	"github.com/spectap/spectap/store"
)

// inferred is a source.Documenter that infers from all flows of a store whenever the store has changed.
type inferred struct {
	store store.Reader
	cache *cache
}

type cache struct {
	mu     sync.Mutex // guards all
	models map[[2]int]*infer.Model
}

func documentsOf(st store.Reader) inferred {
	return inferred{st, &cache{models: map[[2]int]*infer.Model{}}}
}

// model returns the model of the newest flows. The caller holds the lock while it uses the model.
func (d inferred) model(ctx context.Context, limit int) (*infer.Model, error) {
	st, err := d.store.Stat(ctx)
	if err != nil {
		return nil, err
	}
	key := [2]int{int(st.Last), limit}
	if m := d.cache.models[key]; m != nil {
		return m, nil
	}
	m := infer.New()
	d.cache.models[key] = m
	for f, err := range d.store.Scan(ctx, store.Query{Newest: true, Limit: limit}) {
		if err != nil {
			return nil, err
		}
		m.Add(&f)
	}
	return m, nil
}

func (d inferred) Explain(ctx context.Context, r source.DocumentRequest, method, path string) (*infer.Explanation, error) {
	d.cache.mu.Lock()
	defer d.cache.mu.Unlock()
	m, err := d.model(ctx, r.Limit)
	if err != nil {
		return nil, err
	}
	return m.Explain(infer.Options{Hosts: r.Hosts}, method, path)
}

func (d inferred) Read() int64 { return 0 }

func (d inferred) Document(ctx context.Context, r source.DocumentRequest) (source.DocumentResult, error) {
	d.cache.mu.Lock()
	defer d.cache.mu.Unlock()
	m, err := d.model(ctx, r.Limit)
	if err != nil {
		return source.DocumentResult{}, err
	}
	if r.OneAPI && len(r.Hosts) == 0 {
		several := &source.SeveralHosts{}
		for _, h := range m.Hosts(infer.Options{}) {
			if h.Operations > 0 {
				several.Hosts = append(several.Hosts, h.Authority)
			}
		}
		if len(several.Hosts) > 1 {
			return source.DocumentResult{}, several
		}
	}
	doc := m.Document(infer.Options{Hosts: r.Hosts})
	t, err := build.Document(doc, build.Options{Version: r.Version})
	return source.DocumentResult{Decided: doc, OpenAPI: t}, err
}

// recorder records exchanges as flows.
type recorder struct {
	next http.RoundTripper

	mu    sync.Mutex // guards flows
	flows []flow.Flow
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		sent, _ = io.ReadAll(req.Body)
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	started := time.Now()
	res, err := r.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	got, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(got))
	f := newFlow(req.Method, req.URL.Scheme, req.URL.Host, req.URL.EscapedPath(), req.URL.RawQuery)
	f.Started, f.Took = started, time.Since(started)
	f.Request.Header, f.Request.Body = flow.HeaderOf(req.Header), flow.Body{Data: sent, Size: int64(len(sent))}
	f.Response = &flow.Response{Status: res.StatusCode, Proto: res.Proto, Header: flow.HeaderOf(res.Header), Body: flow.Body{Data: got, Size: int64(len(got))}}
	r.mu.Lock()
	r.flows = append(r.flows, f)
	r.mu.Unlock()
	return res, nil
}

func newFlow(method, scheme, authority, path, query string) flow.Flow {
	return flow.Flow{ID: flow.NewID(), Source: "test", Started: time.Now(), Done: true, Request: flow.Request{
		Method: method, Scheme: scheme, Authority: authority, Path: path, RawQuery: query, Proto: "HTTP/1.1",
	}}
}

// answered adds a response to a flow.
func answered(f flow.Flow, status int, contentType, body string) flow.Flow {
	f.Response = &flow.Response{Status: status, Proto: "HTTP/1.1", Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}
	if contentType != "" {
		f.Response.Header = flow.Header{{Name: "Content-Type", Value: contentType}}
	}
	return f
}

// shop records the sample API once for all tests.
var shop = sync.OnceValues(func() ([]flow.Flow, error) {
	dir, err := os.MkdirTemp("", "shop")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	s, err := sample.Serve(sample.New(), dir)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Pool()}}
	defer tr.CloseIdleConnections()
	rec := &recorder{next: tr}
	err = sample.Drive(context.Background(), &http.Client{Transport: rec}, s.URL)
	return rec.flows, err
})

func shopFlows(t testing.TB) []flow.Flow {
	t.Helper()
	return must(shop())
}

func newStore(t testing.TB, fs ...flow.Flow) store.Store {
	t.Helper()
	st := must(store.Open(filepath.Join(t.TempDir(), "flows.db"), store.Options{Create: true}))
	t.Cleanup(func() { st.Close() })
	if _, err := st.Append(t.Context(), fs...); len(fs) > 0 && err != nil {
		t.Fatal(err)
	}
	return st
}

// setup is the configuration of a server, and of what decides on calls of its tools.
type setup struct {
	Config
	guard    *enforce.Guard // nil: calls that change something are held for a confirmation
	identity map[string]any // of callers; nil: the names that the transport has
}

func newSetup(st store.Store, r source.Redactor, change []func(*setup)) *setup {
	c := &setup{Config: Config{Store: st, Documents: documentsOf(st), Redact: r}}
	for _, f := range change {
		f(c)
	}
	return c
}

// serve returns a server, also with what decides on calls.
func (c *setup) serve(t testing.TB) (*Server, front.Server) {
	t.Helper()
	srv := must(New(c.Config))
	t.Cleanup(srv.Close)
	if c.guard == nil {
		return srv, srv
	}
	return srv, front.Guarded(srv, c.guard, c.identity)
}

// dial connects a client over a pipe. Revision "" is the newest.
func dial(t testing.TB, s front.Server, revision string, opts ...client.ClientOption) *client.Client {
	t.Helper()
	in, out := front.Pipe(t.Context(), s, nil)
	cl := client.NewClient(transport.NewIO(in, out, io.NopCloser(strings.NewReader(""))), opts...)
	t.Cleanup(func() { cl.Close() })
	noError(t, cl.Start(t.Context()))
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion, hello.Params.ClientInfo.Name = revision, "test client"
	must(cl.Initialize(t.Context(), hello))
	return cl
}

// session is an MCP client. It checks every result against the tool's output schema.
type session struct {
	t       testing.TB
	server  *Server
	front   front.Server // server, with what decides on calls
	client  *client.Client
	tools   []mcp.Tool
	outputs map[string]*jsonschema.Schema
}

func connect(t testing.TB, st store.Store, change ...func(*setup)) *session {
	t.Helper()
	key := must(st.Secret(t.Context()))
	c := newSetup(st, redact.New(key, redact.Config{}), change)
	srv, guarded := c.serve(t)
	cl := dial(t, guarded, "")
	list := must(cl.ListTools(t.Context(), mcp.ListToolsRequest{}))
	s := &session{t: t, server: srv, front: guarded, client: cl, tools: list.Tools, outputs: map[string]*jsonschema.Schema{}}
	for _, def := range newService(c.Config).tools() {
		s.outputs[def.Name] = compile(t, def.Name, def.OutputSchema())
	}
	return s
}

func compile(t testing.TB, name string, raw json.RawMessage) *jsonschema.Schema {
	t.Helper()
	v := must(jsonschema.UnmarshalJSON(bytes.NewReader(raw)))
	c := jsonschema.NewCompiler()
	noError(t, c.AddResource(name+".json", v))
	s, err := c.Compile(name + ".json")
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

type object = map[string]any

// result is a decoded tool result.
type result struct {
	data    object
	text    string
	isError bool
}

// in returns the session for a subtest.
func (s *session) in(t *testing.T) *session {
	sub := *s
	sub.t = t
	return &sub
}

// call calls a tool and checks the properties of every result.
func (s *session) call(name string, arguments any) result {
	s.t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = name, arguments
	res, err := s.client.CallTool(s.t.Context(), r)
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	raw := must(json.Marshal(res.StructuredContent))
	v := must(jsonschema.UnmarshalJSON(bytes.NewReader(raw)))
	if err := s.outputs[name].Validate(v); err != nil {
		s.t.Errorf("%s: the result violates the tool's schema: %v\n%.2000s", name, err, raw)
	}
	if shown := view.VisibleJSON(raw); !bytes.Equal(shown, raw) {
		s.t.Errorf("%s: the result has characters that do not show: %.500q", name, raw)
	}
	out := result{isError: res.IsError}
	json.Unmarshal(raw, &out.data)
	if len(res.Content) > 0 {
		if tc, ok := res.Content[0].(mcp.TextContent); ok {
			out.text = tc.Text
			if view.Visible(tc.Text) != tc.Text {
				s.t.Errorf("%s: the text has characters that do not show: %.500q", name, tc.Text)
			}
		}
	}
	for _, member := range []string{"next_offset", "next_cursor"} {
		if next, has := out.data[member]; has && !strings.Contains(out.text, fmt.Sprint(next)) {
			s.t.Errorf("%s: the text does not say %s: %.500q", name, member, out.text)
		}
	}
	if _, has := out.data["error"]; has != out.isError {
		s.t.Errorf("%s: isError is %v: %.300s", name, out.isError, raw)
	}
	return out
}

// fine calls a tool, which must not fail.
func (s *session) fine(name string, arguments any) object {
	s.t.Helper()
	r := s.call(name, arguments)
	if r.isError {
		s.t.Fatalf("%s %v: %s", name, arguments, r.text)
	}
	return r.data
}

// refused calls a tool, which must fail with a code. It returns the error.
func (s *session) refused(code tool.Code, name string, arguments any) object {
	s.t.Helper()
	r := s.call(name, arguments)
	e, _ := r.data["error"].(object)
	if !r.isError || e["code"] != string(code) {
		s.t.Fatalf("%s %v: got %.300s, want the error %s", name, arguments, r.text, code)
	}
	return e
}

func list(t testing.TB, o object, key string) []object {
	t.Helper()
	all, ok := o[key].([]any)
	if !ok {
		t.Fatalf("%s is %T, not a list", key, o[key])
	}
	out := make([]object, len(all))
	for i, v := range all {
		out[i] = v.(object)
	}
	return out
}

// noError ends the test if a step that it needs failed.
func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
