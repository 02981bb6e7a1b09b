package front

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/spectap/spectap/guard"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/mcp/front/fronttest"
)

const somePolicy = `
version: 1
tools:
  read: {deny_if: [{path: args.how, op: eq, value: denied, optional: true}]}
prompts:
  greet: {deny_if: [{path: args.who, op: eq, value: eve, optional: true}]}
resources: {"x://a": {}, "x://b": {action: deny, reason: private}, "x://broken": {}, "x://item/*": {}}
`

// TestLists shows what the policy names, and to no other caller.
func TestLists(t *testing.T) {
	w := dial(t, newJudging(t, somePolicy, nil).judge, "s", false)
	for method, want := range map[string]string{
		"tools/list": "read", "prompts/list": "greet", "resources/list": "x://a x://broken", "resources/templates/list": "item",
	} {
		for _, params := range []string{`{}`, modern(`{"x":1}`, `{}`)} {
			raw := w.send(method, params)
			var answer struct{ Result map[string]any }
			noError(t, json.Unmarshal([]byte("{"+raw), &answer))
			var names []string
			for _, v := range answer.Result {
				list, _ := v.([]any)
				for _, x := range list {
					names = append(names, x.(map[string]any)["name"].(string))
				}
			}
			slices.Sort(names)
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s: %s, want %s", method, got, want)
			}
			if strings.Contains(raw, `"cacheScope":"public"`) {
				t.Errorf("the list may be kept for others: %s", raw)
			}
		}
	}
}

// TestSkills serves skills by the methods of SEP-2640: a policy decides on them as on their files,
// whose digest and size the entries have.
func TestSkills(t *testing.T) {
	const text, uri = "---\nname: a\ndescription: Reads - all\n  of it\nlicense: X\n---\n\n# A: b\n", "skill://p/a/SKILL.md"
	b := newBank()
	for _, u := range []string{uri, "skill://b/SKILL.md", "skill://p/a/other.md"} {
		b.mcp.AddResource(mcp.NewResource(u, u), func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: u, Text: text}}, nil
		})
	}
	p := must(policy.Load(t.Context(), "policy", []byte(`{version: 1, resources: {"skill://p/*": {}}}`)))
	w := dial(t, newJudge(Guarded(b, enforce.New(p, enforce.Config{}), nil)), "s", false)
	entry := fmt.Sprintf(`{"frontmatter":{"description":"Reads - all of it","license":"X","name":"a"},"resources":[{"digest":"sha256:%x","size":%d,"uri":%q}],"uri":%q}`,
		sha256.Sum256([]byte(text)), len(text), uri, uri)
	const complete = `"cacheScope":"private","resultType":"complete",`
	for _, in := range []func(string) string{func(params string) string { return params }, func(params string) string { return modern(params, "{}") }} {
		wantIn(t, "list", w.send("skills/list", in(`{"x":1}`)), complete+`"skills":[`+entry+`]`)
		wantIn(t, "get", w.send("skills/get", in(`{"uri":"`+uri+`"}`)), complete+`"skill":`+entry)
		for _, no := range []string{"skill://b/SKILL.md", "skill://p/c/SKILL.md", "skill://p/a/other.md"} {
			wantIn(t, no, w.send("skills/get", in(`{"uri":"`+no+`"}`)), `"code":-32602`)
		}
	}
	wantIn(t, "discover", w.send("server/discover", modern(`{"x":1}`, "{}")), `"extensions":{"io.modelcontextprotocol/skills":{}}`)
}

// TestRequests answers requests as the policy says, and writes each to the audit: the decision with
// its rule and redacted values, and the outcome.
func TestRequests(t *testing.T) {
	j := newJudging(t, somePolicy, nil)
	w := dial(t, j.judge, "s", false)
	for _, c := range []struct{ name, method, params, want, audit string }{
		{"tool", "tools/call", `{"name":"read","arguments":{"how":"fine"}}`, `"secret":"x"`,
			`allow tools/call read /tools/read {"name":"read","arguments":{"how":"fine"}}; result`},
		{"tool without arguments", "tools/call", `{"name":"read"}`, `"secret":"x"`, `allow tools/call read /tools/read {"name":"read"}; result`},
		{"arguments null", "tools/call", `{"name":"read","arguments":null}`, `"secret":"x"`, `allow tools/call read /tools/read {"name":"read","arguments":null}; result`},
		{"arguments a list", "tools/call", `{"name":"read","arguments":[1]}`, "[POLICY DENIED]", `deny tools/call (default deny)`},
		{"a member twice", "tools/call", `{"name":"read","arguments":{"how":"a","how":"denied"}}`, "same name", ``},
		{"result of an error", "tools/call", `{"name":"read","arguments":{"how":"refused"}}`, `"isError":true`, `allow; error`},
		{"failure", "tools/call", `{"name":"read","arguments":{"how":"broken"}}`, "broken", `allow; error`},
		{"denied tool", "tools/call", `{"name":"read","arguments":{"how":"denied"}}`, "[POLICY DENIED] /tools/read/deny_if/0", `deny tools/call read /tools/read/deny_if/0`},
		{"hidden tool", "tools/call", `{"name":"hidden","arguments":{"a":1}}`, "tool 'hidden' not found",
			`deny tools/call hidden (default deny) {"name":"hidden","arguments":{"a":1}}`},
		{"hidden tool that writes", "tools/call", `{"name":"pay","arguments":{"n":-1}}`, "tool 'pay' not found", `deny tools/call pay (default deny)`},
		{"missing tool", "tools/call", `{"name":"none"}`, "tool 'none' not found", `deny tools/call none`},
		{"no tool", "tools/call", `{}`, "not found", `deny tools/call`},
		{"prompt", "prompts/get", `{"name":"greet","arguments":{"who":"bo"}}`, "hello bo",
			`allow prompts/get greet /prompts/greet {"name":"greet","arguments":{"who":"bo"}}; result`},
		{"failing prompt", "prompts/get", `{"name":"greet","arguments":{"who":"nobody"}}`, "nobody to greet", `allow; error`},
		{"denied prompt", "prompts/get", `{"name":"greet","arguments":{"who":"eve"}}`, "[POLICY DENIED] /prompts/greet/deny_if/0", `deny prompts/get greet`},
		{"hidden prompt", "prompts/get", `{"name":"hidden","arguments":{"who":"bo"}}`, "prompt 'hidden' not found",
			`deny prompts/get hidden (default deny) {"name":"hidden","arguments":{"who":"bo"}}`},
		{"resource", "resources/read", `{"uri":"x://a"}`, "text of x://a", `allow resources/read x://a /resources/x:~1~1a {"uri":"x://a"}; result`},
		{"resource of a template", "resources/read", `{"uri":"x://item/7"}`, "text of x://item/7", `allow resources/read x://item/7; result`},
		{"failing resource", "resources/read", `{"uri":"x://broken"}`, "broken", `allow; error`},
		{"denied resource", "resources/read", `{"uri":"x://b"}`, "[POLICY DENIED] /resources/x:~1~1b: private", `deny resources/read x://b`},
		{"hidden resource", "resources/read", `{"uri":"x://hidden"}`, "unknown resource", `deny resources/read x://hidden (default deny) {"uri":"x://hidden"}`},
		{"no resource", "resources/read", `{}`, `"error"`, `deny resources/read (default deny)`},
		{"resource of another type", "resources/read", `{"uri":1}`, "the parameters of resources/read do not say what is asked for", `deny resources/read (default deny)`},
		{"subscription", "resources/subscribe", `{"uri":"x://a"}`, `"result":{`, `allow resources/subscribe x://a; result`},
		{"denied subscription", "resources/subscribe", `{"uri":"x://b"}`, "[POLICY DENIED] /resources/x:~1~1b: private", `deny resources/subscribe x://b`},
		{"end of a hidden subscription", "resources/unsubscribe", `{"uri":"x://hidden"}`, "unknown resource", `deny resources/unsubscribe x://hidden`},
		{"stream", "subscriptions/listen", `{"notifications":{"resourceSubscriptions":["x://a","x://b"]}}`, "[POLICY DENIED]", `deny subscriptions/listen x://a /resources/x:~1~1b`},
		{"completion", "completion/complete", `{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"who","value":""}}`, `"word"`,
			`allow completion/complete greet; result`},
		{"completion of a hidden prompt", "completion/complete", `{"ref":{"type":"ref/prompt","name":"hidden"},"argument":{"name":"who","value":""}}`,
			"unknown reference", `deny completion/complete hidden`},
		{"completion of a template", "completion/complete", `{"ref":{"type":"ref/resource","uri":"x://item/{id}"},"argument":{"name":"id","value":""}}`,
			`"word"`, `allow completion/complete x://item/{id}; result`},
		{"failing completion", "completion/complete", `{"ref":{"type":"ref/resource","uri":"x://item/{id}"},"argument":{"name":"id","value":"broken"}}`,
			`"error"`, `allow completion/complete x://item/{id}; error`},
		{"another method", "ping", `{}`, `"result":{}`, ``},
	} {
		n := len(j.records())
		if got := w.send(c.method, c.params); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		got := j.written(n)
		gots, wants := strings.Split(got, "; "), strings.Split(c.audit, "; ")
		ok := len(gots) == len(wants)
		for i := range min(len(gots), len(wants)) {
			ok = ok && strings.HasPrefix(gots[i], wants[i]) && (wants[i] != "" || gots[i] == "")
		}
		if !ok {
			t.Errorf("%s: the audit has %s, want %s", c.name, got, c.audit)
		}
	}
}

// TestHiddenIsUnknown checks that what the policy hides is answered byte for byte like what does not
// exist, in both kinds of the protocol, whatever else the requests say: it is neither previewed nor
// held, and its definition is not reported as one that nobody has accepted.
func TestHiddenIsUnknown(t *testing.T) {
	const text = "version: 1\ntools: {read: {}}\nprompts: {greet: {}}\nresources: {\"x://a\": {}}\n"
	with, without, plain := newJudging(t, text, nil), newJudging(t, text, nil), newBank()
	with.mcp.AddTool(mcp.NewTool("unseen"), with.pay)
	with.adjust = func(name string, n *guard.Named, p *guard.Preview) {
		if p != nil {
			t.Errorf("the hidden tool %s is previewed", name)
		} else if name != "read" {
			n.Quarantined = func() string { return "nobody has accepted it" }
		}
	}
	for _, m := range []*bank{without.bank, plain} {
		m.mcp.DeleteTools("hidden", "pay")
		m.mcp.DeletePrompts("hidden")
		m.mcp.DeleteResources("x://hidden")
	}
	sessions := 0
	answers := func(j *judge, method, params string) (all [2]string) {
		sessions++
		w := dial(t, j, fmt.Sprint(sessions), true)
		return [2]string{w.send(method, params), w.send(method, modern(params, canAsk))}
	}
	for _, c := range []struct {
		method, params string
		isPlain        bool // a server without a policy answers the same
	}{
		{"tools/call", `{"name":"hidden"}`, true},
		{"tools/call", `{"name":"hidden","arguments":{"how":"broken"}}`, true},
		{"tools/call", `{"name":"pay","arguments":{"n":1,"__confirmed":true}}`, true},
		{"tools/call", `{"name":"pay","arguments":{"n":-1}}`, true},
		{"prompts/get", `{"name":"hidden","arguments":{"who":"bo"}}`, true},
		{"resources/read", `{"uri":"x://hidden"}`, false},
		{"resources/subscribe", `{"uri":"x://hidden"}`, false},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"hidden"},"argument":{"name":"who","value":""}}`, false},
		{"completion/complete", `{"ref":{"type":"ref/resource","uri":"x://hidden/{id}"},"argument":{"name":"id","value":""}}`, false},
	} {
		got, want := answers(with.judge, c.method, c.params), answers(without.judge, c.method, c.params)
		if got != want || !strings.Contains(got[0], `"error"`) {
			t.Errorf("%s %s: hidden\n%s\nunknown\n%s", c.method, c.params, got, want)
		}
		if unguarded := answers(newJudge(fronttest.Unguarded(plain.mcp)), c.method, c.params); c.isPlain && got != unguarded {
			t.Errorf("%s %s: hidden\n%s\nwithout a policy\n%s", c.method, c.params, got, unguarded)
		}
	}
	if paid := with.payments(); paid != "" {
		t.Errorf("paid %s", paid)
	}
}

// TestResults changes and withholds answers as the policy says, and errors as well.
func TestResults(t *testing.T) {
	j := newJudging(t, `
version: 1
tools: {read: {results: {remove: [secret], redact: true, deny_matching: [secret-of-an-error]}}, hidden: {results: {max_bytes: 10}}, pay: {results: {max_bytes: 10}, require_approval: false}}
prompts: {greet: {results: {redact: true}}, hidden: {results: {max_bytes: 10}}}
resources: {"x://item/*": {results: {redact: true}}, "x://b": {results: {max_bytes: 10}}}
`, func(c *enforce.Config) { c.Confirm = guard.Policy{NoConfirmDangerous: true} })
	w := dial(t, j.judge, "s", false)
	for _, c := range []struct{ method, params, want, not, outcome string }{
		{"tools/call", `{"name":"read"}`, `"n":1`, `"secret":"x"`, enforce.Answered},
		{"tools/call", `{"name":"read","arguments":{"how":"broken"}}`, "[POLICY DENIED] /tools/read: the", "broken with", enforce.Withheld},
		{"tools/call", `{"name":"hidden"}`, "[POLICY DENIED] /tools/hidden: the result has", `"n":1`, enforce.Withheld},
		{"tools/call", `{"name":"pay","arguments":{"n":1}}`, "[POLICY DENIED] /tools/pay: the result has", `"paid"`, enforce.Withheld},
		{"prompts/get", `{"name":"greet","arguments":{"who":"sk_live_abcdefghijklmnop0123"}}`, "hello [redacted:", "abcdefghij", enforce.Answered},
		{"prompts/get", `{"name":"hidden","arguments":{"who":"bo"}}`, "[POLICY DENIED] /prompts/hidden: the result has", "hello", enforce.Withheld},
		{"resources/read", `{"uri":"x://item/sk_live_abcdefghijklmnop0123"}`, "text of x://item/[redacted:", "text of x://item/sk_live", enforce.Answered},
		{"resources/read", `{"uri":"x://b"}`, "[POLICY DENIED] /resources/x:~1~1b: the result has", "text of", enforce.Withheld},
	} {
		got := w.send(c.method, c.params)
		all := j.records()
		if last := all[len(all)-1]; !strings.Contains(got, c.want) || strings.Contains(got, c.not) || last.Outcome != c.outcome {
			t.Errorf("%s %s: %s: %s", c.method, c.params, last.Outcome, got)
		}
	}
	if paid := j.payments(); paid != "1" {
		t.Errorf("paid %q", paid)
	}
}

// TestArgumentsAsUsed judges the arguments as the call uses them, and shows denials in a form that
// the output schema of the tool allows.
func TestArgumentsAsUsed(t *testing.T) {
	j := newJudging(t, somePolicy, nil)
	j.adjust = func(name string, n *guard.Named, _ *guard.Preview) {
		if name == "read" {
			n.Arguments = func() (any, *guard.Inner) { return map[string]any{"how": "denied"}, nil }
		}
	}
	w := dial(t, j.judge, "s", false)
	wantIn(t, "arguments of another name", w.send("tools/call", `{"name":"read","arguments":{"mode":"denied"}}`),
		"[POLICY DENIED] /tools/read/deny_if/0", `"structuredContent":{"error"`)
	def := mcp.NewTool("strict")
	def.RawOutputSchema = json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}`)
	j.mcp.AddTool(def, readBank)
	noError(t, j.guard.SetPolicy(j.load(`{version: 1, tools: {strict: {action: deny}}}`)))
	if got := w.send("tools/call", `{"name":"strict"}`); !strings.Contains(got, "[POLICY DENIED] /tools/strict") || strings.Contains(got, "structuredContent") {
		t.Error(got)
	}
}

// TestSecretsInRequests checks that conditions on secrets see all that a client sends.
func TestSecretsInRequests(t *testing.T) {
	w := dial(t, newJudging(t, `
version: 1
tools: {read: {deny_if: {secret: any}}, pay: {deny_if: {secret: any}}}
prompts: {greet: {deny_if: {secret: any}}}
resources: {"x://item/*": {deny_if: {secret: any}}}
`, func(c *enforce.Config) { c.Confirm.NoConfirmDangerous = true }).judge, "s", false)
	for what, r := range map[string][2]string{
		"metadata of a call":  {"tools/call", `{"name":"read","_meta":{"progressToken":"0c6e1d7a-1f0b-4a57","x":"HERE"}}`},
		"metadata of a write": {"tools/call", `{"name":"pay","arguments":{"n":1},"_meta":{"x":"HERE"}}`},
		"an answer":           {"tools/call", `{"name":"read","inputResponses":{"a":{"action":"accept","content":{"x":"HERE"}}}}`},
		"a URI":               {"resources/read", `{"uri":"x://item/HERE"}`},
		"a subscription":      {"resources/subscribe", `{"uri":"x://item/HERE"}`},
		"metadata of a read":  {"resources/read", `{"uri":"x://item/1","_meta":{"x":"HERE"}}`},
		"a prompt":            {"prompts/get", `{"name":"greet","arguments":{"who":"me"},"_meta":{"x":"HERE"}}`},
		"a completion":        {"completion/complete", `{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"who","value":"HERE"}}`},
		"a list":              {"tools/list", `{"_meta":{"x":"HERE"}}`},
	} {
		for _, text := range []string{"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp%5F16C7e42F292c6912E7710c838347Ae178B4a", "plain"} {
			got := w.send(r[0], strings.Replace(r[1], "HERE", text, 1))
			if isDenied := strings.Contains(got, "POLICY DENIED"); isDenied == (text == "plain") {
				t.Errorf("%s, %s: %s", what, text, got)
			}
		}
	}
}

// TestInnerCalls judges the call within a call by its own name and arguments, and answers one that
// is hidden like one that does not exist.
func TestInnerCalls(t *testing.T) {
	j := newJudging(t, `
version: 1
tools:
  read: {}
  get: {deny_if: [{path: args.id, op: eq, value: 2, optional: true}]}
  put: {require_approval: true}
  new: {}
`, nil)
	j.adjust = func(_ string, n *guard.Named, _ *guard.Preview) {
		all, _ := n.Arguments()
		args, _ := all.(map[string]any)
		name, _ := args["operation"].(string)
		if name == "" {
			return
		}
		n.Arguments = func() (any, *guard.Inner) {
			return args, &guard.Inner{Name: name, Args: args, Unknown: name == "absent"}
		}
		n.Definition = func() string { return "definition of " + name }
		n.Unknown = func() json.Marshaler { return failedText("no such operation") }
		n.Quarantined = func() string {
			if name == "new" {
				return "nobody has accepted it"
			}
			return ""
		}
	}
	w := dial(t, j.judge, "s", false)
	for args, want := range map[string]string{
		`{}`: `"secret":"x"`, `{"operation":"get","id":1}`: `"secret":"x"`, `{"operation":"get","id":2}`: "[POLICY DENIED] /tools/get/deny_if/0",
		`{"operation":"hidden"}`: "no such operation", `{"operation":"absent"}`: "no such operation", `{"operation":"new"}`: "[POLICY DENIED] (pins): nobody has accepted it",
	} {
		wantIn(t, args, w.send("tools/call", `{"name":"read","arguments":`+args+`}`), want)
	}
	answer := w.begin("tools/call", `{"name":"read","arguments":{"operation":"put"}}`)
	h := j.waiting()
	if h.Definition != "definition of put" || h.Inner != "put" {
		t.Errorf("the definition is %q of %q", h.Definition, h.Inner)
	}
	j.decide(h, true)
	wantIn(t, "approved", <-answer, `"secret":"x"`)
}

// TestQuarantine refuses a tool whose definition nobody has accepted, whatever consent there is.
func TestQuarantine(t *testing.T) {
	j := newJudging(t, "", nil)
	j.adjust = func(name string, n *guard.Named, _ *guard.Preview) {
		if n != nil {
			n.Quarantined = func() string { return "nobody has accepted " + name }
		}
	}
	w := dial(t, j.judge, "s", true)
	for _, more := range []string{"", confirmed} {
		wantIn(t, "pay", w.pay(1, more), "[POLICY DENIED] (pins): nobody has accepted pay", "spectap pins accept")
	}
	wantIn(t, "read", w.send("tools/call", `{"name":"read"}`), "nobody has accepted read")
	if paid := j.payments(); paid != "" || len(w.asked) > 0 {
		t.Errorf("paid %q, asked %d questions", paid, len(w.asked))
	}
}

// TestShadow lets through what only the policy denies, changes no result, and writes what would have
// been denied. Calls that need a confirmation are held still.
func TestShadow(t *testing.T) {
	j := newJudging(t, `{version: 1, tools: {read: {results: {remove: [secret]}}, pay: {action: deny}}}`, func(c *enforce.Config) { c.Shadow = true })
	w := dial(t, j.judge, "s", false)
	wantIn(t, "a list", w.send("tools/list", `{}`), `"hidden"`, `"pay"`)
	wantIn(t, "a result", w.send("tools/call", `{"name":"read"}`), `"secret":"x"`)
	wantIn(t, "a hidden tool", w.send("tools/call", `{"name":"hidden"}`), `"secret":"x"`)
	wantIn(t, "a hidden resource", w.send("resources/read", `{"uri":"x://a"}`), "text of")
	want := "allow tools/call read /tools/read; result; deny tools/call hidden (default deny); result; deny resources/read x://a (default deny); result"
	if got := j.decisions(); got != want {
		t.Errorf("the audit has %s, want %s", got, want)
	}
	wantIn(t, "a denied write", w.pay(1, ""), "IsHeld")
	wantIn(t, "a denied write, confirmed", w.pay(1, confirmed), `"paid":1`)
	if all := j.records(); all[len(all)-1].Outcome != enforce.Answered {
		t.Errorf("the audit has %s", j.written(0))
	}
	for _, r := range j.records() {
		if r.Decision == "deny" && !r.Shadow {
			t.Errorf("the audit has %+v", r)
		}
	}
}

// decisions returns the records of the audit without values.
func (j *judging) decisions() string {
	var lines []string
	for _, r := range j.records() {
		if r.Method != "tools/list" {
			lines = append(lines, strings.Join(strings.Fields(strings.Join([]string{r.Decision, r.Outcome, map[string]string{"decision": r.Method}[r.Event], r.Name, r.Rule}, " ")), " "))
		}
	}
	return strings.Join(lines, "; ")
}

// waiting returns the only call that waits, when there is one.
func (j *judging) waiting() approval.Held {
	j.t.Helper()
	return waitingIn(j.t, j.book)
}

func (j *judging) decide(h approval.Held, approve bool) {
	j.t.Helper()
	decideIn(j.t, j.book, h, approve)
}
