package enforce

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/limit"
)

const needsX = "{path: identity.scopes, op: contains, value: x}"

// Lacking names scopes if and only if they are all that a call lacks.
func TestLacking(t *testing.T) {
	for _, tt := range []struct {
		name, rules, have, want string
	}{
		{"one", "require: " + needsX, `["a"]`, "[x]"},
		{"no scopes at all", "require: " + needsX, `[]`, "[x]"},
		{"it is there", "require: " + needsX, `["x"]`, "[]"},
		{"no list of scopes", "require: " + needsX, `null`, "[]"},
		{"two rules", "require: [" + needsX + ", {path: identity.scopes, op: contains, value: y}]", `["a"]`, "[x y]"},
		{"one of two is there", "require: [" + needsX + ", {path: identity.scopes, op: contains, value: y}]", `["x"]`, "[y]"},
		{"all", "require: {all: [" + needsX + ", {path: identity.scopes, op: contains, value: y}]}", `[]`, "[x y]"},
		{"alternatives", "require: {any: [" + needsX + ", {path: identity.scopes, op: contains, value: y}]}", `[]`, "[x]"},
		{"an alternative that another rule needs", "require: [{any: [" + needsX + ", {path: identity.scopes, op: contains, value: y}]}, {path: identity.scopes, op: contains, value: y}]", `[]`, "[y]"},
		{"or an argument", "require: {any: [{path: args.dry, op: eq, value: true}, " + needsX + "]}", `[]`, "[x]"},
		{"and an argument that fits", "require: [" + needsX + ", {path: args.n, op: lt, value: 5}]", `[]`, "[x]"},
		{"and an argument", "require: [" + needsX + ", {path: args.n, op: gt, value: 5}]", `[]`, "[]"},
		{"and another claim", "require: [" + needsX + ", {path: identity.claims.groups, op: contains, value: ops}]", `[]`, "[]"},
		{"another claim first", "require: [{path: identity.claims.groups, op: contains, value: ops}, " + needsX + "]", `[]`, "[]"},
		{"denied if it lacks one", "deny_if: {not: " + needsX + "}", `[]`, "[x]"},
		{"denied if it has one", "deny_if: " + needsX, `["x"]`, "[]"},
		{"must not have it", "require: {not: " + needsX + "}", `["x"]`, "[]"},
		{"denied with it", "require: " + needsX + ", deny_if: {path: identity.scopes, op: contains, value: x}", `[]`, "[]"},
		{"denied for one that it has", "require: " + needsX + ", deny_if: {path: identity.scopes, op: contains, value: a}", `["a"]`, "[]"},
		{"any element is", `require: {path: "identity.scopes[*]", op: eq, value: x, each: any}`, `["a"]`, "[x]"},
		{"any element is one of", `require: {path: "identity.scopes[*]", op: in, value: [y, x], each: any}`, `["a"]`, "[y]"},
		{"every element is", `require: {path: "identity.scopes[*]", op: eq, value: x, each: all}`, `["a"]`, "[]"},
		{"not a text", "require: {path: identity.scopes, op: contains, value: 5}", `["a"]`, "[]"},
		{"a claim of this name", "require: {path: identity.claims.scopes, op: contains, value: x}", `["a"]`, "[]"},
		{"an argument of this name", "require: {path: args.scopes, op: contains, value: x}", `["a"]`, "[]"},
		{"a limit that is used up", "limits: [{counter: c, window: hour, max: 0}], require: " + needsX, `["x"]`, "[]"},
		{"denied in any case", "action: deny", `[]`, "[]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := loadPolicy(t, "version: 1\ntools: {send: {"+tt.rules+"}}\n")
			log := must(audit.Open(filepath.Join(t.TempDir(), "audit.jsonl"), 0))
			defer log.Close()
			g := New(p, Config{Audit: log, Limits: new(limit.Ledger)})
			var have any
			noError(t, json.Unmarshal([]byte(tt.have), &have))
			m := &Message{From: Caller{Identity: map[string]any{"name": "anna", "scopes": have}}, Direction: ToServer, Method: "tools/call", Subject: Subject{
				How: ByPolicy, Names: []string{"send"}, Args: map[string]any{"n": json.Number("1"), "scopes": []any{"a"}},
			}}
			v := g.Judge(m)
			if got := fmt.Sprint(g.Lacking(&v)); got != tt.want {
				t.Errorf("%s, want %s; the verdict is %+v", got, tt.want, v.Decision)
			}
			if got := fmt.Sprint(m.From.Identity["scopes"]); got != fmt.Sprint(have) {
				t.Errorf("the caller has got scopes: %s", got)
			}
		})
	}
}

// A caller is asked for scopes of the issuer whose token it has, and for no other.
func TestLackingOfNamedIssuer(t *testing.T) {
	const rule = "{path: identity.%s, op: contains, value: %s}"
	for _, tt := range []struct{ name, rules, want string }{
		{"its own", fmt.Sprintf(rule, "corp.scopes", "x"), "[x]"},
		{"any element", `{path: "identity.corp.scopes[*]", op: eq, value: x, each: any}`, "[x]"},
		{"that it has", fmt.Sprintf(rule, "corp.scopes", "a"), "[]"},
		{"of another issuer", fmt.Sprintf(rule, "guests.scopes", "x"), "[]"},
		{"of both", "[" + fmt.Sprintf(rule, "corp.scopes", "x") + ", " + fmt.Sprintf(rule, "guests.scopes", "x") + "]", "[]"},
		{"of one of both", "{any: [" + fmt.Sprintf(rule, "guests.scopes", "y") + ", " + fmt.Sprintf(rule, "corp.scopes", "x") + "]}", "[x]"},
		{"without a name", fmt.Sprintf(rule, "scopes", "x"), "[]"},
		{"deeper", fmt.Sprintf(rule, "corp.claims.scopes", "x"), "[]"},
	} {
		p := loadPolicy(t, "version: 1\ntools: {send: {require: "+tt.rules+"}}\n")
		g := New(p, Config{Limits: new(limit.Ledger)})
		said := map[string]any{"subject": "anna", "scopes": []any{"a"}, "claims": map[string]any{"scopes": []any{"a"}}}
		from := Caller{Identity: map[string]any{"name": "https://a.example#anna", "issuer": "https://a.example", "corp": said}}
		v := g.Judge(&Message{From: from, Direction: ToServer, Method: "tools/call", Subject: Subject{How: ByPolicy, Names: []string{"send"}}})
		if got := fmt.Sprint(g.Lacking(&v)); got != tt.want || fmt.Sprint(said["scopes"]) != "[a]" {
			t.Errorf("%s: %s, want %s; the verdict is %+v", tt.name, got, tt.want, v.Decision)
		}
	}
}
