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
// judged, as conditions on secrets see it, or nil if the policy has none. The names of the progress
// token and the cursor say nothing about their values.
func (g *Guard) beside(v *Verdict) any {
	if !v.policy.LooksAtSent() {
		return nil
	}
	sent := jsonvalue.Decode(v.message.Params)
	params, ok := sent.(map[string]any)
	if !ok {
		return sent
	}
	meta, _ := params["_meta"].(map[string]any)
	for _, object := range []map[string]any{params, meta} {
		if token, cursor := object["progressToken"], object["cursor"]; token != nil || cursor != nil {
			delete(object, "progressToken")
			delete(object, "cursor")
			object[""] = []any{token, cursor}
		}
	}
	if s := &v.message.Subject; s.How == ByPolicy && s.Args != nil && (s.Kind == policy.Tool || s.Kind == policy.Prompt) {
		delete(params, "arguments") // s.Args
	}
	return sent
}
