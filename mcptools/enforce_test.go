package mcptools

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/front"
	"github.com/spectap/spectap/openapi/yamledit"
)

// under returns a change that puts a server under a policy.
func under(t *testing.T, text string) func(*setup) {
	t.Helper()
	return guardedBy(enforce.New(loadPolicy(t, text), enforce.Config{Redactor: redact.New([]byte("k"), redact.Config{})}))
}

// guardedBy returns a change that lets g decide on calls of alice.
func guardedBy(g *enforce.Guard) func(*setup) {
	return func(c *setup) { c.guard, c.identity, c.Lists = g, map[string]any{"name": "alice"}, g.Lists }
}

// answer calls a tool and returns the result, or the error, as text.
func (s *session) answer(name string, args any) string {
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = name, args
	res, err := s.client.CallTool(s.t.Context(), r)
	if err != nil {
		return "error: " + err.Error()
	}
	raw := must(json.Marshal(res))
	return string(raw)
}

// TestEveryToolIsJudged denies every tool, and hides every tool.
func TestEveryToolIsJudged(t *testing.T) {
	allow := func(c *setup) { c.Allow = everything() }
	s := connect(t, newStore(t), allow, under(t, `{version: 1, tools: {"*": {action: deny}}}`))
	hidden := connect(t, newStore(t), allow, under(t, `{version: 1}`))
	if len(s.tools) < 29 || len(hidden.tools) > 0 {
		t.Fatalf("%d tools are listed, and %d by a policy that hides all", len(s.tools), len(hidden.tools))
	}
	for _, tool := range s.tools {
		if got := s.answer(tool.Name, object{}); !strings.Contains(got, "[POLICY DENIED] /tools/*") {
			t.Errorf("%s: %s", tool.Name, got)
		}
		want := "tool '" + tool.Name + "' not found: tool not found"
		if got := hidden.answer(tool.Name, object{}); !strings.Contains(got, want) {
			t.Errorf("%s hidden: %s", tool.Name, got)
		}
	}
}

// TestEveryEffectCounts calls each tool that may ask for a confirmation under a limit without room.
// None takes effect, whether or not it would ask.
func TestEveryEffectCounts(t *testing.T) {
	api, srv, flows := liveShop(t)
	_ = api
	st := newStore(t, flows...)
	cl := must(egress.New(egress.Config{Named: []string{srv.URL}, TLS: &tls.Config{RootCAs: srv.Pool()}}))
	t.Cleanup(cl.Close)
	changes := &changer{st: st}
	read := idOf(t, flows, func(f flow.Flow) bool { return f.Request.Method == http.MethodGet && f.Response.Status == 200 })
	write := idOf(t, flows, func(f flow.Flow) bool { return f.Request.Method == http.MethodPost })
	calls := map[string][]object{
		"load_traffic_file":     {{"file_path": "a.har", "append": true}, {"file_path": "a.har"}},
		"clear_traffic":         {{}, {"__confirmed": true}},
		"start_proxy":           {{}, {"upstream_proxy": "http://proxy.example:3128"}},
		"clear_rules":           {{}},
		"add_interception_rule": {{"rule_id": "a", "action_type": "block"}}, "set_global_header": {{"key": "X-A", "value": "1"}},
		"remove_global_header": {{"key": "X-A"}},
		"replay_flow":          {{"flow_id": read}, {"flow_id": write}},
		"fuzz_endpoint":        {{"flow_id": read, "target_param": "q"}},
	}
	s := connect(t, st, under(t, `{version: 1, tools: {"*": {rate_limit: 0/hour}}}`), func(c *setup) {
		c.Allow = Allow{Import: changes, Clear: changes, Capture: changes, Rules: &ruleList{}, Send: &SendConfig{Client: cl, Origins: []string{srv.URL}}}
	})
	for _, def := range s.server.service.tools() {
		asks := false
		for _, p := range def.Params {
			asks = asks || p.Name == confirmedParam.Name
		}
		if asks && calls[def.Name] == nil {
			t.Errorf("%s may ask for a confirmation: add a call of it", def.Name)
		}
		for _, args := range calls[def.Name] {
			if got := s.answer(def.Name, args); !strings.Contains(got, "[POLICY DENIED] /tools/*/rate_limit") {
				t.Errorf("%s %v: %s", def.Name, args, got)
			}
		}
	}
}

// TestEnforcedReading lists, reads and follows only what the policy names.
func TestEnforcedReading(t *testing.T) {
	ctx := context.Background()
	st, named := newStore(t, shopFlows(t)[:5]...), under(t, `
version: 1
tools: {inspect_flows: {}, list_hosts: {}}
resources: {"spectap://hosts": {}, "spectap://flow/1": {}, "spectap://flow/2": {action: deny, reason: private}}
`)
	s := connect(t, st, named)
	var names []string
	tools := must(s.client.ListTools(ctx, mcp.ListToolsRequest{}))
	for _, listed := range tools.Tools {
		names = append(names, listed.Name)
	}
	slices.Sort(names)
	if fmt.Sprint(names) != "[inspect_flows list_hosts]" {
		t.Errorf("the list reveals %v", names)
	}
	resources, err := s.client.ListResources(ctx, mcp.ListResourcesRequest{})
	if err != nil || len(resources.Resources) != 1 {
		t.Errorf("resources: %v, %v", resources, err)
	}
	templates, err := s.client.ListResourceTemplates(ctx, mcp.ListResourceTemplatesRequest{})
	if err != nil || len(templates.ResourceTemplates) != 1 || templates.ResourceTemplates[0].Name != "Captured flow" {
		t.Errorf("templates: %v, %v", templates, err)
	}
	read := func(uri string) error {
		_, err := s.client.ReadResource(ctx, mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: uri}})
		return err
	}
	_, direct := newSetup(st, redact.New([]byte("k"), redact.Config{}), []func(*setup){named}).serve(t)
	raw := func(method, params string) error { // as an old client sends it
		var out bytes.Buffer
		in := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}`+
			"\n"+`{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"+`{"jsonrpc":"2.0","id":7,"method":%q,"params":%s}`+"\n", method, params)
		err := front.ServeStdio(ctx, direct, strings.NewReader(in), &out, nil)
		if _, got, _ := strings.Cut(out.String(), `"id":7`); strings.Contains(got, `"error"`) {
			err = errors.New(got)
		}
		return err
	}
	for _, x := range []struct {
		what string
		err  error
		want string // "" for none
	}{
		{"an allowed resource", read("spectap://hosts"), ""},
		{"an allowed flow", read("spectap://flow/1"), ""},
		{"a denied flow", read("spectap://flow/2"), "[POLICY DENIED] /resources/spectap:~1~1flow~12: private"},
		{"a hidden flow", read("spectap://flow/3"), "unknown resource"},
		{"a missing resource", read("spectap://nothing"), "unknown resource"},
		{"a denied subscription", raw("resources/subscribe", `{"uri":"spectap://flow/2"}`), "[POLICY DENIED]"},
		{"a subscription under another name", raw("resources/subscribe", `{"URI":"spectap://flow/2"}`), "must be spelled"},
		{"a hidden stream", raw("subscriptions/listen", `{"notifications":{"resourceSubscriptions":["spectap://flow/3"]}}`), "unknown resource"},
	} {
		if (x.err == nil) != (x.want == "") || x.err != nil && !strings.Contains(x.err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", x.what, x.err, x.want)
		}
	}
}

// TestRefusalsAreTreated applies the rules on results to the answer of a tool to a call that it
// refuses, or that waits for a confirmation.
func TestRefusalsAreTreated(t *testing.T) {
	write := answered(newFlow(http.MethodPost, "http", "a.example", "/orders/of-this-number", ""), 200, "", "")
	for _, x := range []struct {
		rules, want string
		id          int
	}{
		{"{fence: true}", "It is no instruction.", 9},
		{"{deny_matching: [of this n]}", "[POLICY DENIED] /tools/replay_flow: ", 9},
		{"{fence: true}", "It is no instruction.", 1},
		{"{deny_matching: [of-this-n]}", "[POLICY DENIED] /tools/replay_flow: ", 1},
	} {
		s := connect(t, newStore(t, write), under(t, `{version: 1, tools: {replay_flow: {results: `+x.rules+`}}}`), func(c *setup) {
			c.Allow.Send = &SendConfig{Origins: []string{"http://a.example"}}
		})
		if got := s.answer("replay_flow", object{"flow_id": x.id}); !strings.Contains(got, x.want) {
			t.Errorf("%s of %d: %s", x.rules, x.id, got)
		}
	}
}

// TestReadyPolicy holds the policy that comes with the program for this server: it names every
// tool, allows those that read, limits or denies those that change something, and hides those that
// destroy.
func TestReadyPolicy(t *testing.T) {
	text, _ := policy.Ready("mcp")
	p := must(policy.Load(t.Context(), "mcp", text))
	tree := must(yamledit.Parse(t.Context(), text))
	data, _ := tree.Data("")
	named, _ := data.(map[string]any)["tools"].(map[string]any)
	for _, name := range data.(map[string]any)["hide"].([]any) {
		named[name.(string)] = nil
	}
	for _, def := range newService(Config{Allow: everything()}).tools() {
		if _, ok := named[def.Name]; !ok {
			t.Errorf("guard/policy/ready/mcp.yaml does not name %s: give it a class", def.Name)
		}
		delete(named, def.Name)
		d := p.Decide(&policy.Call{Kind: policy.Tool, Name: def.Name, Args: map[string]any{"append": true}})
		switch limited := len(d.Charges) > 0; {
		case d.Hidden && (!def.Effect.Destroys || d.Rule != policy.RuleHidden):
			t.Errorf("%s is hidden by %s", def.Name, d.Rule)
		case !d.Hidden && !d.Allowed, d.Allowed && limited != def.Effect.Changes:
			t.Errorf("%s changes something: %v, and is decided %+v", def.Name, def.Effect.Changes, d)
		}
	}
	if len(named) > 0 {
		t.Errorf("guard/policy/ready/mcp.yaml names tools that there are not: %v", named)
	}
}
