package tool

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"
)

// TestSuccess checks which lines say what a result lacks, and where captured text begins.
func TestSuccess(t *testing.T) {
	type rows struct {
		List []string `json:"list"`
		Page
	}
	type lines struct {
		Untrusted
		Text string `json:"text"`
	}
	for _, x := range []struct {
		name   string
		result any
		want   string // in lines before the value
		value  string
	}{
		{"whole", rows{[]string{"a&b"}, Page{Total: 1}}, "", "list: [a&b]\ntotal: 1"},
		{"part", rows{[]string{"a"}, Page{Total: 2, Truncated: true, NextOffset: 1}},
			"This result is incomplete: call show again with the same arguments and offset 1 to continue.\n", "list: [a]\ntotal: 2"},
	} {
		r, err := Success("show", x.result)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Content[0].(mcp.TextContent).Text; got != x.want+x.value {
			t.Errorf("%s: %q", x.name, got)
		}
	}
	r, err := Success("show", lines{Notice(), "a\u202eb"})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Content[0].(mcp.TextContent).Text; strings.Contains(got, "\u202e") || !strings.Contains(got, "<<<") || strings.Contains(got, "notice:") {
		t.Errorf("captured text: %q", got)
	}
	if _, err := Success("show", make(chan int)); err == nil {
		t.Error("a channel is a result")
	}
	if got := NextOffset("show", false, 7); got != "" {
		t.Errorf("a whole result has more: %s", got)
	}
}

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

// TestInputSchema checks the schema of each kind of argument.
func TestInputSchema(t *testing.T) {
	for _, x := range []struct {
		p    Param
		want string
	}{
		{Param{Kind: String, Doc: "d"}, `{"description":"d","type":"string"}`},
		{Param{Kind: String, Enum: []string{"x", "y"}}, `{"description":"","enum":["x","y"],"type":"string"}`},
		{Param{Kind: Integer}, `{"description":"","type":"integer"}`},
		{Param{Kind: Integer, Min: 2, Max: 9}, `{"description":"","maximum":9,"minimum":2,"type":"integer"}`},
		{Param{Kind: Number, Min: 1, Max: 30, Default: 5}, `{"default":5,"description":"","maximum":30,"minimum":1,"type":"number"}`},
		{Param{Kind: Integer, Min: 1, Max: 999, Default: 0}, `{"description":"","maximum":999,"type":"integer"}`},
		{Param{Kind: Integer, Min: 1, Max: 1000, Default: 3}, `{"default":3,"description":"","type":"integer"}`},
		{Param{Kind: StringList}, `{"description":"","items":{"type":"string"},"type":"array"}`},
		{Param{Kind: FlowID}, `{"anyOf":[{"type":"integer"},{"type":"string"}],"description":""}`},
		{Param{Kind: FlowIDs}, `{"anyOf":[{"type":"string"},{"items":{"type":"integer"},"type":"array"}],"description":""}`},
		{Param{Kind: Statuses}, `{"anyOf":[{"type":"integer"},{"type":"string"},{"items":{"type":"string"},"type":"array"}],"description":""}`},
		{Param{Kind: Boolean, Default: false}, `{"description":"","type":"boolean"}`},
	} {
		x.p.Name = "a"
		var got struct {
			Type                 string
			Properties           map[string]json.RawMessage
			Required             []string
			AdditionalProperties *bool
		}
		if err := json.Unmarshal(InputSchema([]Param{x.p, {Name: "b", Required: true}}), &got); err != nil {
			t.Fatal(err)
		}
		if string(got.Properties["a"]) != x.want || len(got.Properties) != 2 || got.Type != "object" ||
			len(got.Required) != 1 || got.Required[0] != "b" || got.AdditionalProperties == nil || *got.AdditionalProperties {
			t.Errorf("%+v: %+v, property %s", x.p, got, got.Properties["a"])
		}
	}
}
