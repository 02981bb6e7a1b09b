package spectools

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/visible"
	"github.com/spectap/spectap/jsonschema"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools/lines"
	"github.com/spectap/spectap/openapi"
)

// apiRequest is a request as the API received it.
type apiRequest struct {
	Method, URI string
	Header      http.Header
	Body        string
}

// api is an upstream that records requests and returns a given response.
type api struct {
	*httptest.Server
	mu     sync.Mutex // guards got
	got    []apiRequest
	answer func(http.ResponseWriter, *http.Request)
}

func newAPI(t testing.TB) *api {
	t.Helper()
	a := &api{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		a.got = append(a.got, apiRequest{r.Method, r.RequestURI, r.Header.Clone(), string(body)})
		answer := a.answer
		a.mu.Unlock()
		if answer != nil {
			answer(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"ok":true,"big":12345678901234567890.10}`)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *api) requests() []apiRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]apiRequest(nil), a.got...)
}

func (a *api) last(t testing.TB) apiRequest {
	t.Helper()
	got := a.requests()
	if len(got) == 0 {
		t.Fatal("no request arrived")
	}
	return got[len(got)-1]
}

// newSet returns the set of a document in JSON or YAML.
func newSet(t testing.TB, document string, o Options) *Set {
	t.Helper()
	doc := must(openapi.Load([]byte(document)))
	s := must(FromDocument(doc, o))
	t.Cleanup(s.Close)
	return s
}

// connect returns an MCP client of the set, which uses the newest protocol or the one before.
func connect(t testing.TB, s *Set, modern bool, opts ...client.ClientOption) *client.Client {
	t.Helper()
	return connectTo(t, NewServer(s, ServerOptions{Mode: ModeStatic}), modern, opts...)
}

// guarded returns a server of the set whose calls a guard with a configuration decides on, as the
// policy of the set says.
func guarded(s *Set, o ServerOptions, c enforce.Config) front.Server {
	c.Confirm, c.Redactor = s.o.Policy, redact.New([]byte("k"), redact.Config{})
	return front.Guarded(NewServer(s, o), enforce.New(nil, c), nil)
}

// connectAudited returns an MCP client of the set, and the audit of its calls.
func connectAudited(t *testing.T, s *Set) (c *client.Client, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "audit")
	journal := must(audit.Open(path, 0))
	t.Cleanup(func() { journal.Close() })
	return connectTo(t, guarded(s, ServerOptions{Mode: ModeStatic}, enforce.Config{Audit: journal}), false), path
}

// connectTo returns an MCP client of a server, which a front serves.
func connectTo(t testing.TB, m front.Server, modern bool, opts ...client.ClientOption) *client.Client {
	t.Helper()
	if !modern {
		opts = append(opts, client.WithProtocolVersion(mcp.LATEST_LEGACY_PROTOCOL_VERSION))
	}
	in, out := front.Pipe(context.Background(), m, nil)
	c := client.NewClient(transport.NewIO(in, out, io.NopCloser(strings.NewReader(""))), opts...)
	t.Cleanup(func() { c.Close() })
	noError(t, c.Start(context.Background()))
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo.Name = "tests"
	must(c.Initialize(context.Background(), hello))
	return c
}

// reply is a result as a client decodes it.
type reply struct {
	IsError bool
	Type    string
	Raw     map[string]any // structured content
	// text and structured are the contents as they were sent.
	text, structured string
}

func (r reply) code() string {
	e, _ := r.Raw["error"].(map[string]any)
	c, _ := e["code"].(string)
	return c
}

func call(t testing.TB, c *client.Client, tool, args string) reply {
	t.Helper()
	var r mcp.CallToolRequest
	r.Params.Name = tool
	r.Params.Arguments = json.RawMessage(args)
	res, err := c.CallTool(context.Background(), r)
	if err != nil {
		t.Fatalf("call %s: %v", tool, err)
	}
	checkOutput(t, c, tool, res)
	return readReply(t, res)
}

// checkOutput checks that a result fits the output schema of its tool, as clients do.
func checkOutput(t testing.TB, c *client.Client, tool string, res *mcp.CallToolResult) {
	t.Helper()
	list := must(c.ListTools(context.Background(), mcp.ListToolsRequest{}))
	for _, x := range list.Tools {
		said := jsonvalue.Decode(mustJSON(x)).(map[string]any)["outputSchema"]
		if x.Name != tool || said == nil {
			continue
		}
		schema, err := jsonschema.Compile(said)
		if err != nil {
			t.Fatalf("%s: its output schema: %v", tool, err)
		}
		if err := schema.Validate(context.Background(), jsonvalue.Decode([]byte(res.RawStructuredContent))); err != nil {
			t.Fatalf("%s: the result does not fit its output schema: %v", tool, err)
		}
	}
}

// readReply decodes a result, and checks the common parts of all results.
func readReply(t testing.TB, res *mcp.CallToolResult) reply {
	t.Helper()
	if len(res.RawStructuredContent) == 0 || len(res.Content) == 0 {
		t.Fatalf("a result has no structured content or no text: %+v", res)
	}
	txt, ok := res.Content[0].(mcp.TextContent)
	if !ok {
		t.Fatalf("the first content is %T", res.Content[0])
	}
	if visible.Text(txt.Text) != txt.Text || visible.JSON(string(res.RawStructuredContent)) != string(res.RawStructuredContent) {
		t.Fatalf("a result has characters that do not show: %.500q", txt.Text)
	}
	var x map[string]any
	noError(t, json.Unmarshal(res.RawStructuredContent, &x))
	checkText(t, txt.Text, res.RawStructuredContent)
	if x["OutputFormat"] != "structured" || x["OutputType"] != "json" {
		t.Fatalf("not the shape: %v", x)
	}
	typ, _ := x["type"].(string)
	if res.IsError != (typ == "error") {
		t.Fatalf("isError is %v on a %s", res.IsError, typ)
	}
	return reply{res.IsError, typ, x, txt.Text, string(res.RawStructuredContent)}
}

// checkText checks that a text has the facts of the structured content: the answer as package lines
// writes it, and the message, suggestions and details of an error.
func checkText(t testing.TB, text string, structured []byte) {
	t.Helper()
	var x struct {
		Data     json.RawMessage
		Metadata struct {
			StatusCode int `json:"status_code"`
			Encoding   string
		}
		Error *struct {
			Code, Message string
			Suggestions   []string
			Details       struct{ Response json.RawMessage }
		}
	}
	noError(t, json.Unmarshal(structured, &x))
	var want []string
	add := func(name string, v json.RawMessage) {
		if len(v) > 0 {
			want = append(want, strings.Split(lines.Text([]byte(`{"`+name+`":`+string(v)+"}")), "\n")...)
		}
	}
	if x.Metadata.Encoding != encodingAttached {
		add("data", x.Data)
	}
	if x.Metadata.StatusCode != 0 {
		want = append(want, fmt.Sprint(x.Metadata.StatusCode))
	}
	if e := x.Error; e != nil {
		want = append(want, visible.Line(e.Code), visible.Line(e.Message))
		for _, s := range e.Suggestions {
			want = append(want, visible.Line(s))
		}
		add("response", e.Details.Response)
	}
	for _, line := range want {
		if !strings.Contains(text, line) {
			t.Fatalf("the text does not say %q:\n%s", line, text)
		}
	}
}

func mustJSON(v any) []byte {
	return must(json.Marshal(v))
}

// callNow makes a call of an operation to which nobody has to agree.
func (s *Set) callNow(ctx context.Context, op *operation, args []byte) *mcp.CallToolResult {
	p, refusal := s.preview(ctx, op, args)
	if refusal != nil {
		return refusal
	}
	return s.call(ctx, &guard.Pass{Preview: p}, preparedOf(&guard.Pass{Preview: p}))
}

func encodeBase64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

// noError ends the test if a step that it needs failed.
func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must returns v and panics if err is not nil.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
