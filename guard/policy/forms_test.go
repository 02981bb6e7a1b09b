package policy

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/test/must"
)

// A variant that a server may accept as the member of a condition, or search for it, cannot be
// judged: the call is denied under any condition.
func TestFormsOfMembers(t *testing.T) {
	for name, tt := range map[string]struct{ condition, args string }{
		"combining accent":         {`{path: "args.café", op: exists}`, `{"cafe\u0301":1}`},
		"fullwidth letters":        {`{path: args.amount, op: gt, value: 5, optional: true}`, `{"\uff41mount":9}`},
		"a letter that is hidden":  {`{path: args.amount, op: gt, value: 5, optional: true}`, `{"a\u200bmount":9}`},
		"a soft hyphen":            {`{path: args.amount, op: gt, value: 5, optional: true}`, `{"amount":1,"amo\u00adunt":9}`},
		"a space behind":           {`{path: args.amount, op: gt, value: 5, optional: true}`, `{"amount ":9}`},
		"a tab before":             {`{path: args.amount, op: gt, value: 5, optional: true}`, `{"\tamount":9}`},
		"another case":             {`{path: args.amount, op: gt, value: 5, optional: true}`, `{"AMOUNT":9}`},
		"another case, fullwidth":  {`{path: args.amount, op: gt, value: 5, optional: true}`, `{"\uff21MOUNT":9}`},
		"deep inside":              {`{path: args.a.b, op: exists}`, `{"a":{"b\u200b":1}}`},
		"in a list":                {`{path: args.a.b, op: exists}`, `{"a":[{"b":1}]}`},
		"in a text":                {`{path: args.a.b, op: exists}`, `{"a":"{\"b\":1}"}`},
		"in a number":              {`{path: args.a.b, op: exists}`, `{"a":1}`},
		"an object for a list":     {`{path: "args.a[0]", op: exists}`, `{"a":{"0":1}}`},
		"a text for a list":        {`{path: "args.a[*]", op: exists, each: any}`, `{"a":"b"}`},
		"a list, and not optional": {`{path: args.a.b, op: eq, value: 1, optional: true}`, `{"a":[{"b":1}]}`},
	} {
		p, err := Load(t.Context(), "p.yaml", []byte("version: 1\ntools: {t: {deny_if: ["+tt.condition+"]}, u: {require: [{not: "+tt.condition+"}]}}\n"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, tool := range []string{"t", "u"} {
			if d := p.Decide(&Call{Name: tool, Args: jsonvalue.Decode([]byte(tt.args))}); d.Allowed {
				t.Errorf("%s: %s is allowed", name, tool)
			}
		}
	}
	p := must.Get(Load(t.Context(), "p.yaml", []byte("version: 1\ntools: {t: {deny_if: [{path: args.amount, op: gt, value: 5, optional: true}, {path: args.a.b, op: exists}]}}\n")))
	for _, args := range []string{`{}`, `{"amount":5}`, `{"amounts":9}`, `{"\u00e4mount":9}`, `{"am ount2":9}`, `{"a":null}`, `{"a":{}}`, `{"` + strings.Repeat("\u200b", 9) + `":9}`} {
		if d := p.Decide(&Call{Name: "t", Args: jsonvalue.Decode([]byte(args))}); !d.Allowed {
			t.Errorf("%s: %s", args, d.Reason)
		}
	}
}
