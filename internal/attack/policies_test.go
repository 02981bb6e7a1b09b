package attack

import (
	"strings"
	"testing"
)

// A condition of a policy holds however its argument is written (threat 16).
func TestConditionsOfGateway(t *testing.T) {
	for name, args := range map[string]object{
		"as it is":            {"flow_id": 1, "task": "x"},
		"in capitals":         {"flow_id": 1, "TASK": "x"},
		"in mixed case":       {"flow_id": 1, "Task": "x"},
		"with a long s":       {"flow_id": 1, "ta\u017fk": "x"},
		"with a Kelvin sign":  {"flow_id": 1, "tas\u212a": "x"},
		"below another":       {"flow_id": 1, "options": object{"Task": "x"}},
		"below another case":  {"flow_id": 1, "Options": object{"task": "x"}},
		"in a list":           {"flow_id": 1, "list": []object{{"task": "y"}, {"tAsk": "x"}}},
		"as a list":           {"flow_id": 1, "task": []string{"x"}},
		"as an object":        {"flow_id": 1, "task": object{"a": "x"}},
		"as null in capitals": {"flow_id": 1, "TASK": nil},
		"where none must be":  {"flow_id": 1, "none": 1},
		"where none, in caps": {"flow_id": 1, "None": 1},
	} {
		try(t, name, "writes an argument so that a condition does not see it, and the server does", "the call is denied", func(a *attack) {
			policy := a.file("policy.yaml", strings.ReplaceAll(`version: 1
tools:
	inspect_flow:
		deny_if:
			- {path: args.task, op: eq, value: x, optional: true}
			- {path: args.options.task, op: eq, value: x, optional: true}
			- {path: "args.list[*].task", op: eq, value: x, each: any, optional: true}
			- {path: args.none, op: exists, value: true}
`, "\t", "  "))
			g := a.agent(legacy, []string{"gateway", "--policy", policy, "--", binary, "mcp", "--compat", "mitmproxy-mcp", "--db", a.capture(exchange{method: "GET", url: "http://api.example/a"})})
			a.including("the answer", g.call("inspect_flow", args).raw, "[POLICY DENIED]")
		})
	}
}
