package enforce

import (
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// askSent asks the policy about what a message sends that belongs to no entry.
func (g *Guard) askSent(v *Verdict) policy.Decision {
	if v.message.Direction != ToServer || !v.policy.LooksAtSent() {
		return policy.Decision{Allowed: true, Rule: policy.RuleDefaultAllow}
	}
	return v.policy.DecideSent(&policy.Call{Beside: g.beside(v), Session: g.look(v), Time: v.since})
}

// beside returns what a message sends in addition to the name and the arguments by which it is
// judged, as conditions on secrets see it, or nil if the policy has none. Opaque values have no
// name, and those of the server are left out.
func (g *Guard) beside(v *Verdict) any {
	if !v.policy.LooksAtSent() {
		return nil
	}
	sent := jsonvalue.Decode(v.message.Params)
	params, ok := sent.(map[string]any)
	if !ok && sent != nil {
		return sent
	}
	if !ok {
		params = map[string]any{}
	}
	meta, _ := params["_meta"].(map[string]any)
	var unnamed []any
	if id, isText := jsonvalue.Decode([]byte(v.message.ID)).(string); isText {
		unnamed = append(unnamed, id)
	}
	for _, object := range []map[string]any{params, meta} {
		for _, name := range opaque {
			value, has := object[name]
			if text, isText := value.(string); has && !(isText && v.message.Issued != nil && v.message.Issued(text)) {
				unnamed = append(unnamed, value)
			}
			delete(object, name)
		}
	}
	if unnamed != nil {
		params[""] = unnamed
	}
	if s := &v.message.Subject; s.How == ByPolicy && s.Args != nil && (s.Kind == policy.Tool || s.Kind == policy.Prompt) {
		delete(params, "arguments") // s.Args
	}
	return params
}

// opaque are the members of parameters whose names say nothing about their values.
var opaque = []string{"progressToken", "cursor", "requestState", "taskId"}
