package enforce

import (
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// Prefix begins the text of a denial.
const Prefix = "[POLICY DENIED] "

// PendingPrefix begins the text that answers a call which waits for a person.
const PendingPrefix = "[APPROVAL PENDING] "

// meta is the member of _meta with the content of a text, for programs.
const meta = "spectap"

// Denial returns the result of a tool call that was refused. fits is [Message.Fits].
func Denial(d policy.Decision, fits func(v any) bool) jsontext.Value {
	text, said := Prefix+d.Rule+": "+d.Reason, map[string]any{"code": "policy_denied", "rule": d.Rule, "reason": d.Reason}
	if advice := adviceFor(d.Rule); advice != "" {
		text += "\n" + advice
		said["suggestions"] = []any{advice}
	}
	return failed(text, map[string]any{"error": said}, fits)
}

// adviceFor returns advice to the caller about a denial by a rule.
func adviceFor(rule string) string {
	switch {
	case rule == RulePins:
		return "Ask the user to look at the change, and to accept it with: spectap pins accept"
	case strings.Contains(rule, "/limits/"):
		return "Wait, or ask the user to raise this limit of the policy."
	case strings.Contains(rule, "/require/") || strings.Contains(rule, "/deny_if/"):
		return "Call with other arguments, or ask the user to change this rule of the policy."
	case strings.HasPrefix(rule, "/"):
		return "Do without, or ask the user to change this rule of the policy."
	}
	return ""
}

// PendingResult returns the result of a tool call that waits for a person.
func PendingResult(v Verdict) jsontext.Value {
	a := map[string]any{"id": v.Pending, "state": "pending", "rule": v.Rule}
	if v.Held != nil {
		a["expires"] = v.Held.Expires.UTC().Format(time.RFC3339)
	}
	said := map[string]any{"approval": a}
	return failed(PendingPrefix+v.Reason, said, v.Fits())
}

// Refusal returns the result of a tool call that was refused, or that waits for a person.
func Refusal(v Verdict) jsontext.Value {
	if v.Answer != nil {
		raw, err := v.Answer.MarshalJSON()
		if err != nil { // it was made of JSON
			panic(err)
		}
		return raw
	}
	if v.Pending != "" {
		return PendingResult(v)
	}
	return Denial(v.Decision, v.Fits())
}

// failed returns a result with the same content in its text and, for programs, in _meta and the
// structured content. The latter is left out if it does not fit the output schema: some clients
// validate it even in an error, and would show the mismatch instead of the text (the TypeScript SDK
// 1.x; its version 2 and the Python SDK do not).
func failed(text string, said map[string]any, fits func(any) bool) jsontext.Value {
	result := map[string]any{
		"content":    []any{map[string]any{"type": "text", "text": text}},
		"_meta":      map[string]any{meta: said},
		"isError":    true,
		"resultType": "complete", // which revisions from 2026-07-28 require
	}
	if fits == nil || fits(said) {
		result["structuredContent"] = said
	}
	return jsonvalue.Encode(result)
}
