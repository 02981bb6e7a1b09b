package demo

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spectap/spectap/cmd/spectap/cli"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcp/jsonrpc"
	"github.com/spectap/spectap/mcpclient"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// readCapture lets an agent read the capture.
func (s *run) readCapture(ctx context.Context) error {
	st, err := store.Open(s.file("flows.db"), store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	srv, err := servecli.MCPServer(ctx, s.p, st, mcptools.Config{})
	if err != nil {
		return err
	}
	return s.runAgent(ctx, srv, readings)
}

// callAPI serves the document as guarded tools and lets an agent call them.
func (s *run) callAPI(ctx context.Context) error {
	set, err := spectools.FromDocument(s.doc.OpenAPI, spectools.Options{
		Origin:      s.shop.at.String(),
		Credentials: credential.Environment{Get: func(string) string { return anyCredential }},
		Egress:      egress.Config{TLS: &s.trust},
	})
	if err != nil {
		return err
	}
	defer set.Close()
	s.say("   %d tools. The agent has no credentials: the server adds them.\n", len(set.Operations()))
	return s.runAgent(ctx, spectools.NewServer(set, spectools.ServerOptions{Version: cli.Version(), Mode: spectools.ModeStatic}), calls)
}

// act is a call of an agent, and what must come of it.
type act struct {
	title string
	tool  string            // a name, or the beginning of an operation in a description
	args  object            // "{}" is the first parameter of the path, and last the last id in a result
	want  map[string]string // values in the result, by JSON Pointer
	reach int64             // how many requests reach the API
}

type object = map[string]any

const last = "(the last id)"

var readings = []act{
	{title: "It searches the capture", tool: "search_traffic", args: object{"query": "/oauth/token", "status": "200", "limit": 1}},
	{title: "It reads the sign-in", tool: "inspect_flows", args: object{"flow_ids": last}, want: map[string]string{"/flows/0/status_code": "200"}},
}

var calls = []act{
	{title: "It reads", tool: "(GET /api/v1/products/{", args: object{"{}": "oak-stool"}, reach: 1,
		want: map[string]string{"/type": "api_response", "/data/name": "Oak stool"}},
	{title: "An invalid argument is refused", tool: "(GET /api/v1/products)", args: object{"page": "soon"},
		want: map[string]string{"/type": "error", "/error/code": "validation_error", "/error/details/field": "page"}},
	{title: "It lists", tool: "(GET /api/v1/orders)", want: map[string]string{"/type": "api_response"}, reach: 1},
	{title: "A DELETE is held until the user agrees", tool: "(DELETE /api/v1/orders/{", args: object{"{}": last},
		want: map[string]string{"/type": "confirmation_request", "/action": "delete_resource"}},
	{title: "The user agrees", tool: "(DELETE /api/v1/orders/{", args: object{"{}": last, "__confirmed": true}, reach: 1,
		want: map[string]string{"/type": "api_response", "/metadata/status_code": "204"}},
}

// shown are the values of results that the demo prints.
var shown = []string{
	"/flows/0/request_body/text", "/flows/0/response_body/text", "/metadata/status_code", "/data/name", "/data/description",
	"/error/code", "/error/message", "/action", "/message",
}

func at(result any, pointer string) any {
	v, _ := jsonvalue.At(result, jsonvalue.Tokens(pointer)...)
	return v
}

// runAgent lets an MCP client act, which knows only what the protocol says. No result may have a
// secret.
func (s *run) runAgent(ctx context.Context, to front.Server, acts []act) error {
	c, err := mcpclient.Connect(ctx, mcpclient.Config{Version: cli.Version(), Target: mcpclient.Target{Dial: func(context.Context) (jsonrpc.Conn, error) {
		in, out := front.Pipe(ctx, to, nil)
		return jsonrpc.Lines(in, out, jsonrpc.DefaultMaxMessage), nil
	}}})
	if err != nil {
		return err
	}
	defer c.Close()
	var id any
	tools := c.Tools()
	for _, act := range acts {
		s.say("\n   %s:\n", act.title)
		i := slices.IndexFunc(tools, func(t mcpclient.Tool) bool { return t.Name == act.tool || strings.Contains(t.Description, act.tool) })
		if i < 0 {
			return fmt.Errorf("no tool for %s", act.tool)
		}
		_, param, _ := strings.Cut(tools[i].Description, act.tool)
		param, _, _ = strings.Cut(param, "}")
		name, args := tools[i].Name, object{}
		for k, v := range act.args {
			if v == last {
				v = id
			}
			args[strings.Replace(k, "{}", param, 1)] = v
		}
		s.say("   > %s %s\n", name, jsonvalue.Encode(args))
		before := s.shop.received.Load()
		text, err := c.Call(ctx, name, []byte(jsonvalue.Encode(args)))
		if err != nil {
			return fmt.Errorf("call %s: %w", name, err)
		}
		reached, res := s.shop.received.Load()-before, at(jsonvalue.Decode([]byte(text)), "/structuredContent")
		id = cmp.Or(at(res, "/flows/0/flow_id"), at(res, "/data/orders/0/id"), id)
		if strings.Contains(string(text), "-demo-password") || strings.Contains(string(text), "eyJ") { // begins tokens
			return fmt.Errorf("%s showed a secret to the agent", name)
		}
		for pointer, want := range act.want {
			if fmt.Sprint(at(res, pointer)) != want {
				return fmt.Errorf("%s returned %s", name, view.Cut(string(jsonvalue.Encode(res)), 300))
			}
		}
		for _, pointer := range shown {
			if v := at(res, pointer); v != nil {
				s.say("   < %s: %s\n", pointer[1:], view.Cut(fmt.Sprint(v), 150))
			}
		}
		if reached != act.reach {
			return fmt.Errorf("%s: %d requests reached the API, want %d", name, reached, act.reach)
		}
		s.say("   requests that reached the API: %d\n", reached)
	}
	return nil
}
