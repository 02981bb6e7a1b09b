package policy

import (
	"fmt"
	"strings"
	"testing"
)

// TestConvertOperators compares each operator of Intercept with what it is converted to: values of
// args.x that pass with both, with Intercept alone, and with neither; - stands for no argument.
// None passes here that Intercept denies.
func TestConvertOperators(t *testing.T) {
	for _, tt := range []struct{ op, value, both, intercept, neither string }{
		{"eq", `"main"`, `"main"`, ``, `- "Main" null 5 true ["main"] {"x":"main"}`},
		{"eq", `5`, `5 5.0 5e0`, `"5"`, `- 6 "six" null true [5]`},
		{"eq", `true`, `true`, `"true"`, `- false 1 null [true]`},
		{"eq", `[a, 1]`, `["a",1]`, ``, `- ["a"] [1,"a"] "a" null`},
		{"neq", `"main"`, `"fix" "Main"`, `null 5 true ["main"]`, `- "main"`},
		{"neq", `5`, `6 5.1`, `null "six" true [5]`, `- 5 5.0 "5"`},
		{"in", `[usd, eur]`, `"usd" "eur"`, ``, `- "gbp" "" null 5 ["usd"]`},
		{"in", `[a, 1]`, `"a" 1 1.0`, `"1"`, `- "b" 2 null true [1]`},
		{"not_in", `[usd, eur]`, `"gbp" ""`, `null 5 ["usd"]`, `- "usd" "eur"`},
		{"not_in", `[a, 1]`, `"b" 2`, `null true ["a"]`, `- "a" 1 1.0 "1"`},
		{"not_in", `[a, true, "2"]`, `"b" false`, `null 3 ["a"]`, `- "a" true "true" "2" 2`},
		{"lt", `5`, `4 4.999 -1`, ``, `- 5 6 null "4" true [4]`},
		{"lte", `5`, `4 5 5.0`, ``, `- 5.001 6 null "4" true [4]`},
		{"gt", `5`, `6 5.001`, ``, `- 5 4 null "6" true [6]`},
		{"gte", `5`, `5 6 5.0`, ``, `- 4.999 null "6" true [6]`},
		{"regex", `"^feat/"`, `"feat/a" "feat/"`, ``, `- "fix" "a_feat/" null 5 ["feat/a"]`},
		{"regex", `"b"`, `"abc" "b"`, ``, `- "ac" "B" null true ["b"]`},
		{"contains", `"test"`, `"a_test" "test" ["test"] ["a","test",null]`, ``, `- "tes" null 5 true [] ["a_test"] {"test":1}`},
		{"contains", `5`, `[5] ["a",5.0]`, `["5"]`, `- 5 "5" null [] [6]`},
		{"exists", `true`, `"" 0 false [] {} "a"`, ``, `- null`},
		{"exists", `false`, `- null`, ``, `"" 0 false [] {}`},
	} {
		text, _, err := Convert(t.Context(), "intercept.yaml", fmt.Appendf(nil, `
version: "1"
tools: {a: {rules: [{name: r, conditions: [{path: args.x, op: %s, value: %s}]}]}}
`, tt.op, tt.value))
		if err != nil {
			t.Errorf("%s %s: %v", tt.op, tt.value, err)
			continue
		}
		p := mustLoad(t, string(text))
		check := func(values string, want bool) {
			for _, v := range strings.Fields(values) {
				args := `{"x":` + v + `}`
				if v == "-" {
					args = `{}`
				}
				if d := p.Decide(&Call{Name: "a", Args: argsOf(t, args)}); d.Allowed != want {
					t.Errorf("%s %s of %s: allowed %v, want %v", tt.op, tt.value, args, d.Allowed, want)
				}
			}
		}
		check(tt.both, true)
		check(tt.intercept, false)
		check(tt.neither, false)
	}
}
