package gateway

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/mcp/jsonrpc"
)

// While pins cannot be read, no pinned definition is listed or used, and the refusal says so.
func TestPinsCannotBeRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pins.json")
	s := &shifty{instructions: "Be careful.", lists: map[string]string{
		"tools/list": `{"name":"add"}`, "prompts/list": `{"name":"p"}`, "resources/templates/list": `{"uriTemplate":"note:{n}","name":"t"}`,
	}}
	b := newPinned(t, s, path)
	ask(b, "initialize", greeting)
	for _, list := range []string{"tools/list", "prompts/list", "resources/templates/list"} {
		ask(b, list, "{}")
	}
	expect(t, ask(b, "tools/call", `{"name":"add"}`), true, `"content"`)
	whole := must.Get(os.ReadFile(path))
	must.Do(t, os.WriteFile(path, []byte("{"), 0o600))
	const unread = "what the server says of itself cannot be compared with its pin: read the pins: "
	for method, params := range map[string]string{
		"tools/call": `{"name":"add"}`, "prompts/get": `{"name":"p"}`, "resources/read": `{"uri":"note:1"}`,
		"completion/complete": `{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":""}}`,
	} {
		expect(t, ask(b, method, params), true, unread)
	}
	for _, list := range []string{"tools/list", "prompts/list", "resources/templates/list"} {
		answer := ask(b, list, "{}")
		expect(t, answer, true, "the list of the MCP server cannot be filtered: read the pins: ")
		expect(t, answer, false, `"add"`)
	}
	expect(t, ask(b, "initialize", greeting), true, "read the pins: ")
	must.Do(t, os.WriteFile(path, whole, 0o600))
	expect(t, ask(b, "tools/call", `{"name":"add"}`), true, `"content"`)
	s.reached(t, "tools/call tools/call")
}

// A server whose list cannot be read has no definition to compare: its tools and prompts are not
// used. Its resources are, unless it had templates before.
func TestListsCannotBeRead(t *testing.T) {
	refused := func(m *jsonrpc.Message) []byte {
		switch m.Method {
		case "tools/list", "prompts/list", "resources/templates/list":
			return jsonrpc.Failure(m.ID, -32601, "no such method", nil).Text
		}
		return nil
	}
	s := &shifty{lists: map[string]string{}, answer: refused}
	b := newPinned(t, s, filepath.Join(t.TempDir(), "pins.json"))
	ask(b, "initialize", greeting)
	expect(t, ask(b, "tools/call", `{"name":"add"}`), true, "the tools/list of the server cannot be read, so that the definition cannot be compared with its pin")
	expect(t, ask(b, "prompts/get", `{"name":"p"}`), true, "the prompts/list of the server cannot be read")
	expect(t, ask(b, "resources/read", `{"uri":"note:1"}`), true, `"content"`)
	s.mu.Lock()
	s.answer = nil
	s.mu.Unlock()
	ask(b, "resources/templates/list", "{}")
	expect(t, ask(b, "resources/read", `{"uri":"note:1"}`), true, `"content"`)
	s.mu.Lock()
	s.answer = refused
	s.mu.Unlock()
	expect(t, ask(b, "resources/read", `{"uri":"note:1"}`), true, "the resources/templates/list of the server cannot be read")
	s.reached(t, "resources/read resources/read")
}

// A URI may be read if an accepted template may expand to it, but not if only a quarantined one
// may, even if the server no longer lists that.
func TestQuarantinedTemplates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pins.json")
	const list, note, file = "resources/templates/list", `{"uriTemplate":"note:{n}","name":"t"}`, `{"uriTemplate":"file:{n}","name":"f"}`
	s := &shifty{lists: map[string]string{list: note}}
	b := newPinned(t, s, path)
	ask(b, "initialize", greeting)
	ask(b, list, "{}")
	s.set(list, note+","+file)
	for uri, want := range map[string]string{"note:1": `"content"`, "file:1": "its definition is new and waits for a person", "other:1": `"content"`} {
		expect(t, ask(b, "resources/read", `{"uri":"`+uri+`"}`), true, want)
	}
	s.set(list, note)
	expect(t, ask(b, "resources/read", `{"uri":"file:1"}`), true, "its definition is new and waits for a person")
	expect(t, ask(b, "resources/unsubscribe", `{"uri":"file:1"}`), true, `"content"`)
	accept(t, path, "file:{n}")
	expect(t, ask(b, "resources/read", `{"uri":"file:1"}`), true, `"content"`)
	s.set(list, note+","+`{"uriTemplate":"file:{n}","name":"changed"}`+","+`{"uriTemplate":"{+any}","name":"any"}`)
	expect(t, ask(b, "resources/read", `{"uri":"file:1"}`), true, "for a person")
	expect(t, ask(b, "resources/read", `{"uri":"note:1"}`), true, `"content"`) // an accepted one may expand to it, too
}
