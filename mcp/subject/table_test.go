package subject

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/spectap/spectap/guard/enforce"
	"github.com/spectap/spectap/guard/policy"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// said writes a subject in a line.
func said(s enforce.Subject) string {
	switch s.How {
	case enforce.Refused:
		return "refused"
	case enforce.Passes:
		return "passes"
	case enforce.ByUpstream:
		return "upstream " + strings.Join(s.Names, " ")
	}
	text := fmt.Sprint(s.Kind, " ", strings.Join(s.Names, " "))
	if s.How == enforce.ByLists {
		text = "lists " + text
	}
	if s.Args != nil {
		text += fmt.Sprint(" ", s.Args)
	}
	if s.IsTask {
		text += " as a task"
	}
	return text
}

// message returns a request with the parameters, a notification if the method is that of one.
func message(t *testing.T, method, params string) *jsonrpc.Message {
	t.Helper()
	id := `"id":1,`
	if name, ok := strings.CutPrefix(method, "no id "); ok || strings.HasPrefix(method, "notifications/") {
		id, method = "", name
	}
	if name, ok := strings.CutPrefix(method, "with id "); ok {
		id, method = `"id":1,`, name
	}
	if params != "" {
		params = `,"params":` + params
	}
	return must.Get(jsonrpc.Parse([]byte(`{"jsonrpc":"2.0",` + id + `"method":"` + method + `"` + params + `}`)))
}

// TestFromClient checks the subject of each message of a client. A message that two servers might
// read differently is refused.
func TestFromClient(t *testing.T) {
	of := func(kind policy.Kind, rest string) string { return fmt.Sprint(kind, " ", rest) }
	for _, tt := range []struct{ method, params, want string }{
		{"ping", "", "passes"},
		{"tools/list", `{"cursor":"a"}`, "passes"},
		{"no id ping", "", "refused"},
		{"no id tools/list", "", "refused"},
		{"notifications/initialized", "", "passes"},
		{"with id notifications/initialized", "", "refused"},
		{"with id notifications/cancelled", "", "refused"},
		{"tools/call", `{"name":"a","arguments":{"n":1}}`, of(policy.Tool, "a map[n:1]")},
		{"tools/call", `{"name":"a"}`, of(policy.Tool, "a")},
		{"tools/call", `{"name":"a","task":{}}`, of(policy.Tool, "a as a task")},
		{"tools/call", `{"name":"a","arguments":[1]}`, "refused"},
		{"tools/call", `{"name":"a","arguments":null}`, "refused"},
		{"tools/call", `{"name":""}`, "refused"},
		{"tools/call", `{"name":5}`, "refused"},
		{"tools/call", "", "refused"},
		{"prompts/get", `{"name":"p"}`, of(policy.Prompt, "p")},
		{"prompts/get", `{}`, "refused"},
		{"resources/read", `{"uri":"file:///a"}`, of(policy.Resource, "file:///a")},
		{"resources/read", `{}`, "refused"},
		{"resources/read", `{"uri":5}`, "refused"},
		{"skills/get", `{"uri":"skill://a/SKILL.md"}`, of(policy.Resource, "skill://a/SKILL.md")},
		{"skills/get", `{}`, "refused"},
		{"resources/subscribe", `{"uri":"file:///a"}`, of(policy.Resource, "file:///a")},
		{"resources/subscribe", `{"uri":5}`, "refused"},
		{"resources/subscribe", `{"a":5}`, of(policy.Method, "resources/subscribe map[a:5]")},
		{"resources/unsubscribe", "", of(policy.Method, "resources/unsubscribe")},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"p"}}`, "lists " + of(policy.Prompt, "p")},
		{"completion/complete", `{"ref":{"type":"ref/prompt","name":"p","uri":"u"}}`, "refused"},
		{"completion/complete", `{"ref":{"type":"ref/resource","uri":"u"}}`, "lists " + of(policy.Resource, "u")},
		{"completion/complete", `{"ref":{"type":"ref/resource","uri":"u","name":"p"}}`, "refused"},
		{"completion/complete", `{"ref":{"type":"ref/resource","name":"p"}}`, "refused"},
		{"completion/complete", `{"ref":{"type":"ref/other","name":"p"}}`, "refused"},
		{"completion/complete", `{"ref":"p"}`, "refused"},
		{"completion/complete", `{}`, "refused"},
		{"subscriptions/listen", `{}`, "passes"},
		{"subscriptions/listen", "", "passes"},
		{"subscriptions/listen", `{"notifications":{"toolsListChanged":true}}`, "passes"},
		{"subscriptions/listen", `{"notifications":{"resourceSubscriptions":[]}}`, "passes"},
		{"subscriptions/listen", `{"notifications":{"resourceSubscriptions":["a","b"]}}`, of(policy.Resource, "a b")},
		{"subscriptions/listen", `{"notifications":{"resourceSubscriptions":["a",""]}}`, "refused"},
		{"subscriptions/listen", `{"notifications":{"resourceSubscriptions":["a",5]}}`, "refused"},
		{"subscriptions/listen", `{"notifications":{"resourceSubscriptions":"a"}}`, "refused"},
		{"subscriptions/listen", `{"notifications":["a"]}`, "refused"},
		{"tasks/get", `{"taskId":"t"}`, of(policy.Method, "tasks/get map[taskId:t]")},
		{"notifications/other", "", of(policy.Method, "notifications/other")},
	} {
		if got := said(FromClient(message(t, tt.method, tt.params))); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.method, tt.params, got, tt.want)
		}
	}
	for _, params := range []string{"[]", "5"} { // which Parse does not let through
		m := &jsonrpc.Message{ID: "1", Method: "tools/call", Params: jsontext.Value(params)}
		if got := said(FromClient(m)); got != "refused" {
			t.Errorf("parameters %s: %s", params, got)
		}
	}
}

// TestManyInputs checks the bound on the input requests of one result, since each is recorded.
func TestManyInputs(t *testing.T) {
	for n, tooMany := range map[int]bool{maxInputs: false, maxInputs + 1: true} {
		questions := make([]string, n)
		for i := range questions {
			questions[i] = fmt.Sprintf(`"q%d":{"method":"roots/list"}`, i)
		}
		all, err := Requested(jsontext.Value(`{"status":"input_required","inputRequests":{` + strings.Join(questions, ",") + `}}`))
		if (err != nil) != tooMany || !tooMany && len(all) != n {
			t.Errorf("%d questions: %d, %v", n, len(all), err)
		}
	}
}
