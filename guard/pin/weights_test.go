package pin

import (
	"fmt"
	"strings"
	"testing"
)

// compared returns the changes between two definitions, one on each line.
func compared(kind Kind, old, now string, others ...Entry) string {
	e := Entry{"s", Pin{Kind: kind, Name: "a", Waiting: &Version{Definition: []byte(now)}}}
	if old != "" {
		e.Pinned = &Version{Definition: []byte(old)}
	}
	var out []string
	for _, c := range Compare(&e, append(others, e)) {
		out = append(out, fmt.Sprintf("%s %s: %s", c.Weight, c.Path, c.Why))
	}
	return strings.Join(out, "\n")
}

// What a change of a schema of arguments means. Widened is what lets an attacker pass more than a
// person has agreed to; whatever cannot be compared counts as that.
func TestWeightsOfSchemas(t *testing.T) {
	const fewer, unknown = "other %s: fewer arguments are accepted", "schema widened %s: the effect of this keyword cannot be compared"
	for _, tt := range []struct{ old, now, at, want string }{
		{`{"type":"string"}`, `{"type":["string","null"]}`, "/type", "schema widened %s: another type is accepted"},
		{`{"type":["string","null"]}`, `{"type":"string"}`, "/type", fewer},
		{`{}`, `{"type":"string"}`, "/type", fewer},
		{`{"type":"string"}`, `{}`, "/type", "schema widened %s: another type is accepted"},
		{`{"enum":[1]}`, `{"enum":[1,2]}`, "/enum", "schema widened %s: other values are accepted"},
		{`{"enum":[1,2]}`, `{"enum":[2]}`, "/enum", fewer},
		{`{}`, `{"enum":[2]}`, "/enum", fewer},
		{`{"enum":[2]}`, `{}`, "/enum", "schema widened %s: other values are accepted"},
		{`{"required":["a"]}`, `{}`, "/required", "schema widened %s: an argument is no longer required"},
		{`{"required":["a"]}`, `{"required":["b"]}`, "/required", "schema widened %s: an argument is no longer required"},
		{`{"required":["a"]}`, `{"required":["b","a"]}`, "/required", fewer},
		{`{"maximum":1}`, `{"maximum":2}`, "/maximum", "schema widened %s: a bound was raised or removed"},
		{`{"maximum":2}`, `{"maximum":1}`, "/maximum", fewer},
		{`{"maximum":1.0}`, `{"maximum":1}`, "/maximum", fewer}, // the same number
		{`{"maximum":9007199254740992}`, `{"maximum":9007199254740993}`, "/maximum", "schema widened %s: a bound was raised or removed"},
		{`{"maximum":2}`, `{"maximum":"1"}`, "/maximum", "schema widened %s: a bound was raised or removed"},
		{`{"maximum":2}`, `{}`, "/maximum", "schema widened %s: a bound was raised or removed"},
		{`{}`, `{"maximum":2}`, "/maximum", fewer},
		{`{"minLength":2}`, `{"minLength":1}`, "/minLength", "schema widened %s: a bound was lowered or removed"},
		{`{"minLength":1}`, `{"minLength":2}`, "/minLength", fewer},
		{`{}`, `{"minLength":2}`, "/minLength", fewer},
		{`{"minLength":2}`, `{}`, "/minLength", "schema widened %s: a bound was lowered or removed"},
		{`{}`, `{"pattern":"a"}`, "/pattern", fewer},
		{`{"pattern":"a"}`, `{"pattern":"b"}`, "/pattern", unknown},
		{`{"pattern":"a"}`, `{}`, "/pattern", unknown},
		{`{"$ref":"#/a"}`, `{"$ref":"#/b"}`, "/$ref", unknown},
		{`{}`, `{"$ref":"#/b"}`, "/$ref", unknown},
		{`{"not":{"type":"string"}}`, `{"not":{"type":"null"}}`, "/not", unknown},
		{`{"description":"a"}`, `{"description":"b"}`, "/description", "text %s: a text differs"},
		{`{"default":1}`, `{"default":2}`, "/default", "other %s: a value differs"},
		{`{"items":{"type":"string"}}`, `{"items":{"type":"null"}}`, "/items/type", "schema widened %s: another type is accepted"},
		{`{"items":{"type":"string"}}`, `{"items":false}`, "/items", fewer},
		{`{"items":{"type":"string"}}`, `{"items":true}`, "/items", "schema widened %s: another schema"},
		{`{"items":false}`, `{"items":{"type":"string"}}`, "/items", "schema widened %s: another schema"},
		{`{"anyOf":[{"type":"string"}]}`, `{"anyOf":[{"type":"string"},{}]}`, "/anyOf", "schema widened %s: the alternatives differ"},
		{`{"anyOf":[{"type":"string"},{}]}`, `{"anyOf":[{"type":"string"}]}`, "/anyOf", fewer},
		{`{"anyOf":[{"type":"string"}]}`, `{"anyOf":[{}]}`, "/anyOf/0/type", "schema widened %s: another type is accepted"},
		{`{"allOf":[{"type":"string"},{}]}`, `{"allOf":[{"type":"string"}]}`, "/allOf", "schema widened %s: the alternatives differ"},
		{`{"allOf":[{"type":"string"}]}`, `{"allOf":[{"type":"string"},{}]}`, "/allOf", fewer},
		{`{"prefixItems":[{}]}`, `{"prefixItems":[{},{}]}`, "/prefixItems", "schema widened %s: the alternatives differ"},
		{`{"oneOf":[{}]}`, `{"oneOf":[{},{}]}`, "/oneOf", unknown},
		{`{"patternProperties":{"a":{"type":"string"}}}`, `{"patternProperties":{"a":{}}}`, "/patternProperties/a/type", "schema widened %s: another type is accepted"},
		{`{"properties":{}}`, `{"properties":{"b":{}}}`, "/properties/b", "schema widened %s: a new argument"},
		{`{"properties":{"b":{}}}`, `{"properties":{}}`, "/properties/b", "schema widened %s: an argument is no longer described and may have any value"},
		{`{"properties":{"b":{}},"additionalProperties":false}`, `{"properties":{},"additionalProperties":false}`, "/properties/b", fewer},
		{`{"properties":{"b":{}},"additionalProperties":false,"patternProperties":{"b":{}}}`, `{"properties":{},"additionalProperties":false,"patternProperties":{"b":{}}}`,
			"/properties/b", "schema widened %s: an argument is no longer described and may have any value"},
		{`{"properties":{"a/b":{"type":"null"}}}`, `{"properties":{"a/b":{}}}`, "/properties/a~1b/type", "schema widened %s: another type is accepted"},
		{`{"additionalProperties":false}`, `{"additionalProperties":true}`, "/additionalProperties", "schema widened %s: arguments without a name are accepted"},
		{`{"additionalProperties":false}`, `{}`, "/additionalProperties", "schema widened %s: arguments without a name are accepted"},
		{`{"additionalProperties":true}`, `{"additionalProperties":false}`, "/additionalProperties", "other %s: what other arguments are accepted differs"},
		{`{}`, `{"additionalProperties":true}`, "/additionalProperties", "other %s: what other arguments are accepted differs"},
		{`{"additionalProperties":{"type":"null"}}`, `{"additionalProperties":false}`, "/additionalProperties", fewer},
		{`{"additionalProperties":{"type":"null"}}`, `{"additionalProperties":{}}`, "/additionalProperties/type", "schema widened %s: another type is accepted"},
		// What is evaluated depends on the keywords beside these.
		{`{"unevaluatedProperties":false,"allOf":[{}]}`, `{"unevaluatedProperties":false,"allOf":[{},{}]}`, "/allOf", unknown},
		{`{"unevaluatedItems":false,"minItems":1}`, `{"unevaluatedItems":false,"minItems":2}`, "/minItems", unknown},
		{`{"unevaluatedProperties":false,"title":"a"}`, `{"unevaluatedProperties":false,"title":"b"}`, "/title", "text %s: a text differs"},
	} {
		want := fmt.Sprintf(tt.want, "/inputSchema"+tt.at)
		if got := compared(Tool, `{"inputSchema":`+tt.old+`}`, `{"inputSchema":`+tt.now+`}`); got != want {
			t.Errorf("%s to %s:\ngot  %s\nwant %s", tt.old, tt.now, got, want)
		}
	}
}
