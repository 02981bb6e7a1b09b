package gateway

import (
	"sort"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcp/jsonrpc"
)

// parsed returns a message.
func parsed(t *testing.T, text string) *jsonrpc.Message {
	t.Helper()
	m, err := jsonrpc.Parse([]byte(text))
	if err != nil {
		t.Fatal(text, err)
	}
	return m
}

const subscription = `"io.modelcontextprotocol/subscriptionId"`

// Clients without a session share a server, which sees ids of the relay. A request gets one of the
// type of its own, also where it asks for progress.
func TestIDsOfTheRelay(t *testing.T) {
	for text, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"method":"m"}`:                                                         `{"jsonrpc":"2.0","id":42,"method":"m"}`,
		`{"jsonrpc":"2.0","id":"a","method":"m","params":{"x":1}}`:                                      `{"jsonrpc":"2.0","id":"42","method":"m","params":{"x":1}}`,
		`{"jsonrpc":"2.0","id":1,"method":"m","params":{"_meta":{"a":1,"progressToken":"mine"},"x":1}}`: `{"jsonrpc":"2.0","id":42,"method":"m","params":{"_meta":{"a":1,"progressToken":42},"x":1}}`,
		`{"jsonrpc":"2.0","id":"a","method":"m","params":{"_meta":{"progressToken":7}}}`:                `{"jsonrpc":"2.0","id":"42","method":"m","params":{"_meta":{"progressToken":"42"}}}`,
	} {
		m := parsed(t, text)
		if got := withID(m, 42); string(got.Text) != want || string(m.Text) != text {
			t.Errorf("%s became %s", text, got.Text)
		}
	}
}

// What a server says to a call has the ids again that its client knows.
func TestRestoredIDs(t *testing.T) {
	listen := `{"jsonrpc":"2.0","id":"mine","method":"subscriptions/listen","params":{}}`
	numbered := `{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{}}`
	asking := `{"jsonrpc":"2.0","id":"mine","method":"tools/call","params":{"_meta":{"progressToken":"p"}}}`
	quiet := `{"jsonrpc":"2.0","id":"mine","method":"tools/call","params":{}}`
	progress := `{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"42","progress":1}}`
	note := `{"jsonrpc":"2.0","method":"notifications/x","params":{"_meta":{` + subscription + `:"42"},"y":1}}`
	for _, tt := range []struct {
		name, request, message, want string
		answers                      bool
	}{
		{"answer", asking, `{"jsonrpc":"2.0","id":"42","result":{"_meta":{` + subscription + `:"42"}}}`, `{"jsonrpc":"2.0","id":"mine","result":{"_meta":{` + subscription + `:"42"}}}`, true},
		{"failure", asking, `{"jsonrpc":"2.0","id":"42","error":{"code":1}}`, `{"jsonrpc":"2.0","id":"mine","error":{"code":1}}`, true},
		{"end of a stream", listen, `{"jsonrpc":"2.0","id":"42","result":{"_meta":{` + subscription + `:"42"}}}`, `{"jsonrpc":"2.0","id":"mine","result":{"_meta":{` + subscription + `:"mine"}}}`, true},
		{"progress", asking, progress, strings.Replace(progress, `"42"`, `"p"`, 1), false},
		{"progress unasked", quiet, progress, progress, false},
		{"progress without parameters", asking, `{"jsonrpc":"2.0","method":"notifications/progress"}`, "", false},
		{"stream", listen, note, strings.Replace(note, `"42"`, `"mine"`, 1), false},
		{"stream with a number", numbered, strings.Replace(note, `"42"`, `42`, 1), strings.Replace(note, `"42"`, `7`, 1), false},
		{"number as text", numbered, note, strings.Replace(note, `"42"`, `"7"`, 1), false},
		{"no stream", listen, `{"jsonrpc":"2.0","method":"notifications/x","params":{"y":1}}`, `{"jsonrpc":"2.0","method":"notifications/x","params":{"y":1}}`, false},
	} {
		c := &call{request: parsed(t, tt.request)}
		restore := restoreNote
		if tt.answers {
			restore = restoreAnswer
		}
		if got := restore(parsed(t, tt.message), c); string(got.Text) != tt.want && tt.want != "" {
			t.Errorf("%s: %s\nwant %s", tt.name, got.Text, tt.want)
		}
	}
}

// A notification of a process goes to the streams that asked for what it says, with their ids.
func TestListeners(t *testing.T) {
	r := &Relay{pending: map[string]*call{"own": {id: "own"}}}
	for id, asked := range map[string]string{
		`"tools"`: `{"toolsListChanged":true}`, `"prompts"`: `{"promptsListChanged":true}`, `"resources"`: `{"resourcesListChanged":true}`,
		`"a"`: `{"resourceSubscriptions":["file:///a"]}`, `"all"`: `{"toolsListChanged":true,"promptsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["file:///a"]}`,
		`"none"`: `{"toolsListChanged":false}`, `"odd"`: `7`, `"task"`: `{"taskIds":["1","2"]}`,
	} {
		r.pending[id] = &call{request: parsed(t, `{"jsonrpc":"2.0","id":`+id+`,"method":"subscriptions/listen","params":{"notifications":`+asked+`}}`)}
	}
	r.pending[`"call"`] = &call{request: parsed(t, `{"jsonrpc":"2.0","id":"call","method":"tools/call","params":{"notifications":{"toolsListChanged":true}}}`)}
	for text, want := range map[string]string{
		`"notifications/tools/list_changed"`:                             `"all" "tools"`,
		`"notifications/prompts/list_changed"`:                           `"all" "prompts"`,
		`"notifications/resources/list_changed"`:                         `"all" "resources"`,
		`"notifications/resources/updated","params":{"uri":"file:///a"}`: `"a" "all"`,
		`"notifications/resources/updated","params":{"uri":"file:///b"}`: ``,
		`"notifications/tasks","params":{"taskId":"2"}`:                  `"task"`,
		`"notifications/tasks","params":{"taskId":"3"}`:                  ``,
		`"notifications/x","params":{"_meta":{"a":1}}`:                   ``,
	} {
		m := parsed(t, `{"jsonrpc":"2.0","method":`+text+`}`)
		var got []string
		for _, c := range r.listeners(m) {
			got = append(got, c.request.ID)
			if out := withListener(m, c); !strings.Contains(string(out.Text), `"_meta":{`+subscription+`:`+c.request.ID+`}`) {
				t.Errorf("%s goes out as %s", text, out.Text)
			}
		}
		if sort.Strings(got); strings.Join(got, " ") != want {
			t.Errorf("%s goes to %s, want %s", text, got, want)
		}
	}
	m := parsed(t, `{"jsonrpc":"2.0","method":"x","params":{"_meta":{"a":1},"b":2}}`)
	if got := withListener(m, r.pending[`"tools"`]); string(got.Text) != `{"jsonrpc":"2.0","method":"x","params":{"_meta":{"a":1,`+subscription+`:"tools"},"b":2}}` {
		t.Errorf("%s", got.Text)
	}
}
