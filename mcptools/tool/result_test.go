package tool

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// ownLines is a result with a text of its own.
type ownLines struct {
	Untrusted
	Text string `json:"text"`
}

func (r ownLines) Lines() string { return r.Text + "\n" }

// TestTextsAreVisible writes out what does not show, in texts of all kinds.
func TestTextsAreVisible(t *testing.T) {
	text := func(r *mcp.CallToolResult) string { return r.Content[0].(mcp.TextContent).Text }
	r, err := Success("show", ownLines{Notice(), "own \x1b text"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Split(text(r), "\n"); len(got) != 4 || got[0] != notice || !strings.HasPrefix(got[1], "<<<captured-") || got[2] != "own ⟨U+001B⟩ text" ||
		got[3] != strings.TrimPrefix(got[1], "<<<")+">>>" {
		t.Errorf("%q", got)
	}
	if r, err = Success("show", ownLines{Notice(), ""}); err != nil || !strings.Contains(text(r), "\ntext: \"\"\n") {
		t.Errorf("without lines of its own: %q, %v", text(r), err)
	}
	r = Failure(&Error{Code: CodeFailed, Message: "m\x1b", Argument: "a\x1b", Hint: "h\x1b"})
	raw, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"error":{"code":"failed","message":"m⟨U+001B⟩","argument":"a⟨U+001B⟩","hint":"h⟨U+001B⟩"}}`; string(raw) != want || text(r) != "failed: m⟨U+001B⟩\nh⟨U+001B⟩" || !r.IsError {
		t.Errorf("%s, %q, error %t", raw, text(r), r.IsError)
	}
	if got := text(Failure(BadArgument("x", "is %d", 7))); got != "bad_argument: argument x: is 7" {
		t.Errorf("%q", got)
	}
	if c := Resource("u\x1b", "text/plain", "t\x1b")[0].(mcp.TextResourceContents); c.URI != "u⟨U+001B⟩" || c.MIMEType != "text/plain" || c.Text != "t⟨U+001B⟩" {
		t.Errorf("%+v", c)
	}
	p := Prompt("d", "t\x1b")
	if m := p.Messages[0]; p.Description != "d" || m.Role != mcp.RoleUser || m.Content.(mcp.TextContent).Text != "t⟨U+001B⟩" {
		t.Errorf("%+v", p)
	}
	if q := Question("q\x1b"); q.Message != "q⟨U+001B⟩" || q.Mode != mcp.ElicitationModeForm {
		t.Errorf("%+v", q)
	}
	for cursor, want := range map[string]string{"": "", "c": "There are more: call show again with the same arguments and cursor c."} {
		if got := NextCursor("show", cursor); got != want {
			t.Errorf("%q", got)
		}
	}
}
