package jsonrpc

import (
	"fmt"
	"slices"
	"sync"

	"github.com/spectap/spectap/mcp/rawjson"
)

// Some readers of JSON ignore the case of names, as encoding/json does. A member "Arguments" would
// be judged as unknown here and be the arguments there.

// paramNames are the members that the parameters of MCP's requests have, and those of the objects
// in them.
var paramNames = []string{
	"name", "arguments", "uri", "cursor", "_meta", "task", "requestState", "inputResponses", "ref", "argument", "context", "type", "value",
	"title", "notifications", "resourceSubscriptions", "toolsListChanged", "promptsListChanged", "resourcesListChanged", "level",
	"protocolVersion", "capabilities", "clientInfo", "taskId", "requestId", "progressToken", "ttl",
}

// foldedParams has paramNames by their folded form.
var foldedParams = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for _, name := range paramNames {
		all[Fold(name)] = name
	}
	return all
})

// misspelled returns the member whose name has other case, or "".
func misspelled(name string) string {
	if slices.Contains(paramNames, name) {
		return ""
	}
	return foldedParams()[Fold(name)]
}

// objectParams are the parameters whose members are looked at as well.
var objectParams = []string{"ref", "argument", "context", "notifications", "task"}

// checkParams returns why the parameters of a request of MCP may be read in two ways, "" if they
// may not.
func (m *Message) checkParams() string {
	switch m.Method {
	case "tools/call", "prompts/get", "completion/complete", "resources/read", "skills/get", "resources/subscribe", "resources/unsubscribe",
		"subscriptions/listen", "initialize":
	default:
		return ""
	}
	members, _ := rawjson.Split(m.Params) // nil without parameters
	for i := 0; i < len(members); i++ {
		name := members[i].Name
		if known := misspelled(name); known != "" {
			return fmt.Sprintf("the parameter %.60q must be spelled %q", name, known)
		}
		if slices.Contains(objectParams, name) && members[i].Value.Kind() == '{' {
			inner, _ := rawjson.Split(members[i].Value)
			for _, p := range inner {
				if known := misspelled(p.Name); known != "" {
					return fmt.Sprintf("the member %.60q of %s must be spelled %q", p.Name, name, known)
				}
			}
		}
	}
	return ""
}
