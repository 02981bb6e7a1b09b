package attack

import "testing"

// What a policy hides is neither found, described nor called by the tools that stand for a long
// list, and a call through them is judged as any other.
func TestGatewaySearchedTools(t *testing.T) {
	const policy = `version: 1
default: allow
hide: [search_traffic, "list_*"]
tools: {inspect_flows: {deny_if: {path: args.task, op: eq, value: x, optional: true}}}
`
	for _, revision := range []string{legacy, modern} {
		try(t, revision, "reaches a hidden tool, or a denied call, through the search of the gateway", "it is as if there were none, and the call is denied", func(a *attack) {
			g := a.agent(revision, []string{
				"gateway", "--policy", a.file("policy.yaml", policy), "--disclose", "search", "--",
				binary, "mcp", "--db", a.capture(exchange{method: "GET", url: "http://api.example/a"}),
			})
			list := g.request("tools/list", object{}).raw
			a.including("the list", list, "call_tool")
			a.excluding("the list", list, "search_traffic", "inspect_flows")
			for _, query := range []string{"", "search the traffic", "list hosts"} {
				found := g.call("search_tools", object{"query": query, "limit": 50}).raw
				a.including("the search", found, `\"tools\":`)
				a.excluding("the search", found, "search_traffic", "list_hosts")
			}
			for _, name := range []string{"search_traffic", "Search_Traffic", "list_hosts", "call_tool", ""} {
				a.excluding("the description", g.call("describe_tool", object{"tool": name}).raw, "inputSchema")
				a.excluding("the call", g.call("call_tool", object{"tool": name, "arguments": object{}}).raw, "api.example")
			}
			for name, args := range map[string]object{
				"as it is":      {"tool": "inspect_flows", "arguments": object{"flow_ids": 1, "task": "x"}},
				"in capitals":   {"tool": "inspect_flows", "arguments": object{"flow_ids": 1, "TASK": "x"}},
				"nested":        {"tool": "call_tool", "arguments": object{"tool": "inspect_flows", "arguments": object{"flow_ids": 1, "task": "x"}}},
				"beside":        {"tool": "inspect_flows", "task": "y", "arguments": object{"flow_ids": 1, "task": "x"}},
				"another name":  {"tool": "inspect_flows", "name": "get_traffic_summary", "arguments": object{"flow_ids": 1, "task": "x"}},
				"as a text":     {"tool": "inspect_flows", "arguments": `{"flow_ids": 1, "task": "x"}`},
				"case of names": {"tool": "inspect_flows", "Arguments": object{"flow_ids": 1, "task": "x"}},
			} {
				a.excluding(name, g.call("call_tool", args).raw, "api.example")
			}
			a.including("a call that is allowed", g.call("call_tool", object{"tool": "inspect_flows", "arguments": object{"flow_ids": 1}}).raw, "api.example")
		})
	}
}
