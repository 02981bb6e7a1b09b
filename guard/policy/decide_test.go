package policy

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// mustLoad loads a policy whose lines may be indented with tabs.
func mustLoad(t *testing.T, text string) *Policy {
	t.Helper()
	return must.Get(Load(t.Context(), "policy.yaml", []byte(text)))
}

// argsOf decodes arguments as the relay does.
func argsOf(t testing.TB, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	must.Do(t, d.Decode(&v))
	return v
}

// TestConditions decides on one argument with each operator. A condition that cannot be evaluated
// denies both in require and in deny_if.
func TestConditions(t *testing.T) {
	const pass, fail, neither = "passes require", "passes deny_if", "passes neither"
	tests := []struct{ cond, args, want string }{
		{"{path: args.x, op: eq, value: 5}", `{"x":5}`, pass},
		{"{path: args.x, op: eq, value: 5}", `{"x":5.0}`, pass},
		{"{path: args.x, op: eq, value: 5}", `{"x":6}`, fail},
		{"{path: args.x, op: eq, value: 5}", `{"x":"5"}`, neither}, // a server may convert it
		{"{path: args.x, op: eq, value: 5}", `{"x":[5]}`, neither},
		{"{path: args.x, op: eq, value: 5}", `{"x":null}`, fail},
		{"{path: args.x, op: eq, value: null}", `{"x":null}`, pass},
		{"{path: args.x, op: eq, value: null}", `{"x":0}`, fail},
		{"{path: args.x, op: eq, value: 5}", `{}`, neither},
		{"{path: args.x, op: eq, value: 5}", ``, neither},
		{"{path: args.x, op: eq, value: 5}", `[]`, neither},
		{"{path: args.x, op: eq, value: 9007199254740993}", `{"x":9007199254740992}`, neither}, // equal as float64
		{"{path: args.x, op: eq, value: 9007199254740993}", `{"x":9007199254740993}`, pass},
		{"{path: args.x, op: eq, value: 9007199254740993}", `{"x":9007199254740996}`, fail},
		{"{path: args.x, op: eq, value: 0.1}", `{"x":1e-1}`, pass},
		{"{path: args.x, op: eq, value: 0}", `{"x":-0.0}`, pass},
		{"{path: args.x, op: eq, value: 0}", `{"x":1e-400}`, neither},
		{"{path: args.x, op: eq, value: 1}", `{"x":1e999999999}`, neither},
		{"{path: args.x, op: eq, value: {a: [1, b]}}", `{"x":{"a":[1.0,"b"]}}`, pass},
		{"{path: args.x, op: eq, value: {a: [1, b]}}", `{"x":{"a":[1,"c"]}}`, fail},
		{"{path: args.x, op: eq, value: {a: [1, b]}}", `{"x":{"a":[1,"b"],"c":1}}`, fail},
		{"{path: args.x, op: eq, value: true}", `{"x":"true"}`, neither},
		{"{path: args.x, op: eq, value: 5, optional: true}", `{"X":5}`, neither}, // a server may read it as x
		{"{path: args.x, op: eq, value: 5, optional: true}", `{"x":6,"X":5}`, neither},
		{"{path: args.task, op: neq, value: 5, optional: true}", `{"ta\u017fk":5}`, neither}, // ſ is a small s
		{"{path: args.task, op: neq, value: 5, optional: true}", `{"tas\u212a":5}`, neither}, // a Kelvin sign is a k
		{"{path: 'args.x[*].y', op: eq, value: 1, each: any, optional: true}", `{"x":[{"y":2},{"Y":1}]}`, neither},
		{"{path: args.x.y, op: neq, value: 5, optional: true}", `{"x":{"Y":5}}`, neither},
		{"{path: args.x, op: exists, value: false}", `{"X":5}`, neither},
		{"{path: args.x, op: exists, value: true}", `{"X":5}`, neither},
		{"{path: args.x, op: neq, value: prod}", `{"x":"dev"}`, pass},
		{"{path: args.x, op: neq, value: prod}", `{"x":"prod"}`, fail},
		{"{path: args.x, op: neq, value: prod}", `{"x":["prod"]}`, neither},
		{"{path: args.x, op: neq, value: prod}", `{}`, neither},
		{"{path: args.x, op: in, value: [usd, eur]}", `{"x":"eur"}`, pass},
		{"{path: args.x, op: in, value: [usd, eur]}", `{"x":"EUR"}`, fail},
		{"{path: args.x, op: in, value: [usd, eur]}", `{"x":1}`, neither},
		{"{path: args.x, op: in, value: [usd, 1]}", `{"x":2}`, fail},
		{"{path: args.x, op: not_in, value: [root]}", `{"x":"alice"}`, pass},
		{"{path: args.x, op: not_in, value: [root]}", `{"x":"root"}`, fail},
		{"{path: args.x, op: not_in, value: [root]}", `{"x":["root"]}`, neither},
		{"{path: args.x, op: not_in, value: [root, 1]}", `{"x":"alice"}`, pass},
		{"{path: args.x, op: not_in, value: [root, 1]}", `{"x":"1"}`, neither},
		{"{path: args.x, op: not_in, value: [root, 1, true]}", `{"x":" TRUE"}`, neither},
		{"{path: args.x, op: not_in, value: ['0', 5]}", `{"x":0.0}`, neither},
		{"{path: args.x, op: in, value: [usd, 1]}", `{"x":"1"}`, neither},
		{"{path: args.x, op: lt, value: 10}", `{"x":9.999}`, pass},
		{"{path: args.x, op: lt, value: 10}", `{"x":10}`, fail},
		{"{path: args.x, op: lte, value: 10}", `{"x":10}`, pass},
		{"{path: args.x, op: lte, value: 10}", `{"x":10.000000000000000001}`, neither}, // 10 as float64
		{"{path: args.x, op: lte, value: 10}", `{"x":10.00000000000001}`, fail},
		{"{path: args.x, op: gt, value: 10}", `{"x":11}`, pass},
		{"{path: args.x, op: gt, value: 10}", `{"x":10}`, fail},
		{"{path: args.x, op: gte, value: -1}", `{"x":-1}`, pass},
		{"{path: args.x, op: gte, value: 10}", `{"x":"11"}`, neither},
		{"{path: args.x, op: matches, value: '^a+$'}", `{"x":"aa"}`, pass},
		{"{path: args.x, op: matches, value: '^a+$'}", `{"x":"aab"}`, fail},
		{"{path: args.x, op: matches, value: '^a+$'}", `{"x":"aa\n"}`, fail},
		{"{path: args.x, op: matches, value: '^a+$'}", `{"x":1}`, neither},
		{"{path: args.x, op: contains, value: rm}", `{"x":"a rm b"}`, pass},
		{"{path: args.x, op: contains, value: rm}", `{"x":["a","rm"]}`, pass},
		{"{path: args.x, op: contains, value: rm}", `{"x":["a"]}`, fail},
		{"{path: args.x, op: contains, value: rm}", `{"x":[]}`, fail},
		{"{path: args.x, op: contains, value: rm}", `{"x":["a",1]}`, neither},
		{"{path: args.x, op: contains, value: rm}", `{"x":{"rm":1}}`, neither},
		{"{path: args.x, op: below, value: /tmp}", `{"x":"/tmp/a/b"}`, pass},
		{"{path: args.x, op: below, value: /tmp/}", `{"x":"/tmp"}`, pass},
		{"{path: args.x, op: below, value: /tmp}", `{"x":"/tmpfoo"}`, fail},
		{"{path: args.x, op: below, value: /tmp}", `{"x":"/tmp/../etc/passwd"}`, neither},
		{"{path: args.x, op: below, value: /tmp}", `{"x":"/tmp/%2e%2e/etc"}`, neither},
		{"{path: args.x, op: below, value: /tmp}", `{"x":"/tmp/a\u0000"}`, neither},
		{"{path: args.x, op: below, value: /tmp}", `{"x":"/tmp//etc"}`, neither},
		{"{path: args.x, op: below, value: 'https://a.example/v1'}", `{"x":"https://a.example/v1/b"}`, pass},
		{"{path: args.x, op: below, value: 'https://a.example/v1'}", `{"x":"https://a.example.evil/v1/b"}`, fail},
		{"{path: args.x, op: exists}", `{"x":null}`, pass},
		{"{path: args.x, op: exists}", `{}`, fail},
		{"{path: args.x, op: exists, value: false}", `{}`, pass},
		{"{path: 'args.x.y[1]', op: eq, value: 2}", `{"x":{"y":[1,2]}}`, pass},
		{"{path: 'args.x.y[2]', op: eq, value: 2}", `{"x":{"y":[1,2]}}`, neither},
		{"{path: args.x.y, op: eq, value: 2}", `{"x":"y"}`, neither},
		{`{path: 'args["a.b"]', op: eq, value: 2}`, `{"a.b":2}`, pass},
		{"{path: 'args.x[*].y', op: eq, value: 1, each: all}", `{"x":[{"y":1},{"y":1}]}`, pass},
		{"{path: 'args.x[*].y', op: eq, value: 1, each: all}", `{"x":[{"y":1},{"y":2}]}`, fail},
		{"{path: 'args.x[*].y', op: eq, value: 1, each: all}", `{"x":[{"y":1},{}]}`, neither},
		{"{path: 'args.x[*].y', op: eq, value: 1, each: all}", `{"x":[]}`, pass},
		{"{path: 'args.x[*].y', op: eq, value: 1, each: any}", `{"x":[{"y":2},{"y":1}]}`, pass},
		{"{path: 'args.x[*].y', op: eq, value: 1, each: any}", `{"x":[{"y":2}]}`, fail},
		{"{path: 'args.x[*].y', op: eq, value: 1, each: any}", `{"x":[{"y":2},{}]}`, neither},
		{"{path: 'args.x[*].y', op: eq, value: 1, each: any}", `{"x":{"y":1}}`, neither},
		{"{any: [{path: args.x, op: eq, value: 1}, {path: args.y, op: eq, value: 1}]}", `{"x":1}`, pass},
		{"{any: [{path: args.x, op: eq, value: 1}, {path: args.y, op: eq, value: 1}]}", `{"x":2}`, neither},
		{"{all: [{path: args.x, op: eq, value: 1}, {path: args.y, op: eq, value: 1}]}", `{"x":2}`, fail},
		{"{all: [{path: args.x, op: eq, value: 1}, {path: args.y, op: eq, value: 1}]}", `{"x":1}`, neither},
		{"{not: {path: args.x, op: eq, value: 1}}", `{"x":2}`, pass},
		{"{not: {path: args.x, op: eq, value: 1}}", `{}`, neither},
		{"{path: identity.name, op: eq, value: alice}", `{}`, pass},
		{"{path: annotations.readOnlyHint, op: eq, value: true}", `{}`, pass},
		{"{path: annotations.destructiveHint, op: eq, value: true}", `{}`, neither},
	}
	for _, tt := range tests {
		require := mustLoad(t, "version: 1\ntools: {t: {require: ["+tt.cond+"]}}")
		denyIf := mustLoad(t, "version: 1\ntools: {t: {deny_if: ["+tt.cond+"]}}")
		call := &Call{
			Name: "t", Args: argsOf(t, tt.args), Time: time.Unix(0, 0),
			Identity: map[string]any{"name": "alice"}, Annotations: map[string]any{"readOnlyHint": true},
		}
		got := neither
		switch a, b := require.Decide(call), denyIf.Decide(call); {
		case a.Allowed && b.Allowed:
			t.Errorf("%s of %s passes both require and deny_if", tt.cond, tt.args)
		case a.Allowed:
			got = pass
		case b.Allowed:
			got = fail
		case a.Rule != "/tools/t/require/0" || b.Rule != "/tools/t/deny_if/0" || a.Reason == "" || b.Reason == "":
			t.Errorf("%s of %s: the denials are %+v and %+v", tt.cond, tt.args, a, b)
		}
		if got != tt.want {
			t.Errorf("%s of %s %s, want %s", tt.cond, tt.args, got, tt.want)
		}
	}
}

// TestOptional checks that calls without an optional argument pass.
func TestOptional(t *testing.T) {
	p := mustLoad(t, `
version: 1
tools:
  t:
    require: [{path: args.region, op: in, value: [eu], optional: true}]
    deny_if: [{path: args.force, op: eq, value: true, optional: true}, {not: {path: args.n, op: lt, value: 5, optional: true}}]
`)
	for args, want := range map[string]bool{
		`{}`: true, `{"region":"eu"}`: true, `{"region":"us"}`: false, `{"force":true}`: false, `{"force":false}`: true,
		`{"force":"true"}`: false, `{"n":4}`: true, `{"n":5}`: false, `{"n":"4"}`: false,
	} {
		if d := p.Decide(&Call{Name: "t", Args: argsOf(t, args)}); d.Allowed != want {
			t.Errorf("%s: allowed %v (%s), want %v", args, d.Allowed, d.Rule, want)
		}
	}
}

func TestDefaults(t *testing.T) {
	p := mustLoad(t, `
version: "1"
hide: [secret_*]
all_tools: {deny_if: [{path: args.x, op: eq, value: bad, optional: true}]}
tools:
  read: {}
  "write_*": {require: [{path: args.ok, op: eq, value: true}]}
  write_all: {action: deny, reason: too much}
  secret_read: {}
resources: {"file:///data/*": {}}
prompts: {hello: {}}
methods: {"acme/*": {}}
upstream: {sampling: allow, roots: deny}
`)
	tests := []struct {
		kind       Kind
		name, args string
		rule       string
		allowed    bool
		hidden     bool
		listed     bool
	}{
		{Tool, "read", `{}`, "/tools/read", true, false, true},
		{Tool, "read", `{"x":"bad"}`, "/all_tools/deny_if/0", false, false, true},
		{Tool, "Read", `{}`, RuleDefaultDeny, false, true, false},
		{Tool, "read ", `{}`, RuleDefaultDeny, false, true, false},
		{Tool, "", `{}`, RuleDefaultDeny, false, true, false},
		{Tool, "write_a", `{"ok":true}`, "/tools/write_*", true, false, true},
		{Tool, "write_a", `{}`, "/tools/write_*/require/0", false, false, true},
		{Tool, "write_all", `{"ok":true}`, "/tools/write_all", false, false, true},
		{Tool, "secret_read", `{}`, RuleHidden, false, true, false},
		{Resource, "file:///data/a", ``, "/resources/file:~1~1~1data~1*", true, false, true},
		{Resource, "file:///data/../etc/passwd", ``, RuleDefaultDeny, false, false, true},
		{Resource, "file:///data/%252e%252e/etc/passwd", ``, RuleDefaultDeny, false, false, true},
		{Resource, "file:///etc/passwd", ``, RuleDefaultDeny, false, true, false},
		{Resource, "read", ``, RuleDefaultDeny, false, true, false},
		{Prompt, "hello", `{}`, "/prompts/hello", true, false, true},
		{Prompt, "read", `{}`, RuleDefaultDeny, false, true, false},
		{Method, "acme/do", `{}`, "/methods/acme~1*", true, false, true},
		{Method, "tools/call", `{}`, RuleDefaultDeny, false, true, false},
		{kinds, "read", `{}`, RuleDefaultDeny, false, false, false},
	}
	for _, tt := range tests {
		d := p.Decide(&Call{Kind: tt.kind, Name: tt.name, Args: argsOf(t, tt.args)})
		if d.Allowed != tt.allowed || d.Hidden != tt.hidden || d.Rule != tt.rule {
			t.Errorf("%s %q %s: %+v, want allowed %v, hidden %v, rule %s", tt.kind, tt.name, tt.args, d, tt.allowed, tt.hidden, tt.rule)
		}
		if tt.kind < kinds && p.Lists(tt.kind, tt.name) != tt.listed {
			t.Errorf("%s %q: listed %v, want %v", tt.kind, tt.name, !tt.listed, tt.listed)
		}
	}
	for request, want := range map[string]string{Sampling: "/upstream/sampling", Roots: "/upstream/roots", Elicitation: RuleDefaultDeny} {
		if d := p.Upstream(request); d.Rule != want || d.Allowed != (request == Sampling) {
			t.Errorf("upstream %s: %+v, want the rule %s", request, d, want)
		}
	}
	for template, want := range map[string]bool{"file:///data/{name}": true, "file:///{+path}": true, "db:///{table}": false} {
		if p.ListsTemplate(template) != want {
			t.Errorf("template %s: listed %v, want %v", template, !want, want)
		}
	}
}

// TestDeniedIsNotListed checks that lists omit prompts and resources that are always denied.
func TestDeniedIsNotListed(t *testing.T) {
	const rules = `
prompts: {hello: {}, login: {action: deny}, "write_*": {}, write_all: {action: deny}}
resources:
  "db:///*": {}
  "db:///secret/*": {action: deny}
  "db:///a/*/z": {action: deny}
  "db:///one": {action: deny}
  "log:///only": {action: deny}
  "mail:///*": {deny_if: [{path: identity.x, op: exists}]}
tools: {read: {action: deny}}
`
	for _, start := range []string{"version: 1\n", "version: 1\ndefault: allow\n"} {
		p := mustLoad(t, start+rules)
		for name, want := range map[string]bool{"hello": true, "login": false, "write_a": true, "write_all": false} {
			if got := p.Lists(Prompt, name); got != want {
				t.Errorf("%sprompt %s: listed %v, want %v", start, name, got, want)
			}
		}
		for uri, want := range map[string]bool{"db:///x": true, "db:///secret/x": false, "db:///one": false, "mail:///x": true, "log:///only": false} {
			if got := p.Lists(Resource, uri); got != want {
				t.Errorf("%sresource %s: listed %v, want %v", start, uri, got, want)
			}
		}
		for template, want := range map[string]bool{
			"db:///{table}": true, "db:///secret/{table}": false, "db:///secret/{a}/{b}": false, "db:///a/{b}/z": false,
			"db:///a/{b}": true, "db:///a/{b}/{c}": true, "db:///{+all}": true, "db:///secret/{unclosed": false,
		} {
			if got := p.ListsTemplate(template); got != want {
				t.Errorf("%stemplate %s: listed %v, want %v", start, template, got, want)
			}
		}
		if !p.Lists(Tool, "read") {
			t.Errorf("%sa tool that is only denied is not listed", start)
		}
		if got, want := p.ListsTemplate("log:///{name}"), p.allow; got != want {
			t.Errorf("%sa template of which one URI is denied: listed %v, want %v", start, got, want)
		}
	}
}

func TestZeroPolicyDenies(t *testing.T) {
	var p Policy
	for k := range kinds {
		if d := p.Decide(&Call{Kind: k, Name: "x"}); d.Allowed || p.Lists(k, "x") {
			t.Errorf("%s: %+v, and listed %v", k, d, p.Lists(k, "x"))
		}
	}
	if p.Upstream(Sampling).Allowed {
		t.Error("the upstream may use sampling")
	}
}

func TestTimeOfDay(t *testing.T) {
	p := mustLoad(t, `
version: 1
tools:
  office: {require: [{time: {from: "09:00", to: "17:30", days: [mon, Tuesday], zone: Europe/Berlin}}]}
  night: {require: [{time: {from: "22:00", to: "06:00", days: [fri]}}]}
  late: {deny_if: [{time: {from: "18:00"}}]}
`)
	for _, tt := range []struct {
		tool, at string
		want     bool
	}{
		{"office", "2026-11-23T08:00:00Z", true},  // Monday, 9:00 in Berlin
		{"office", "2026-11-23T07:59:59Z", false}, // before
		{"office", "2026-11-23T16:30:00Z", false}, // 17:30
		{"office", "2026-11-25T10:00:00Z", false}, // Wednesday
		{"office", "2026-06-01T07:30:00Z", true},  // summer time
		{"night", "2026-11-27T22:00:00Z", true},   // Friday
		{"night", "2026-11-28T05:59:00Z", true},   // still Friday's night
		{"night", "2026-11-28T06:00:00Z", false},
		{"night", "2026-11-28T22:00:00Z", false}, // Saturday
		{"late", "2026-11-28T17:59:59Z", true},
		{"late", "2026-11-28T18:00:00Z", false},
	} {
		at := must.Get(time.Parse(time.RFC3339, tt.at))
		if d := p.Decide(&Call{Name: tt.tool, Time: at}); d.Allowed != tt.want {
			t.Errorf("%s at %s: allowed %v, want %v", tt.tool, tt.at, d.Allowed, tt.want)
		}
	}
	for _, tool := range []string{"office", "late"} {
		if p.Decide(&Call{Name: tool}).Allowed {
			t.Errorf("%s is allowed although the time is not known", tool)
		}
	}
}

// TestNeedsTools checks that the list of tools is needed if a name without a rule may pass, or if a
// condition depends on the list.
func TestNeedsTools(t *testing.T) {
	for text, want := range map[string]bool{
		"version: 1": false, "version: 1\ndefault: allow": false, "version: 1\ntools: {read: {}}": false,
		"version: 1\ndefault: allow\ntools: {drop: {action: deny}}":     true, // DROP is no rule's name
		"version: 1\ndefault: allow\nhide: [drop]":                      true,
		"version: 1\ntools: {\"read_*\": {}, read_key: {action: deny}}": true, // nor read_KEY

		"version: 1\ntools: {read: {require: [{path: args.n, op: eq, value: 1}]}}":                              false,
		"version: 1\ntools: {read: {require: [{path: annotations.readOnlyHint, op: eq, value: true}]}}":         true,
		"version: 1\ntools: {read: {require: [{path: annotations.x, op: exists}, {path: args.n, op: exists}]}}": true,
		"version: 1\nall_tools: {deny_if: [{not: {path: annotations.readOnlyHint, op: eq, value: true}}]}":      true,
	} {
		if got := mustLoad(t, text).NeedsTools(); got != want {
			t.Errorf("%v for %s", got, text)
		}
	}
}
