package mcptools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/mcptools/document"
	"github.com/spectap/spectap/mcptools/source"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store/storetest"
)

func TestResources(t *testing.T) {
	fs := shopFlows(t)
	s := connect(t, newStore(t, fs...))
	host := fs[0].Request.Authority
	for _, uri := range []string{specURI + host, specYAMLURI + host, specURI + strings.ReplaceAll(host, ":", "%3A"), specURI + "localhost"} {
		doc, err := openapi.Load([]byte(s.read(t, uri)))
		if err != nil || doc.Paths.Len() < 15 {
			t.Errorf("%s: %v", uri, err)
		}
	}
	var patterns document.PatternsResult
	if err := json.Unmarshal([]byte(s.read(t, patternsURI+host)), &patterns); err != nil || len(patterns.Patterns) < 30 {
		t.Errorf("patterns: %d, %v", len(patterns.Patterns), err)
	}
	if text := s.read(t, flowURI+"1"); !strings.Contains(text, tool.Notice().Notice) || !strings.Contains(text, "/oauth/token") {
		t.Errorf("flow 1 is %.300s", text)
	}
	if text := s.read(t, hostsURI); !strings.Contains(text, host) {
		t.Errorf("hosts are %s", text)
	}
	for uri, code := range map[string]tool.Code{flowURI + "99999": tool.CodeFlowNotFound, flowURI + "x": tool.CodeBadArgument, specURI + "no.example": tool.CodeUnknownHost} {
		var r mcp.ReadResourceRequest
		r.Params.URI = uri
		if _, err := s.client.ReadResource(t.Context(), r); err == nil || !strings.Contains(err.Error(), string(code)) {
			t.Errorf("%s: %v, want %s", uri, err, code)
		}
	}
}

// A URI without a resource and a prompt without an argument are errors of the caller, in the code of
// each revision, and say what is wrong.
func TestCodesOfErrors(t *testing.T) {
	f := answered(newFlow("GET", "https", "a.example", "/things", ""), 200, "application/json", `{"a":1}`)
	old, modern := asks(t, newStore(t, f), "2025-11-25", &person{}), asks(t, newStore(t, f), "2026-07-28", &person{})
	empty := asks(t, newStore(t), "2025-11-25", &person{})
	for _, c := range []struct {
		name   string
		client *client.Client
		uri    string
		code   error
		want   string
	}{
		{"flow", old, flowURI + "99", mcp.ErrResourceNotFound, "flow_not_found: the capture has no flow 99"},
		{"flow, new client", modern, flowURI + "99", mcp.ErrInvalidParams, "flow_not_found: the capture has no flow 99"},
		{"no number", old, flowURI + "x", mcp.ErrResourceNotFound, "bad_argument"},
		{"host", old, specURI + "no.example", mcp.ErrResourceNotFound, "the captured hosts are a.example"},
		{"host of YAML", old, specYAMLURI + "no.example", mcp.ErrResourceNotFound, "unknown_host"},
		{"host of the compact form", old, compactURI + "no.example", mcp.ErrResourceNotFound, "unknown_host"},
		{"host of patterns", modern, patternsURI + "no.example", mcp.ErrInvalidParams, "unknown_host"},
		{"host of an operation", old, operationURI + "no.example/x", mcp.ErrResourceNotFound, "unknown_host"},
		{"operation", old, operationURI + "a.example/x", mcp.ErrResourceNotFound, "unknown_operation"},
		{"no operation", old, operationURI + "a.example", mcp.ErrResourceNotFound, "not found"},
		{"percent", old, specURI + "%zz", mcp.ErrResourceNotFound, "percent-encoding"},
		{"other", old, "spectap://nothing", mcp.ErrResourceNotFound, "spectap://nothing"},
		{"empty capture", empty, specURI + "a.example", mcp.ErrResourceNotFound, "nothing_captured"},
	} {
		var r mcp.ReadResourceRequest
		r.Params.URI = c.uri
		if res, err := c.client.ReadResource(t.Context(), r); !errors.Is(err, c.code) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.uri) {
			t.Errorf("%s: %v, %v", c.name, res, err)
		}
	}
	for _, uri := range []string{hostsURI, flowURI + "1", operationURI + "a.example/getThings"} {
		var r mcp.ReadResourceRequest
		r.Params.URI = uri
		if res, err := old.ReadResource(t.Context(), r); err != nil || len(res.Contents) != 1 {
			t.Errorf("%s: %v, %v", uri, res, err)
		}
	}
	for _, given := range []map[string]string{nil, {"language": " "}, {"host": "a.example"}} {
		var r mcp.GetPromptRequest
		r.Params.Name, r.Params.Arguments = "write_client", given
		if res, err := old.GetPrompt(t.Context(), r); !errors.Is(err, mcp.ErrInvalidParams) || !strings.Contains(err.Error(), "argument language: is missing: Python, Go") {
			t.Errorf("%v: %v, %v", given, res, err)
		}
	}
	var broken []error
	s := connect(t, newStore(t, f), func(c *Config) { c.Documents = brokenDocuments{c.Documents} })
	for _, uri := range []string{operationURI + "a.example/x", specURI + "a.example"} {
		var r mcp.ReadResourceRequest
		r.Params.URI = uri
		_, err := s.client.ReadResource(t.Context(), r)
		broken = append(broken, err)
	}
	if !errors.Is(broken[0], mcp.ErrInternalError) || !errors.Is(broken[1], mcp.ErrInternalError) {
		t.Errorf("errors of the server: %v", broken)
	}
}

// brokenDocuments fails.
type brokenDocuments struct{ source.Documenter }

func (brokenDocuments) Document(context.Context, source.DocumentRequest) (source.DocumentResult, error) {
	return source.DocumentResult{}, errors.New("broken")
}

func TestPrompts(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	list, err := s.client.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
	if err != nil || len(list.Prompts) != len(prompts) {
		t.Fatalf("%d prompts, %v", len(list.Prompts), err)
	}
	names := []string{}
	for _, def := range s.tools {
		names = append(names, def.Name)
	}
	for _, p := range list.Prompts {
		for _, host := range []string{"", "api.example"} {
			var r mcp.GetPromptRequest
			r.Params.Name, r.Params.Arguments = p.Name, map[string]string{"host": host}
			for _, a := range p.Arguments {
				if a.Required {
					if _, err := s.client.GetPrompt(t.Context(), r); err == nil {
						t.Errorf("%s: %s is not missed", p.Name, a.Name)
					}
					r.Params.Arguments[a.Name] = "Go"
				}
			}
			got, err := s.client.GetPrompt(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			text := got.Messages[0].Content.(mcp.TextContent).Text
			if strings.Contains(text, "{") || strings.Contains(text, "  \n") || strings.Contains(text, "api.example") != (host != "") {
				t.Errorf("%s is\n%s", p.Name, text)
			}
			for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r == '_') }) {
				if strings.Contains(word, "_") && !slices.Contains(names, word) {
					t.Errorf("%s names the tool %s, which does not exist", p.Name, word)
				}
			}
		}
	}
}

func TestCompletion(t *testing.T) {
	s := connect(t, newStore(t,
		answered(newFlow("GET", "https", "api.one.example", "/", ""), 200, "", ""),
		answered(newFlow("GET", "https", "one.example", "/", ""), 200, "", ""),
	))
	for _, ref := range []any{
		mcp.PromptReference{Type: "ref/prompt", Name: "document_api"},
		mcp.ResourceReference{Type: "ref/resource", URI: specURI + "{+host}"},
	} {
		var r mcp.CompleteRequest
		r.Params.Ref = ref
		r.Params.Argument.Name, r.Params.Argument.Value = "host", "one"
		got, err := s.client.Complete(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"one.example", "api.one.example"}; !slices.Equal(got.Completion.Values, want) {
			t.Errorf("%v: completed to %v, want %v", ref, got.Completion.Values, want)
		}
	}
}

// A hundred values are completed at most, those that begin with the text first.
func TestManyCompletions(t *testing.T) {
	st := storetest.NewMemory()
	for range 1100 {
		if _, err := st.Append(t.Context(), newFlow("GET", "https", "a.example", "/", "")); err != nil {
			t.Fatal(err)
		}
	}
	s := connect(t, st)
	flows := mcp.ResourceReference{Type: "ref/resource", URI: flowURI + "{seq}"}
	client := mcp.PromptReference{Type: "ref/prompt", Name: "write_client"}
	for _, c := range []struct {
		ref         any
		name, value string
		first       string
		values      int
		total       int
	}{
		{flows, "seq", "109", "[1099 1098 1097]", 11, 11}, // 109 is among the newest thousand
		{flows, "seq", "10", "[1099 1098 1097]", 100, 101 + 8},
		{flows, "seq", "9", "[999 998 997]", 100, 100},
		{flows, "seq", "99", "[999 998 997]", 10, 10},
		{flows, "seq", "", "[1100 1099 1098]", 100, 1000},
		{client, "language", "p", "[Python JavaScript TypeScript]", 3, 3},
		{client, "language", "", "[Go Java JavaScript]", 7, 7},
		{client, "nothing", "", "[]", 0, 0},
		{flows, "nothing", "", "[]", 0, 0},
	} {
		var r mcp.CompleteRequest
		r.Params.Ref, r.Params.Argument.Name, r.Params.Argument.Value = c.ref, c.name, c.value
		got, err := s.client.Complete(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		values := got.Completion.Values
		if fmt.Sprint(values[:min(len(values), 3)]) != c.first || len(values) != c.values || got.Completion.Total != c.total || got.Completion.HasMore != (c.total > c.values) {
			t.Errorf("%s %q: %d of %d, more %t: %v", c.name, c.value, len(values), got.Completion.Total, got.Completion.HasMore, values[:min(len(values), 3)])
		}
	}
}

// Operations and flows are completed, and an operation is a resource with its id in the URI.
func TestOperationResource(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	host := shopFlows(t)[0].Request.Authority
	complete := func(ref any, name, value string, given map[string]string) []string {
		t.Helper()
		var r mcp.CompleteRequest
		r.Params.Ref = ref
		r.Params.Argument.Name, r.Params.Argument.Value, r.Params.Context.Arguments = name, value, given
		got, err := s.client.Complete(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		return got.Completion.Values
	}
	address := mcp.ResourceReference{Type: "ref/resource", URI: operationURI + "{+host}/{operation}"}
	for _, given := range []map[string]string{{"host": host}, nil} {
		if got := complete(address, "operation", "createprod", given); len(got) == 0 || got[0] != "createProduct" {
			t.Errorf("with %v completed to %v", given, got)
		}
	}
	if got := complete(address, "operation", "", map[string]string{"host": "nowhere.example"}); len(got) != 0 {
		t.Errorf("a host that was not captured has the operations %v", got)
	}
	if got := complete(mcp.PromptReference{Type: "ref/prompt", Name: "explain_operation"}, "operation", "createProduct", nil); !slices.Contains(got, "createProduct") {
		t.Errorf("the prompt's operation is completed to %v", got)
	}
	if got := complete(mcp.ResourceReference{Type: "ref/resource", URI: flowURI + "{seq}"}, "seq", "12", nil); !slices.Contains(got, "120") || !slices.Contains(got, "12") {
		t.Errorf("flows are completed to %v", got)
	}
	var out object
	if err := json.Unmarshal([]byte(s.read(t, operationURI+host+"/createProduct")), &out); err != nil || out["method"] != "POST" || out["operation"] == nil {
		t.Errorf("the operation is %v, %v", out, err)
	}
	var r mcp.ReadResourceRequest
	r.Params.URI = operationURI + host + "/noSuchOperation"
	if _, err := s.client.ReadResource(t.Context(), r); err == nil || !strings.Contains(err.Error(), "unknown_operation") || !strings.Contains(err.Error(), "list_operations") {
		t.Errorf("the error is %v", err)
	}
	e := s.refused(tool.CodeUnknownOperation, "get_operation", object{"method": "post", "path": "/products"})
	if hint, _ := e["hint"].(string); !strings.Contains(hint, "similar: POST /api/v1/products createProduct; ") {
		t.Errorf("the hint is %q", hint)
	}
}

// A subscribed client is notified of new flows of its host only, in both protocol eras.
func TestSubscribe(t *testing.T) {
	uris := []string{specURI + "a.example", flowURI + "3"}
	for _, c := range []struct {
		name, revision string
		subscribe      func(*client.Client) error
	}{
		{"handshake", "2025-11-25", func(cl *client.Client) error {
			for _, uri := range uris {
				var r mcp.SubscribeRequest
				r.Params.URI = uri
				//lint:ignore SA1019 clients of that protocol subscribe like this
				if err := cl.Subscribe(t.Context(), r); err != nil {
					return err
				}
			}
			return nil
		}},
		{"stateless", "2026-07-28", func(cl *client.Client) error {
			_, err := cl.ListenAsync(t.Context(), mcp.SubscriptionFilter{ResourceSubscriptions: uris}, nil)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			st := newStore(t, answered(newFlow("GET", "https", "a.example", "/", ""), 200, "", ""))
			s := connect(t, st)
			heard := make(chan string, 100)
			cl := listener(t, s.server.MCP(), c.revision, heard)
			follow := make(chan error, 1)
			go func() { follow <- s.server.Follow(t.Context()) }()
			if err := c.subscribe(cl); err != nil {
				t.Fatal(err)
			}
			// The test cannot see when Follow starts to watch, so it appends flows until a
			// notification comes.
			tick := time.NewTicker(20 * time.Millisecond)
			defer tick.Stop()
			for got := map[string]bool{}; len(got) < 2; {
				select {
				case uri := <-heard:
					got[uri] = true
					if !slices.Contains(uris, uri) {
						t.Fatalf("heard of %s", uri)
					}
				case <-tick.C:
					if _, err := st.Append(t.Context(), answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "", ""), newFlow("GET", "https", "b.example", "/x", "")); err != nil {
						t.Fatal(err)
					}
					if f, err := st.Get(t.Context(), 3); err == nil && !f.Done {
						f.Done = true
						if _, err := st.Append(t.Context(), f); err != nil {
							t.Fatal(err)
						}
					}
					if stat, err := st.Stat(t.Context()); err != nil || stat.Flows > 1000 {
						t.Fatalf("nothing was heard: %v", err)
					}
				case err := <-follow:
					t.Fatalf("following ended: %v", err)
				}
			}
		})
	}
}

// listener connects a client that receives notifications.
func listener(t *testing.T, m *server.MCPServer, revision string, heard chan<- string) *client.Client {
	t.Helper()
	cl, err := client.NewInProcessClient(m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close() })
	if err := cl.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	cl.OnNotification(func(n mcp.JSONRPCNotification) {
		if n.Method == mcp.MethodNotificationResourceUpdated {
			uri, _ := n.Params.AdditionalFields["uri"].(string)
			heard <- uri
		}
	})
	var hello mcp.InitializeRequest
	hello.Params.ProtocolVersion = revision
	if _, err := cl.Initialize(t.Context(), hello); err != nil {
		t.Fatal(err)
	}
	return cl
}
