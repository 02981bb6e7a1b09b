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
