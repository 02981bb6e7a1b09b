package demo

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/cmd/spectap/cli"
	servecli "github.com/spectap/spectap/cmd/spectap/cli/serve"
	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/internal/demo"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/mcptools"
	"github.com/spectap/spectap/mcptools/spectools"
	"github.com/spectap/spectap/mcptools/spectools/credential"
	"github.com/spectap/spectap/openapi"
	"github.com/spectap/spectap/store"
)

// readCapture lets an agent read the capture, and checks that it sees no secret.
func (s *Run) readCapture(ctx context.Context) error {
	st, err := store.Open(filepath.Join(s.Dir, "flows.db"), store.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer st.Close()
	srv, err := servecli.MCPServer(ctx, s.P, st, mcptools.Config{})
	if err != nil {
		return err
	}
	a, err := newAgent(ctx, srv)
	if err != nil {
		return err
	}
	defer a.client.Close()
	found, err := a.call(ctx, "search_traffic", map[string]any{"query": "/oauth/token", "status": "200", "limit": 1})
	if err != nil {
		return err
	}
	flows, _ := found["flows"].([]any)
	if len(flows) == 0 {
		return errors.New("the agent did not find the sign-in")
	}
	id := flows[0].(map[string]any)["flow_id"]
	one, err := a.call(ctx, "inspect_flows", map[string]any{"flow_ids": id})
	if err != nil {
		return err
	}
	text := asJSON(one)
	list, _ := one["flows"].([]any)
	if len(list) == 0 {
		return errors.New("the agent cannot read the sign-in")
	}
	shown, _ := list[0].(map[string]any)
	for _, secret := range append(s.tokens, demo.Password("alice")) {
		if strings.Contains(text, secret) {
			return errors.New("a secret was shown to the agent")
		}
	}
	s.say("   inspect_flows {\"flow_ids\": %v}, the sign-in:\n", id)
	for _, side := range []string{"request", "response"} {
		body, _ := shown[side+"_body"].(map[string]any)
		s.say("     %-8s  %s\n", side, clip(fmt.Sprint(body["text"]), 100))
	}
	return nil
}

// callAPI serves the document as guarded tools and lets an agent call them.
func (s *Run) callAPI(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(s.Dir, "shop.yaml"))
	if err != nil {
		return err
	}
	doc, err := openapi.Load(text)
	if err != nil {
		return err
	}
	secrets := map[string]string{
		"BEARER_TOKEN": s.tokens[0], "API_KEY": demo.APIKey, "BASIC_AUTH": demo.AdminUser + ":" + demo.AdminPassword,
	}
	set, err := spectools.FromDocument(doc, spectools.Options{
		Origin:      s.Server.URL,
		Credentials: credential.Environment{Get: func(name string) string { return secrets[name] }},
		Egress:      egress.Config{TLS: &tls.Config{RootCAs: s.Server.Pool()}},
	})
	if err != nil {
		return err
	}
	defer set.Close()
	a, err := newAgent(ctx, spectools.NewServer(set, spectools.ServerOptions{Version: cli.Version(), Mode: spectools.ModeStatic}))
	if err != nil {
		return err
	}
	defer a.client.Close()
	s.say("   %d tools. The agent has no credentials: the server adds them.\n", len(set.Operations()))
	for _, act := range []func(context.Context, *agent) error{s.callRead, s.callInvalid, s.callDelete} {
		if err := act(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// callRead calls a tool that reads.
func (s *Run) callRead(ctx context.Context, a *agent) error {
	tool, param, err := a.find("GET", "/products/{}")
	if err != nil {
		return err
	}
	args := map[string]any{param: "oak-stool"}
	s.sayCall(tool, args)
	res, err := a.call(ctx, tool, args)
	if err != nil {
		return err
	}
	data, _ := res["data"].(map[string]any)
	if res["type"] != "api_response" || data["name"] != "Oak stool" {
		return fmt.Errorf("%s returned %s", tool, clip(asJSON(res), 300))
	}
	s.say("   < %v  %s\n", status(res), clip(asJSON(data), 100))
	return nil
}

// callInvalid calls a tool with an invalid argument, and checks that no request is sent.
func (s *Run) callInvalid(ctx context.Context, a *agent) error {
	tool, _, err := a.find("GET", "/products")
	if err != nil {
		return err
	}
	args := map[string]any{"page": "soon"}
	before := s.shop.Requests("GET")
	s.say("\n   An invalid argument is refused:\n")
	s.sayCall(tool, args)
	res, err := a.call(ctx, tool, args)
	if err != nil {
		return err
	}
	e, _ := res["error"].(map[string]any)
	details, _ := e["details"].(map[string]any)
	if res["type"] != "error" || e["code"] != "validation_error" || details["field"] != "page" {
		return fmt.Errorf("%s returned %s", tool, clip(asJSON(res), 300))
	}
	if n := s.shop.Requests("GET") - before; n != 0 {
		return fmt.Errorf("%d requests reached the API for an invalid argument", n)
	}
	s.say("   < %v: %v\n", e["code"], e["message"])
	s.say("   the API has received no request\n")
	return nil
}

// callDelete calls a DELETE, which is held until it is confirmed.
func (s *Run) callDelete(ctx context.Context, a *agent) error {
	id, err := s.openOrder(ctx, a)
	if err != nil {
		return err
	}
	tool, param, err := a.find("DELETE", "/orders/{}")
	if err != nil {
		return err
	}
	before := s.shop.Requests("DELETE")
	args := map[string]any{param: id}
	s.say("\n   A DELETE is held before anything is sent. The API has received %d so far:\n", before)
	s.sayCall(tool, args)
	res, err := a.call(ctx, tool, args)
	if err != nil {
		return err
	}
	if res["type"] != "confirmation_request" || res["action"] != "delete_resource" {
		return fmt.Errorf("%s returned %s", tool, clip(asJSON(res), 300))
	}
	if n := s.shop.Requests("DELETE"); n != before {
		return fmt.Errorf("the DELETE was sent before the confirmation: the API has received %d, want %d", n, before)
	}
	s.say("   < %v: %s\n", res["type"], clip(fmt.Sprint(res["message"]), 160))
	s.say("   the API has still received %d. The user agrees:\n", before)
	args["__confirmed"] = true
	s.sayCall(tool, args)
	if res, err = a.call(ctx, tool, args); err != nil {
		return err
	}
	if res["type"] != "api_response" || status(res) != 204 {
		return fmt.Errorf("%s returned %s", tool, clip(asJSON(res), 300))
	}
	if n := s.shop.Requests("DELETE"); n != before+1 {
		return fmt.Errorf("the API has received %d DELETE requests, want %d", n, before+1)
	}
	s.say("   < %v  the API has received %d\n", status(res), before+1)
	return nil
}

// openOrder gets the id of an order that can be deleted.
func (s *Run) openOrder(ctx context.Context, a *agent) (string, error) {
	tool, _, err := a.find("GET", "/orders")
	if err != nil {
		return "", err
	}
	res, err := a.call(ctx, tool, nil)
	if err != nil {
		return "", err
	}
	data, _ := res["data"].(map[string]any)
	orders, _ := data["orders"].([]any)
	for _, v := range orders {
		o, _ := v.(map[string]any)
		if id, ok := o["id"].(string); ok && o["status"] != "shipped" {
			return id, nil
		}
	}
	return "", fmt.Errorf("%s returned no open order: %s", tool, clip(asJSON(res), 300))
}

func (s *Run) sayCall(tool string, args map[string]any) {
	s.say("   > %s %s\n", tool, asJSON(args))
}

// status returns the status code of the API response in the result of a tool.
func status(res map[string]any) int {
	meta, _ := res["metadata"].(map[string]any)
	n, _ := meta["status_code"].(float64)
	return int(n)
}

func asJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(v) // cannot fail: v is decoded JSON
	return strings.TrimSpace(b.String())
}

// clip shortens a text to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// agent is an MCP client. Like any agent, it has no information but that of the protocol.
type agent struct {
	client *client.Client
	tools  []mcp.Tool
}

// newAgent connects an agent to a server in this process. The caller closes its client.
func newAgent(ctx context.Context, s front.Server) (*agent, error) {
	in, out := front.Pipe(ctx, s, nil)
	c := client.NewClient(transport.NewIO(in, out, io.NopCloser(strings.NewReader(""))))
	if err := c.Start(ctx); err != nil {
		return nil, fmt.Errorf("connect to the MCP server: %w", err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "demo agent", Version: "1"}
	if _, err := c.Initialize(ctx, hello); err != nil {
		return nil, errors.Join(fmt.Errorf("open the MCP session: %w", err), c.Close())
	}
	list, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("list tools: %w", err), c.Close())
	}
	return &agent{c, list.Tools}, nil
}

// call calls a tool and returns its structured result.
func (a *agent) call(ctx context.Context, name string, args map[string]any) (map[string]any, error) {
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = name, args
	res, err := a.client.CallTool(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", name, err)
	}
	raw, err := json.Marshal(res.StructuredContent)
	if err != nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, fmt.Errorf("call %s: the result is not an object: %w", name, err)
	}
	return v, nil
}

// find returns the tool of an operation, given its method and the end of its path. "{}" matches a
// parameter, and find returns its name.
func (a *agent) find(method, path string) (tool, param string, err error) {
	template := strings.ReplaceAll(regexp.QuoteMeta(path), `\{\}`, `\{([^{}/]+)\}`)
	pattern := regexp.MustCompile(method + ` \S*` + template + `\)?$`) // descriptions end with (METHOD PATH)
	for _, t := range a.tools {
		if m := pattern.FindStringSubmatch(t.Description); m != nil {
			if len(m) > 1 {
				param = m[1]
			}
			return t.Name, param, nil
		}
	}
	return "", "", fmt.Errorf("no tool for %s %s", method, path)
}
