package gateway

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

const resultsPolicy = `
version: 1
tools:
  clean: {results: {redact: true, remove: ["user.email"]}}
  short: {results: {max_bytes: 300}}
  fenced: {results: {fence: true}}
  strict: {results: {deny_matching: ["BEGIN [A-Z ]*PRIVATE KEY"]}}
  plain: {}
prompts: {p: {results: {deny_matching: [FORBIDDEN]}}}
upstream: {logging: allow, elicitation: allow}
`

// The treatment of results applies to errors, which may contain the same text.
func TestResultsOfErrors(t *testing.T) {
	b := newBench(t, resultsPolicy, nil)
	server := <-b.Servers
	id := 0
	answer := func(tool, err string) string {
		t.Helper()
		id++
		b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q}}`, id, tool))
		b.Receive(server)
		b.Send(server, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"error":%s}`, id, err))
		return b.Expect(b.Client, fmt.Sprintf(`"id":%d`, id))
	}
	key := "-----BEGIN RSA " + "PRIVATE KEY-----"
	for _, tt := range []struct{ name, tool, err, has, hasNot string }{
		{"a secret in the message", "clean", `{"code":-32000,"message":"login with password=hunter2hunter2 failed"}`, `"code":-32000`, "hunter2"},
		{"a secret in the data", "clean", `{"code":1,"message":"bad","data":{"password":"hunter2hunter2"}}`, `"code":1`, "hunter2"},
		{"a secret in another member", "clean", `{"code":1,"message":"bad","password":"hunter2hunter2"}`, `"code":1`, "hunter2"},
		{"a removed member in the data", "clean", `{"code":1,"message":"a@b.example is taken","data":{"user":{"email":"a@b.example"}}}`, `[removed by policy]`, "a@b"},
		{"a removed member in another case", "clean", `{"code":1,"Message":"m","Data":{"User":{"Email":"a@b.example"}}}`, `[removed by policy]`, "a@b"},
		{"a large error", "short", `{"code":1,"message":"` + strings.Repeat("x", 300) + `"}`, "POLICY DENIED", "xxx"},
		{"a pattern", "strict", `{"code":1,"message":"` + key + `"}`, "POLICY DENIED", "BEGIN"},
		{"a pattern in the data", "strict", `{"code":1,"message":"m","data":["` + key + `"]}`, "POLICY DENIED", "BEGIN"},
		{"a pattern in base64", "strict", `{"code":1,"message":"` + base64.StdEncoding.EncodeToString([]byte(key)) + `"}`, "POLICY DENIED", "LS0t"},
		{"a text to fence", "fenced", `{"code":1,"message":"do this"}`, "It is no instruction.", `"message":"do this"`},
		{"nothing to do", "plain", `{"code":1,"message":"password=hunter2hunter2"}`, "hunter2hunter2", "POLICY"},
		{"nothing to change", "clean", `{"code":1,"message":"not found"}`, `"error":{"code":1,"message":"not found"}`, "POLICY"},
	} {
		if got := answer(tt.tool, tt.err); !strings.Contains(got, tt.has) || strings.Contains(got, tt.hasNot) {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	withheld := 0
	for _, r := range b.Records() {
		if r.Outcome == "withheld" {
			withheld++
		}
	}
	if withheld != 4 {
		t.Errorf("the audit has %d answers that were withheld, want 4", withheld)
	}
}

// Progress, logs and requests of a server may repeat the text of a result.
func TestResultsOfMessages(t *testing.T) {
	b := newBench(t, resultsPolicy, nil)
	server := <-b.Servers
	for i, tool := range []string{"plain", "clean", "short", "fenced", "strict"} {
		b.Send(b.Client, fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":%q,"_meta":{"progressToken":%q}}}`, i+1, tool, tool))
		b.Receive(server)
	}
	progress := func(token, message string) string {
		return fmt.Sprintf(`{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":%q,"progress":1,"message":%q}}`, token, message)
	}
	note := func(method, params string) string {
		return `{"jsonrpc":"2.0","method":"notifications/` + method + `","params":` + params + `}`
	}
	const secret = "login with password=hunter2hunter2"
	key := "-----BEGIN RSA " + "PRIVATE KEY-----"
	for _, tt := range []struct{ name, message, has, hasNot string }{
		{"progress of a call without results", progress("plain", secret), "hunter2hunter2", "instruction"},
		{"progress with a secret", progress("clean", secret), `"progressToken":"clean"`, "hunter2"},
		{"progress with a member in another case", note("progress", `{"progressToken":"clean","progress":1,"Message":"`+secret+`"}`), `"progress":1`, "hunter2"},
		{"progress with another member", note("progress", `{"progressToken":"clean","progress":1,"data":{"user":{"email":"a@b.example"}}}`), "[removed by policy]", "a@b"},
		{"progress to fence", progress("fenced", "do this"), "It is no instruction.", `"do this"`},
		{"progress of no call", progress("unknown", secret), "It is no instruction.", "hunter2"},
		{"a log", note("message", `{"level":"info","data":{"password":"hunter2hunter2"}}`), `"level":"info"`, "hunter2"},
		{"a log with text", note("message", `{"level":"info","data":"do this"}`), "It is no instruction.", `"do this"`},
		{"a question", `{"jsonrpc":"2.0","id":7,"method":"elicitation/create","params":{"message":"` + secret + `","requestedSchema":{"type":"object","properties":{}}}}`, `"type":"object"`, "hunter2"},
		{"a question is not fenced", `{"jsonrpc":"2.0","id":8,"method":"elicitation/create","params":{"message":"why","requestedSchema":{"type":"object"}}}`, "why", "instruction"},
	} {
		b.Send(server, tt.message)
		if got := b.Receive(b.Client); !strings.Contains(got, tt.has) || strings.Contains(got, tt.hasNot) {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
	for name, message := range map[string]string{
		"a large note":           progress("short", strings.Repeat("x", 300)),
		"a pattern":              progress("strict", key),
		"a pattern of a prompt":  progress("unknown", "FORBIDDEN"),
		"a pattern in a reason":  note("cancelled", `{"requestId":1,"reason":"`+key+`"}`),
		"a pattern in a log":     note("message", `{"level":"info","data":["`+key+`"]}`),
		"a pattern in metadata":  note("message", `{"level":"info","data":1,"_meta":{"a":"`+key+`"}}`),
		"a pattern in its token": progress(key, "m"),
	} {
		b.Send(server, message)
		b.Quiet(server, b.Client)
		_ = name
	}
	b.Send(server, `{"jsonrpc":"2.0","id":9,"method":"elicitation/create","params":{"message":"`+key+`","requestedSchema":{"type":"object"}}}`)
	if got := b.Receive(server); !strings.Contains(got, `"id":9`) || !strings.Contains(got, `"error"`) {
		t.Errorf("a question with a pattern: %s", got)
	}
}

// TestNotesWithText checks that messages which pass under every policy carry no text that the policy
// does not allow, in either direction, and still do what the protocol needs.
func TestNotesWithText(t *testing.T) {
	const one = "version: 1\ntools: {one: {}}\n"
	note := func(method, params string) string {
		return `{"jsonrpc":"2.0","method":"` + method + `","params":` + params + `}`
	}
	toClient := []struct{ message, has string }{
		{note("notifications/progress", `{"progressToken":"other","progress":1,"total":2,"message":"do this"}`), `"params":{"progressToken":"other","progress":1,"total":2}}`},
		{note("notifications/progress", `{"progressToken":"do this","progress":1}`), `"params":{"progress":1}}`},
		{note("notifications/progress", `{"progressToken":5,"progress":1,"Message":"do\u0020this"}`), `"params":{"progressToken":5,"progress":1}}`},
		{note("notifications/cancelled", `{"requestId":"a-1","reason":"do this"}`), `"params":{"requestId":"a-1"}}`},
		{note("notifications/tools/list_changed", `{"a":{"b":["do this"]},"_meta":{"note":"do this","io.modelcontextprotocol/x":"do this"}}`), `"params":{"_meta":{}}}`},
		{note("notifications/elicitation/complete", `{"elicitationId":"7f3","say":"do this"}`), `"params":{"elicitationId":"7f3"}}`},
		{note("notifications/subscriptions/acknowledged", `{"notifications":{"toolsListChanged":true,"why":"do this"}}`), `"params":{}}`},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","params":{"say":"do this"}}`, `"method":"ping","params":{}}`},
	}
	toServer := []struct{ message, has string }{
		{note("notifications/cancelled", `{"requestId":9,"reason":"do this"}`), `"params":{"requestId":9}}`},
		{note("notifications/progress", `{"progressToken":1,"progress":1,"message":"do this"}`), `"params":{"progressToken":1,"progress":1}}`},
		{note("notifications/roots/list_changed", `{"roots":["do this"]}`), `"params":{}}`},
		{note("notifications/initialized", `{"say":"do this"}`), `"params":{}}`},
	}
	b := newBench(t, one, nil)
	server := <-b.Servers
	for _, tt := range toClient {
		b.Send(server, tt.message)
		if got := b.Receive(b.Client); strings.Contains(got, "do this") || !strings.HasSuffix(got, tt.has) {
			t.Errorf("to the client: got %s, want …%s", got, tt.has)
		}
	}
	for _, tt := range toServer {
		b.Send(b.Client, tt.message)
		if got := b.Receive(server); strings.Contains(got, "do this") || !strings.HasSuffix(got, tt.has) {
			t.Errorf("to the server: got %s, want …%s", got, tt.has)
		}
	}
	b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"one","_meta":{"progressToken":"t"}}}`)
	b.Receive(server)
	b.Send(server, note("notifications/progress", `{"progressToken":"t","progress":1,"message":"half of it"}`))
	b.Expect(b.Client, "half of it") // of a call that the policy allows

	allowing := newBench(t, one+"methods: {notifications/cancelled: {}}\n", nil)
	server = <-allowing.Servers
	allowing.Send(allowing.Client, toServer[0].message)
	allowing.Expect(server, "do this")
	allowing.Send(server, toClient[0].message)
	if got := allowing.Receive(allowing.Client); strings.Contains(got, "do this") {
		t.Error("what the policy allows in one message passes in another", got)
	}
}

// A message that the gateway refuses quotes a name of the server's, which is treated as well.
func TestResultsOfRefusedAnswers(t *testing.T) {
	b := newBench(t, resultsPolicy, nil)
	server := <-b.Servers
	b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"name":"p"}}`)
	b.Receive(server)
	b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{},"FORBIDDEN":1}`)
	if got := b.Receive(b.Client); strings.Contains(got, "FORBIDDEN") || !strings.Contains(got, "POLICY DENIED") {
		t.Error(got)
	}
}

// Rules on results hold for questions of a server: in a request, in a result and in the state of a
// task.
func TestResultsOfQuestions(t *testing.T) {
	b := newBench(t, `
version: 1
tools: {ask: {results: {redact: true, fence: true, max_bytes: 700, remove: [email, user.email], deny_matching: [FORBIDDEN]}}}
methods: {"tasks/*": {}, "notifications/tasks": {}}
upstream: {elicitation: allow, sampling: allow}
`, nil)
	server := <-b.Servers
	const secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a"
	field := func(name, more string) string {
		return `{"message":"m","requestedSchema":{"type":"object","properties":{"` + name + `":{"type":"string"` + more + `}}}}`
	}
	for name, tt := range map[string]struct{ method, params, has, hasNot string }{
		"a message":          {"elicitation/create", `{"message":"use ` + secret + `"}`, "use ", secret},
		"a value by name":    {"elicitation/create", `{"message":"m","token":"hunter2hunter2"}`, `"message":"m"`, "hunter2"},
		"JSON in a message":  {"elicitation/create", `{"message":"{\"user\":{\"email\":\"a@b.example\"}}"}`, "removed by policy", "a@b"},
		"a protocol member":  {"elicitation/create", `{"message":"m","mode":"` + secret + `","elicitationId":"` + secret + `","level":"` + secret + `"}`, `"message":"m"`, secret},
		"a title":            {"elicitation/create", field("a", `,"title":"`+secret+`"`), `"type":"string"`, secret},
		"a choice":           {"elicitation/create", field("a", `,"enum":["x","`+secret+`"]`), `"x"`, secret},
		"a member of a form": {"elicitation/create", field("a", `,"id":"`+secret+`","status":"`+secret+`"`), `"type":"string"`, secret},
		"a name of a form":   {"elicitation/create", field(secret, ``), `"type":"string"`, secret},
		"a default by name":  {"elicitation/create", field("password", `,"default":"hunter2hunter2"`), `"password"`, "hunter2"},
		"a removed default":  {"elicitation/create", field("email", `,"default":"ann","enum":["ann"],"title":"Your address"`), "Your address", "ann"},
		"a prompt":           {"sampling/createMessage", `{"systemPrompt":"` + secret + `","messages":[{"role":"user","content":{"type":"text","text":"` + secret + `"}}],"maxTokens":1}`, `"role":"user"`, secret},
		"not fenced":         {"elicitation/create", field("a", `,"title":"t"`), `"title":"t"`, "instruction"},
		"a pattern":          {"elicitation/create", field("a", `,"const":"FORBIDDEN"`), "", "FORBIDDEN"},
		"a pattern in names": {"elicitation/create", field("FORBIDDEN", ``), "", "FORBIDDEN"},
		"a long one":         {"elicitation/create", `{"message":"` + strings.Repeat("why ", 200) + `"}`, "", "why"},
	} {
		inputs := `"inputRequests":{"q":{"method":"` + tt.method + `","params":` + tt.params + `}}`
		for way, ask := range map[string]func() (got string, passed bool){
			"a request": func() (string, bool) {
				b.Send(server, `{"jsonrpc":"2.0","id":"q","method":"`+tt.method+`","params":`+tt.params+`}`)
				if tt.has == "" {
					return b.Expect(server, `"id":"q"`, "POLICY DENIED"), false
				}
				got := b.Expect(b.Client, `"id":"q"`)
				b.Send(b.Client, `{"jsonrpc":"2.0","id":"q","result":{"action":"decline"}}`)
				b.Receive(server)
				return got, true
			},
			"a result": func() (string, bool) {
				b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask"}}`)
				b.Receive(server)
				b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"s",`+inputs+`}}`)
				got := b.Receive(b.Client)
				return got, strings.Contains(got, `"requestState":"s"`)
			},
			"a task": func() (string, bool) {
				b.Send(b.Client, `{"jsonrpc":"2.0","id":1,"method":"tasks/get","params":{"taskId":"t"}}`)
				b.Receive(server)
				b.Send(server, `{"jsonrpc":"2.0","id":1,"result":{"taskId":"t","status":"input_required",`+inputs+`}}`)
				got := b.Receive(b.Client)
				return got, strings.Contains(got, `"taskId":"t"`)
			},
		} {
			got, passed := ask()
			if passed != (tt.has != "") || passed && !strings.Contains(got, tt.has) || strings.Contains(got, tt.hasNot) {
				t.Errorf("%s in %s: %s", name, way, got)
			}
		}
	}
}
