package enforcement

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/limit"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/jsonvalue"
)

// judging is a server under a policy, with an audit.
type judging struct {
	t     *testing.T
	guard *enforce.Guard
	point *Point
	book  *approval.Book
	log   string
	mcp   *server.MCPServer
}

// newJudging returns a server with the tools "read" and "fail", a prompt, resources and completions.
func newJudging(t *testing.T, text string, o ToolOptions) *judging {
	t.Helper()
	j := &judging{t: t, log: filepath.Join(t.TempDir(), "audit")}
	journal, err := audit.Open(j.log, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { journal.Close() })
	if j.book, err = approval.Open(filepath.Join(t.TempDir(), "approvals")); err != nil {
		t.Fatal(err)
	}
	j.guard = enforce.New(j.load(text), enforce.Config{
		Limits: new(limit.Ledger), Audit: journal, Values: true, Approvals: j.book, Wait: 20 * time.Second, Redactor: redact.New([]byte("k"), redact.Config{}),
	})
	j.point = New(j.guard, map[string]any{"name": "ann"})
	hooks := new(server.Hooks)
	j.point.AddHooks(hooks)
	options := append(j.point.Options(), server.WithHooks(hooks), server.WithResourceCapabilities(true, true))
	j.mcp = server.NewMCPServer("test", "1", append(options, j.point.Completions(words{}, words{}, nil)...)...)
	answer := func(_ context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		switch r.GetString("how", "") {
		case "refused":
			return mcp.NewToolResultError("no"), nil
		case "broken":
			return nil, errors.New("broken")
		}
		return mcp.NewToolResultStructured(map[string]any{"secret": "x", "n": 1}, `{"secret":"x","n":1}`), nil
	}
	for _, name := range []string{"read", "hidden"} {
		def := mcp.NewTool(name, mcp.WithReadOnlyHintAnnotation(true), mcp.WithDestructiveHintAnnotation(false))
		j.mcp.AddTools(j.point.Tool(server.ServerTool{Tool: def, Handler: answer}, o))
	}
	for _, name := range []string{"greet", "secret"} {
		j.mcp.AddPrompt(mcp.NewPrompt(name, mcp.WithArgument("who")), func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			if r.Params.Arguments["who"] == "nobody" {
				return nil, errors.New("nobody to greet")
			}
			text := mcp.NewTextContent("hello " + r.Params.Arguments["who"])
			return mcp.NewGetPromptResult("", []mcp.PromptMessage{mcp.NewPromptMessage(mcp.RoleUser, text)}), nil
		})
	}
	read := func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		if strings.HasSuffix(r.Params.URI, "/broken") {
			return nil, errors.New("broken")
		}
		return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, Text: "text of " + r.Params.URI}}, nil
	}
	for _, uri := range []string{"x://a", "x://b", "x://broken", "x://hidden"} {
		j.mcp.AddResource(mcp.NewResource(uri, uri), read)
	}
	j.mcp.AddResourceTemplate(mcp.NewResourceTemplate("x://item/{id}", "item"), read)
	j.mcp.AddResourceTemplate(mcp.NewResourceTemplate("x://hidden/{id}", "hidden"), read)
	return j
}

// words completes everything with one word.
type words struct{}

func (words) CompletePromptArgument(context.Context, string, mcp.CompleteArgument, mcp.CompleteContext) (*mcp.Completion, error) {
	return &mcp.Completion{Values: []string{"word"}}, nil
}

func (words) CompleteResourceArgument(_ context.Context, _ string, a mcp.CompleteArgument, _ mcp.CompleteContext) (*mcp.Completion, error) {
	if a.Value == "broken" {
		return nil, errors.New("broken")
	}
	return &mcp.Completion{Values: []string{"word"}}, nil
}

func (j *judging) load(text string) *policy.Policy {
	j.t.Helper()
	p, err := policy.Load(j.t.Context(), "policy", []byte(text))
	if err != nil {
		j.t.Fatal(err)
	}
	return p
}

// send sends a request in a context and returns the answer as text.
func (j *judging) send(ctx context.Context, method, params string) string {
	j.t.Helper()
	raw, err := json.Marshal(j.mcp.HandleMessage(ctx, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":%q,"params":%s}`, method, params)))
	if err != nil {
		j.t.Fatal(err)
	}
	return string(raw)
}

// records returns the audit.
func (j *judging) records() (all []audit.Record) {
	j.t.Helper()
	err := audit.Read(j.t.Context(), j.log, func(_ string, _ int, text []byte) error {
		r, err := audit.Decode(text)
		all = append(all, r)
		return err
	}, nil)
	if err != nil {
		j.t.Fatal(err)
	}
	return all
}

// written returns the records of the audit from the n-th on, each as one line.
func (j *judging) written(n int) string {
	var lines []string
	for _, r := range j.records()[n:] {
		line := strings.TrimSpace(strings.Join([]string{r.Decision + r.Outcome, r.Method, r.Name, r.Rule, string(r.Values)}, " "))
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "; ")
}

const somePolicy = `
version: 1
tools:
  read: {deny_if: [{path: args.how, op: eq, value: denied, optional: true}]}
prompts:
  greet: {deny_if: [{path: args.who, op: eq, value: eve, optional: true}]}
resources: {"x://a": {}, "x://b": {action: deny, reason: private}, "x://broken": {}, "x://item/*": {}}
`

// TestLists shows what the policy names, and a nil point shows everything.
func TestLists(t *testing.T) {
	j := newJudging(t, somePolicy, ToolOptions{})
	for method, want := range map[string]string{
		"tools/list": "read", "prompts/list": "greet", "resources/list": "x://a x://broken", "resources/templates/list": "item",
	} {
		raw := j.send(t.Context(), method, `{}`)
		var answer struct {
			Result map[string]any `json:"result"`
		}
		if err := json.Unmarshal([]byte(raw), &answer); err != nil {
			t.Fatal(err)
		}
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
		if method == "tools/list" && strings.Contains(raw, `"cacheScope":"public"`) {
			t.Errorf("the list may be kept for others: %s", raw)
		}
	}
	var none *Point
	tool := server.ServerTool{Tool: mcp.NewTool("any")}
	if !none.Lists(policy.Tool, "any") || none.IsShadow() || none.Options() != nil || none.Tool(tool, ToolOptions{}).Handler != nil {
		t.Error("a server without a policy is judged")
	}
	none.AddHooks(nil)
	if j.point.IsShadow() || !New(enforce.New(j.guard.Policy(), enforce.Config{Shadow: true}), nil).IsShadow() {
		t.Error("the shadow mode is not that of the guard")
	}
}

// TestRequests answers requests as the policy says, and writes each to the audit: the decision with
// its rule and redacted values, and the outcome.
func TestRequests(t *testing.T) {
	j := newJudging(t, somePolicy, ToolOptions{})
	for _, c := range []struct{ name, method, params, want, audit string }{
		{"tool", "tools/call", `{"name":"read","arguments":{"how":"fine"}}`, `"secret":"x"`,
			`allow tools/call read /tools/read {"arguments":{"how":"fine"},"name":"read"}; result`},
		{"tool without arguments", "tools/call", `{"name":"read"}`, `"secret":"x"`, `allow tools/call read /tools/read {"name":"read"}; result`},
		{"arguments null", "tools/call", `{"name":"read","arguments":null}`, `"secret":"x"`, `allow tools/call read /tools/read {"name":"read"}; result`},
		{"arguments a list", "tools/call", `{"name":"read","arguments":[1]}`, "[POLICY DENIED]", `deny tools/call (default deny) {"name":"read"}`},
		{"a member twice", "tools/call", `{"name":"read","arguments":{"how":"a","how":"denied"}}`, "[POLICY DENIED]", `deny`},
		{"result of an error", "tools/call", `{"name":"read","arguments":{"how":"refused"}}`, `"isError":true`, `allow; error`},
		{"failure", "tools/call", `{"name":"read","arguments":{"how":"broken"}}`, "broken", `allow; error`},
		{"denied tool", "tools/call", `{"name":"read","arguments":{"how":"denied"}}`, "[POLICY DENIED] /tools/read/deny_if/0", `deny tools/call read /tools/read/deny_if/0`},
		{"hidden tool", "tools/call", `{"name":"hidden","arguments":{"a":1}}`, "tool 'hidden' not found",
			`deny tools/call hidden (default deny) {"arguments":{"a":1},"name":"hidden"}`},
		{"missing tool", "tools/call", `{"name":"none"}`, "tool 'none' not found", `deny tools/call none`},
		{"prompt", "prompts/get", `{"name":"greet","arguments":{"who":"bo"}}`, "hello bo",
			`allow prompts/get greet /prompts/greet {"arguments":{"who":"bo"},"name":"greet"}; result`},
		{"failing prompt", "prompts/get", `{"name":"greet","arguments":{"who":"nobody"}}`, "nobody to greet", `allow; error`},
		{"denied prompt", "prompts/get", `{"name":"greet","arguments":{"who":"eve"}}`, "[POLICY DENIED] /prompts/greet/deny_if/0", `deny prompts/get greet`},
		{"hidden prompt", "prompts/get", `{"name":"secret","arguments":{"who":"bo"}}`, "prompt 'secret' not found",
			`deny prompts/get secret (default deny) {"arguments":{"who":"bo"},"name":"secret"}`},
		{"resource", "resources/read", `{"uri":"x://a"}`, "text of x://a", `allow resources/read x://a /resources/x:~1~1a {"uri":"x://a"}; result`},
		{"resource of a template", "resources/read", `{"uri":"x://item/7"}`, "text of x://item/7", `allow resources/read x://item/7; result`},
		{"failing resource", "resources/read", `{"uri":"x://broken"}`, "broken", `allow; error`},
		{"denied resource", "resources/read", `{"uri":"x://b"}`, "[POLICY DENIED] /resources/x:~1~1b: private", `deny resources/read x://b`},
		{"hidden resource", "resources/read", `{"uri":"x://hidden"}`, "unknown resource", `deny resources/read x://hidden (default deny) {"uri":"x://hidden"}`},
		{"no resource", "resources/read", `{}`, `"error"`, `deny resources/read (default deny)`},
		{"resource of another type", "resources/read", `{"uri":1}`, "the parameters do not say what is asked for", ``},
		{"subscription", "resources/subscribe", `{"uri":"x://a"}`, `"result":{`, `allow resources/subscribe x://a; result`},
		{"denied subscription", "resources/subscribe", `{"uri":"x://b"}`, "[POLICY DENIED] /resources/x:~1~1b: private", `deny resources/subscribe x://b`},
		{"end of a hidden subscription", "resources/unsubscribe", `{"uri":"x://hidden"}`, "unknown resource", `deny resources/unsubscribe x://hidden`},
		{"stream", "subscriptions/listen", `{"notifications":{"resourceSubscriptions":["x://a","x://b"]}}`, "[POLICY DENIED]", `deny subscriptions/listen x://a /resources/x:~1~1b`},
		{"stream of no resources", "subscriptions/listen", `{"notifications":{}}`, `"error"`, ``},
		{"completion", "completion/complete", `{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"who","value":""}}`, `"word"`,
			`allow completion/complete greet; result`},
		{"completion of a hidden prompt", "completion/complete", `{"ref":{"type":"ref/prompt","name":"secret"},"argument":{"name":"who","value":""}}`,
			"unknown reference", `deny completion/complete secret`},
		{"completion of a template", "completion/complete", `{"ref":{"type":"ref/resource","uri":"x://item/{id}"},"argument":{"name":"id","value":""}}`,
			`"word"`, `allow completion/complete x://item/{id}; result`},
		{"failing completion", "completion/complete", `{"ref":{"type":"ref/resource","uri":"x://item/{id}"},"argument":{"name":"id","value":"broken"}}`,
			`"error"`, `allow completion/complete x://item/{id}; error`},
		{"another method", "ping", `{}`, `"result":{}`, ``},
	} {
		n := len(j.records())
		if got := j.send(t.Context(), c.method, c.params); !strings.Contains(got, c.want) {
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

// TestResults changes and withholds answers as the policy says.
func TestResults(t *testing.T) {
	j := newJudging(t, `
version: 1
tools: {read: {results: {remove: [secret]}}, hidden: {results: {max_bytes: 10}}}
prompts: {greet: {results: {redact: true}}, secret: {results: {max_bytes: 10}}}
resources: {"x://item/*": {results: {redact: true}}, "x://b": {results: {max_bytes: 10}}}
`, ToolOptions{})
	for _, c := range []struct{ method, params, want, not, outcome string }{
		{"tools/call", `{"name":"read"}`, `"n":1`, `"secret":"x"`, enforce.Answered},
		{"tools/call", `{"name":"hidden"}`, "[POLICY DENIED] /tools/hidden: the result has", `"n":1`, enforce.Withheld},
		{"prompts/get", `{"name":"greet","arguments":{"who":"sk_live_abcdefghijklmnop0123"}}`, "hello [redacted:", "abcdefghij", enforce.Answered},
		{"prompts/get", `{"name":"secret","arguments":{"who":"bo"}}`, "[POLICY DENIED] /prompts/secret: the result has", "hello", enforce.Withheld},
		{"resources/read", `{"uri":"x://item/sk_live_abcdefghijklmnop0123"}`, "text of x://item/[redacted:", "text of x://item/sk_live", enforce.Answered},
		{"resources/read", `{"uri":"x://b"}`, "[POLICY DENIED] /resources/x:~1~1b: the result has", "text of", enforce.Withheld},
	} {
		got := j.send(t.Context(), c.method, c.params)
		all := j.records()
		if last := all[len(all)-1]; !strings.Contains(got, c.want) || strings.Contains(got, c.not) || last.Outcome != c.outcome {
			t.Errorf("%s %s: %s: %s", c.method, c.params, last.Outcome, got)
		}
	}
}

// TestArgumentsAsUsed judges the arguments as the call uses them, and shows denials in a form that
// the output schema of the tool allows.
func TestArgumentsAsUsed(t *testing.T) {
	j := newJudging(t, somePolicy, ToolOptions{Arguments: func(raw []byte) any {
		return jsonvalue.Decode(bytes.Replace(raw, []byte("mode"), []byte("how"), 1))
	}})
	if got := j.send(t.Context(), "tools/call", `{"name":"read","arguments":{"mode":"denied"}}`); !strings.Contains(got, "[POLICY DENIED] /tools/read/deny_if/0") ||
		!strings.Contains(got, `"structuredContent":{"error"`) {
		t.Error(got)
	}
	def := mcp.NewTool("strict")
	def.RawOutputSchema = json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}`)
	j.mcp.AddTools(j.point.Tool(server.ServerTool{Tool: def}, ToolOptions{}))
	j.guard.SetPolicy(j.load(`{version: 1, tools: {strict: {action: deny}}}`))
	if got := j.send(t.Context(), "tools/call", `{"name":"strict"}`); !strings.Contains(got, "[POLICY DENIED] /tools/strict") || strings.Contains(got, "structuredContent") {
		t.Error(got)
	}
}

// TestSecretsInRequests checks that conditions on secrets see all that a client sends.
func TestSecretsInRequests(t *testing.T) {
	j := newJudging(t, `
version: 1
tools: {read: {deny_if: {secret: any}}}
prompts: {greet: {deny_if: {secret: any}}}
resources: {"x://item/*": {deny_if: {secret: any}}}
`, ToolOptions{})
	for what, r := range map[string][2]string{
		"metadata of a call": {"tools/call", `{"name":"read","_meta":{"progressToken":"0c6e1d7a-1f0b-4a57","x":"HERE"}}`},
		"a URI":              {"resources/read", `{"uri":"x://item/HERE"}`},
		"a subscription":     {"resources/subscribe", `{"uri":"x://item/HERE"}`},
		"metadata of a read": {"resources/read", `{"uri":"x://item/1","_meta":{"x":"HERE"}}`},
		"a prompt":           {"prompts/get", `{"name":"greet","arguments":{"who":"me"},"_meta":{"x":"HERE"}}`},
		"a completion":       {"completion/complete", `{"ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"who","value":"HERE"}}`},
		"a list":             {"tools/list", `{"_meta":{"x":"HERE"}}`},
	} {
		for _, text := range []string{"ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp%5F16C7e42F292c6912E7710c838347Ae178B4a", "plain"} {
			got := j.send(t.Context(), r[0], strings.Replace(r[1], "HERE", text, 1))
			if isDenied := strings.Contains(got, "POLICY DENIED"); isDenied == (text == "plain") {
				t.Errorf("%s, %s: %s", what, text, got)
			}
		}
	}
}
