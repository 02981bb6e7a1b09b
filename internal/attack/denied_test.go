package attack

import (
	"fmt"
	"testing"
)

// Lists and completions say nothing of prompts and resources that a policy always denies.
func TestDeniedNamesAreNotTold(t *testing.T) {
	const tries = "lists and completes prompts, resources and templates that the policy denies"
	const holds = "no list names one, and no value of one is completed"
	const policy = `version: 1
default: allow
prompts: {find_login: {action: deny}, "write_*": {action: deny}}
resources: {"spectap://hosts": {action: deny}, "spectap://flow/*": {action: deny}, "spectap://spec*": {action: deny}}
`
	for _, server := range []string{"gateway", "mcp"} {
		for _, revision := range []string{legacy, modern} {
			try(t, server+"/"+revision, tries, holds, func(a *attack) {
				args := []string{"mcp", "--db", a.capture(exchange{url: "https://secret-host.example/a"})}
				if rules := []string{"--policy", a.file("policy.yaml", policy)}; server == "mcp" {
					args = append(args, rules...)
				} else {
					args = append(append([]string{"gateway"}, rules...), append([]string{"--", binary}, args...)...)
				}
				g := a.agent(revision, args)
				for list, shown := range map[string]string{
					"prompts/list": "explain_operation", "resources/list": `"resources":[]`, "resources/templates/list": "spectap://operation",
				} {
					raw := g.request(list, object{}).raw
					a.including(list, raw, shown)
					a.excluding(list, raw, "find_login", "write_client", "spectap://hosts", "spectap://flow/", "spectap://spec")
				}
				for _, ref := range []object{
					{"ref": object{"type": "ref/prompt", "name": "find_login"}, "argument": object{"name": "host", "value": ""}},
					{"ref": object{"type": "ref/resource", "uri": "spectap://spec/{+host}"}, "argument": object{"name": "host", "value": ""}},
					{"ref": object{"type": "ref/resource", "uri": "spectap://flow/{seq}"}, "argument": object{"name": "seq", "value": ""}},
				} {
					a.excluding(fmt.Sprint(ref), g.request("completion/complete", ref).raw, "secret-host", `"values":["1"]`)
				}
			})
		}
	}
}
