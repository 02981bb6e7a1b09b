package mcpclient

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/visible"
)

func TestShell(t *testing.T) {
	url := httpServer(t)
	for _, x := range []struct {
		name  string
		typed []string
		want  []string
	}{
		{"list", []string{"list"}, []string{"ask", "deleteThing", `getThing  Gets \x1b[31ma thing` + "\n"}},
		{"list by words", []string{"list gets THING"}, []string{"getThing"}},
		{"list without matches", []string{"tools/list unheard"}, []string{"None."}},
		{"schema", []string{"schema getThing"}, []string{" * id  integer  Which\n", `kind  string: "big", "small"`, `call getThing {"id": 1}`}},
		{"describe keeps keywords", []string{"describe getThing"}, []string{`"allOf"`, `"if"`}},
		{"describe the server", []string{"describe"}, []string{`"tests"`}},
		{"call", []string{`call getThing {"id": 9007199254740993}`}, []string{"got:\n  id: 9007199254740993\n", "list: []", "text:\n  │ a\n  │ b\\x1b[2J"}},
		{"pairs", []string{`call getThing id=9007199254740993 kind=big`}, []string{"id: 9007199254740993", "kind: big"}},
		{"several lines", []string{"call getThing {", `"id":`, "", "5}"}, []string{"id: 5"}},
		{"command cancelled", []string{"call getThing {", "^C", "list ask"}, []string{"ask"}},
		{"end of input in a command", []string{"call getThing {"}, []string{"unexpected"}},
		{"unconfirmed", []string{"call deleteThing", "n"}, []string{"delete_resource", "│ Sure?\n│ mcp> \n", "Not sent."}},
		{"confirmed", []string{"call deleteThing", "y"}, []string{"type: api_response", "__confirmed: true"}},
		{"confirmed with arguments", []string{`call deleteThing {"a": {"b": 1} }`, "yes"}, []string{"type: api_response", "b: 1", "__confirmed: true"}},
		{"confirmation cancelled", []string{"call deleteThing", "^C"}, []string{"interrupted"}},
		{"confirmed false", []string{"call deleteThing __confirmed:=false", "list ask"}, []string{"type: confirmation_request", "ask"}},
		{"asked", []string{"call ask", "x", "7", "maybe", "", "l", "2", "yes"}, []string{"Tell me", "must be a whole number", "must be one of the 2 above", "action: accept", "n: 7", "ok: true", "size: m"}},
		{"declined", []string{"call ask", "7", "", "", "no"}, []string{"action: decline"}},
		{"question cancelled", []string{"call ask", "^C"}, []string{"interrupted"}},
		{"error", []string{"call failThing"}, []string{"error\n", `it broke\x07`}},
		{"resources", []string{"resources", "resources/read notes://a"}, []string{"notes://a  note", `hello\x1b[2J`, "notes://b (image/png, 3 bytes"}},
		{"prompts", []string{"prompts", "prompt greet who=you"}, []string{"greet who=… [how=…]  Greets", "user:\nHello you\n"}},
		{"history", []string{"list", "history li"}, []string{"list\nhistory li\n"}},
		{"refresh", []string{"refresh"}, []string{"4 tools"}},
		{"unknown tool", []string{"call nothing", "call GETTHING", "schema", "help"}, []string{"no tool nothing", "did you mean getThing?", "a tool is missing", "call TOOL"}},
		{"invalid arguments", []string{"call getThing id", `call getThing {"id":1,"id":2}`, `call getThing {"id":1} more`}, []string{"name=value; schema getThing", "duplicate", "schema getThing shows"}},
		{"unknown command", []string{"fly\x1b"}, []string{`unknown command fly\x1b`}},
		{"quit", []string{"quit", "fly"}, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			var out strings.Builder
			in := &typedLines{x.typed}
			f := &Form{In: in, Out: &out}
			sh := &Shell{Session: connect(t, url, f), Out: &out, Form: f, KeepGoing: true}
			if err := sh.Run(t.Context(), in); err != nil && !errors.Is(err, ErrFailed) {
				t.Error(err)
			}
			for _, w := range x.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("%q has no %q", &out, w)
				}
			}
			if strings.Contains(out.String(), "\x1b") || x.name == "quit" && out.Len() > 0 {
				t.Errorf("%q", &out)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	s := connect(t, httpServer(t), nil)
	commands := []string{
		`call getThing {"id": 12345678901234567890}`, "call deleteThing", "schema getThing", "describe ask", "list", "resources", "read notes://a",
		"prompts", "prompt greet who=you", "history", "help", "refresh", "call nothing", "call failThing", "read nowhere:",
	}
	for keepGoing, want := range map[bool]int{true: len(commands), false: 13} {
		var out strings.Builder
		sh := &Shell{Session: s, Out: &out, JSON: true, Colour: true, KeepGoing: keepGoing}
		if err := sh.Run(t.Context(), &typedLines{commands}); !errors.Is(err, ErrFailed) {
			t.Errorf("%v", err)
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != want {
			t.Fatalf("%d lines, want %d: %q", len(lines), want, lines)
		}
		for i, l := range lines {
			if !json.Valid([]byte(l)) || visible.Line(l) != l {
				t.Errorf("%s: %q", commands[i], l)
			}
		}
		if !strings.Contains(lines[0], "12345678901234567890") || !strings.Contains(lines[1], "confirmation_request") || !strings.Contains(lines[12], `{"error":`) {
			t.Errorf("%q", lines)
		}
	}
}

func TestRedacted(t *testing.T) {
	sh := &Shell{Session: connect(t, httpServer(t), nil)}
	sh.prompts = []promptDefinition{{Name: "greet"}}
	for line, want := range map[string]string{
		`call getThing {"id": "s3cret"}`: "call getThing", "tools/call getThing id=s3cret": "call getThing", "call s3cret": "call",
		"s3cret": "", "read https://s3cret@x/?k=s3cret": "read", "prompt greet who=s3cret": "prompt greet", "prompt s3cret": "prompt",
		"list s3cret": "list", "schema getThing": "schema getThing", "describe": "describe", "": "",
	} {
		if got := sh.Redacted(line); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestComplete(t *testing.T) {
	sh := &Shell{Session: connect(t, httpServer(t), nil)}
	for _, x := range []struct{ pending, line, want string }{
		{"", "de", "describe "}, {"", "re", "resources |read |refresh "}, {"", "call ", "ask |deleteThing |failThing |getThing "}, {"", "schema ge", "getThing"},
		{"", "list a", ""}, {"", "call getThing ", "id=|kind=|deep="}, {"", "call getThing id=1 k", "kind="}, {"", "call getThing kind=", "big |small "},
		{"", "call getThing kind=s", "small "}, {"", "call getThing id=1 ", "kind=|deep="}, {"", "call getThing {", `"id": |"kind": |"deep": `},
		{"", `call getThing {"id": 1, "k`, `"kind": `}, {"", `call getThing {"id": 1, "kind": "b`, `"big"`}, {"", `call getThing {"id": 1, `, `"kind": |"deep": `},
		{"", `call getThing {"kind":`, `"big"|"small"`}, {"", `call getThing {"id": {"`, ""}, {"", `call getThing {"deep": `, "{"}, {"", `call getThing {}`, ""},
		{"", "call nothing {", ""}, {"", "call ask ", "{"}, {"call getThing {\n", `"k`, `"kind": `}, {"call getThing {\"kind\":\n", "", `"big"|"small"`},
		{"", "prompt ", "greet "}, {"", "prompt greet ", "who=|how="}, {"", "read n", "notes://a"}, {"", "fly ", ""}, {"", "call getThing ]{", ""},
	} {
		sh.pending = x.pending
		c := sh.Complete(x.line)
		if got := strings.Join(c.Words, "|"); got != x.want {
			t.Errorf("%q: %q, want %q", x.line, got, x.want)
		}
		for _, w := range c.Words {
			if c.Start > len(x.line) || !strings.HasPrefix(w, x.line[c.Start:]) {
				t.Errorf("%q: %q does not begin with %q", x.line, w, x.line[c.Start:])
			}
		}
	}
}
