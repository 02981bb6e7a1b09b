package mcptools

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcptools/tool"
	"github.com/spectap/spectap/mcptools/traffic"
)

// CompatMitmproxyMCP is the value of [Config.Compat] for the tools of mitmproxy-mcp.
const CompatMitmproxyMCP = "mitmproxy-mcp"

// Compats are the values of [Config.Compat].
var Compats = []string{CompatMitmproxyMCP}

// alias is a tool of another program, which a tool of this one answers.
type alias struct {
	name string
	tool string // "": the tool of the same name
	doc  string // "": that of the tool
	// arguments are those of the other program, each with ours if it has another name. The others
	// of the tool are accepted without being listed, because results ask for them. Nil: those of
	// the tool.
	arguments [][2]string
	fixed     tool.Args // arguments of the tool that no caller passes
}

// mitmproxyMCP are the 25 tools of mitmproxy-mcp 0.6 and later.
var mitmproxyMCP = []alias{
	{name: "start_proxy"}, {name: "stop_proxy"}, {name: "set_scope"},
	{name: listToolsName},
	{name: "get_traffic_summary", arguments: [][2]string{{"limit"}}},
	{name: "inspect_flow", tool: "inspect_flows", doc: "Shows one flow: headers, decoded bodies, messages, a curl command.",
		arguments: [][2]string{{"flow_id", "flow_ids"}, {"full_body"}}, fixed: tool.Args{"fields": traffic.AllFields}},
	{name: "inspect_flows", arguments: [][2]string{{"flow_ids"}, {"fields"}, {"full_body"}}},
	{name: "search_traffic", arguments: [][2]string{{"query"}, {"domain"}, {"method"}, {"limit"}}},
	{name: "get_flow_schema", tool: "inspect_flows", doc: "Returns the JSON Schemas of one flow's bodies.",
		arguments: [][2]string{{"flow_id", "flow_ids"}}, fixed: tool.Args{"fields": "schemas"}},
	{name: "clear_traffic"}, {name: "load_traffic_file"},
	{name: "extract_from_flow", arguments: [][2]string{{"flow_id"}, {"json_path"}, {"css_selector"}}},
	{name: "set_session_variable"}, {name: "extract_session_variable"},
	{name: "add_interception_rule"}, {name: "list_rules"}, {name: "clear_rules"},
	{name: "set_global_header"}, {name: "remove_global_header"},
	{name: "replay_flow"}, {name: "fuzz_endpoint"},
	{name: "get_api_patterns", tool: "list_operations", doc: "Lists the inferred operations: parameters, statuses, counts, flows.",
		arguments: [][2]string{{"domain"}, {"limit", "newest_flows"}}, fixed: tool.Args{"details": true}},
	{name: "export_openapi_spec", arguments: [][2]string{{"domain"}, {"limit", "newest_flows"}}},
	{name: "detect_auth_pattern", arguments: [][2]string{{"flow_ids"}}},
	{name: "generate_scraper_code", tool: "generate_client"},
}

// compatible returns the tools of another program that the given ones answer. Those that a person
// must allow, and did not, are left out.
func (s *service) compatible(tools []tool.Tool) (out []tool.Tool) {
	for _, a := range mitmproxyMCP {
		target := cmp.Or(a.tool, a.name)
		if i := slices.IndexFunc(tools, func(t tool.Tool) bool { return t.Name == target }); i >= 0 {
			out = append(out, a.of(tools[i]))
		}
	}
	return append(out, s.listTools(out))
}

// of returns t under the name and with the arguments of another program.
func (a alias) of(t tool.Tool) tool.Tool {
	ours := map[string]string{} // by their names
	out := t
	out.Name, out.Params = a.name, nil
	if a.doc != "" {
		out.Doc = a.doc
	}
	for _, p := range t.Params {
		theirs := slices.IndexFunc(a.arguments, func(x [2]string) bool { return p.Name == x[0] && x[1] == "" || p.Name == x[1] })
		name := p.Name
		switch {
		case theirs >= 0:
			name = a.arguments[theirs][0]
		case a.arguments != nil:
			p.Hidden = true
		}
		isTaken := slices.ContainsFunc(a.arguments, func(x [2]string) bool { return name == x[0] && x[1] != "" && p.Name != x[1] })
		if _, isFixed := a.fixed[p.Name]; isFixed || isTaken {
			continue
		}
		ours[name] = p.Name
		if name == tool.FlowParam.Name {
			p = tool.FlowParam
		}
		p.Name = name
		out.Params = append(out.Params, p)
	}
	translated := func(given tool.Args) tool.Args {
		args := maps.Clone(a.fixed)
		if args == nil {
			args = tool.Args{}
		}
		for name, v := range given {
			if id, isFlow := v.(flow.Seq); isFlow && ours[name] != name {
				v = []flow.Seq{id}
			}
			args[ours[name]] = v
		}
		return args
	}
	out.Run = func(ctx context.Context, given tool.Args) (any, error) {
		v, err := t.Run(ctx, translated(given))
		return v, a.blamed(err)
	}
	if t.Prepare != nil {
		out.Prepare = func(ctx context.Context, given tool.Args) (tool.Prepared, error) {
			ready, err := t.Prepare(ctx, translated(given))
			return ready, a.blamed(err)
		}
	}
	return out
}

// blamed returns an error about the arguments under their names of another program.
func (a alias) blamed(err error) error {
	for _, x := range a.arguments {
		if x[1] != "" {
			err = tool.Blame(err, x[1], x[0])
		}
	}
	return err
}

// ToolsResult lists the tools.
type ToolsResult struct {
	Tools []ToolRow `json:"tools"`
}

// ToolRow is one tool.
type ToolRow struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	InputSchema map[string]any `json:"input_schema"`
}

const listToolsName = "list_tools"

// listTools repeats what the protocol's tools/list returns: the tools, and itself.
func (s *service) listTools(tools []tool.Tool) (self tool.Tool) {
	list := func(context.Context, tool.Args) (out ToolsResult, err error) {
		out.Tools = []ToolRow{}
		for _, t := range append(slices.Clip(tools), self) {
			r := ToolRow{Name: t.Name, Description: t.Doc}
			if err := json.Unmarshal(tool.InputSchema(t.Params), &r.InputSchema); err != nil {
				return out, err
			}
			if s.lists(policy.Tool, t.Name) {
				out.Tools = append(out.Tools, r)
			}
		}
		return out, nil
	}
	self = tool.New(listToolsName, "Tools", "Lists the tools of this server and their arguments.", nil, list)
	return self
}
