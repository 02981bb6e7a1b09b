package policy

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/jsonvalue"
	"github.com/spectap/spectap/internal/test/must"
)

// TestSecretConditions checks the conditions on secrets and personal data, in all arguments or in
// one.
func TestSecretConditions(t *testing.T) {
	const token, mail = "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "anna@example.org"
	for _, tt := range []struct {
		condition, args string
		denied          bool
	}{
		{`{secret: any}`, `{"text":"my token is ` + token + `"}`, true},
		{`{secret: any}`, `{"deep":[{"text":"{\"password\":\"hunter2hunter2\"}"}]}`, true},
		{`{secret: any}`, `{"password":"hunter2hunter2"}`, true},
		{`{secret: any}`, `{"text":"write to ` + mail + `"}`, false},
		{`{secret: any}`, `{"text":"[redacted:token:0123456789]"}`, false},
		{`{secret: any}`, `{}`, false},
		{`{personal: any}`, `{"text":"write to ` + mail + `"}`, true},
		{`{personal: any}`, `{"n":"4111 1111 1111 1111"}`, true},
		{`{personal: any}`, `{"text":"` + token + `"}`, false},
		{`{personal: args.text}`, `{"to":"` + mail + `","text":"hello"}`, false},
		{`{secret: args.password}`, `{"password":"hunter2hunter2"}`, true},
		{`{secret: "args.parts[*].text"}`, `{"parts":[{"text":"a"},{"text":"` + token + `"}]}`, true},
		{`{secret: args.a.b}`, `{"a":"{\"b\":1}"}`, true}, // where the server may look elsewhere
		{`{secret: args.a}`, `{"A":"x"}`, true},
	} {
		p := mustLoad(t, "version: 1\ntools: {t: {deny_if: ["+tt.condition+"]}, u: {require: [{not: "+tt.condition+"}]}}\n")
		for _, tool := range []string{"t", "u"} {
			if d := p.Decide(&Call{Name: tool, Args: jsonvalue.Decode([]byte(tt.args))}); d.Allowed == tt.denied {
				t.Errorf("%s, %s, %s: allowed: %v", tool, tt.condition, tt.args, d.Allowed)
			}
		}
	}
	for _, bad := range []string{`{secret: all}`, `{secret: identity.name}`, `{personal: [any]}`, `{secret: any, personal: any}`, `{carries: vault}`} {
		if _, err := Load(t.Context(), "p", []byte("version: 1\ntools: {t: {deny_if: ["+bad+"]}}\n")); err == nil {
			t.Error(bad, "is accepted")
		}
	}
}

// A first policy lets tools that send something send no secrets.
func TestScaffoldOfSenders(t *testing.T) {
	text := must.Get(Scaffold(ScaffoldServer{Tools: []ClassTool{{Name: "send_email"}, {Name: "read_page"}, {Name: "write_file"}}}))
	p := mustLoad(t, string(text))
	args := jsonvalue.Decode([]byte(`{"password":"hunter2hunter2"}`))
	for tool, denied := range map[string]bool{"send_email": true, "read_page": false, "write_file": false} {
		if d := p.Decide(&Call{Name: tool, Args: args}); d.Allowed == denied {
			t.Errorf("%s: %+v", tool, d)
		}
	}
}

// A condition that cannot be evaluated where it stands is an error that says what to write.
func TestConditionsOutOfPlace(t *testing.T) {
	for text, want := range map[string]string{
		`resources: {"db:///*": {deny_if: {path: args.x, op: eq, value: 1, optional: true}}}`:           "write secret: any",
		`resources: {"db:///*": {deny_if: {any: [{secret: args.uri}]}}}`:                                "write secret: any",
		`resources: {"db:///*": {limits: [{counter: c, window: day, max: 1, increment_from: args.n}]}}`: "a resource has no arguments",
		`prompts: {p: {require: {path: annotations.readOnlyHint, op: eq, value: true}}}`:                "only tools have annotations",
		`methods: {"tools/call": {deny_if: {secret: any}}}`:                                             "decided in the section tools",
		`methods: {"completion/complete": {deny_if: {secret: any}}}`:                                    "decided in the section prompts or resources",
		`methods: {notifications/progress: {require: {path: identity.name, op: eq, value: a}}}`:         "passes under every policy",
		`methods: {"tools/list": {rate_limit: 1/minute}}`:                                               "passes under every policy",
		`methods: {notifications/progress: {}, "x/y": {deny_if: {path: args.x, op: exists}}}`:           "",
		`prompts: {p: {deny_if: [{path: args.x, op: exists}, {personal: args.x}]}}`:                     "",
	} {
		_, err := Load(t.Context(), "p", []byte("version: 1\n"+text+"\n"))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
