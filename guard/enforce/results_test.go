package enforce

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

const treatedPolicy = `
version: 1
tools:
  removes: {results: {remove: ["user.email", "items[*].key"]}}
  redacts: {results: {redact: true}}
  fences: {results: {fence: true}}
`

// Values are removed wherever the result says them: in structured content, in text that is JSON,
// and in text that may say the same.
func TestRemovedFromResults(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy))
	for _, tt := range []struct{ name, tool, result, want string }{
		{"structured", "removes", `{"structuredContent":{"user":{"email":"a@b.c","n":1},"items":[{"key":1},{"key":2,"o":3}]}}`,
			`{"structuredContent":{"user":{"email":"[removed by policy]","n":1},"items":[{"key":"[removed by policy]"},{"key":"[removed by policy]","o":3}]}}`},
		{"text as JSON", "removes", `{"content":[{"type":"text","text":"{\"user\":{\"email\":\"a@b.c\"}}"}]}`,
			`{"content":[{"type":"text","text":"{\"user\":{\"email\":\"[removed by policy]\"}}"}]}`},
		{"text beside it", "removes", `{"structuredContent":{"user":{"email":"a@b.c"}},"content":[{"type":"text","text":"mail a@b.c"},{"type":"image","data":"x"},{"type":"text","text":"a@b.c"}]}`,
			`{"structuredContent":{"user":{"email":"[removed by policy]"}},"content":[{"type":"text","text":"{\"user\":{\"email\":\"[removed by policy]\"}}"},{"type":"image","data":"x"}]}`},
		{"only the second place", "removes", `{"structuredContent":{"items":[{"key":1}]}}`, `{"structuredContent":{"items":[{"key":"[removed by policy]"}]}}`},
		{"nothing to remove", "removes", `{"structuredContent":{"n":1},"content":[{"type":"text","text":"mail"}]}`, `{"structuredContent":{"n":1},"content":[{"type":"text","text":"mail"}]}`},
		{"another tool", "other", `{"structuredContent":{"user":{"email":"a@b.c"}}}`, `{"structuredContent":{"user":{"email":"a@b.c"}}}`},
	} {
		v := Verdict{Decision: g.Judge(call(tt.tool)).Decision}
		out, withheld := g.Treat(v, []byte(tt.result))
		var got, want any
		if withheld != "" || json.Unmarshal(out, &got) != nil || json.Unmarshal([]byte(tt.want), &want) != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q\ngot  %s\nwant %s", tt.name, withheld, out, tt.want)
		}
	}
}

// Secrets are redacted in structured content and text; a text that is no JSON beside changed content
// does not keep them.
func TestRedactedResults(t *testing.T) {
	g, _ := newGuard(t, Config{})
	g.SetPolicy(loadPolicy(t, treatedPolicy))
	v := g.Judge(call("redacts"))
	out, withheld := g.Treat(v, []byte(`{"structuredContent":{"password":"hunter2x"},"content":[{"type":"text","text":"it is hunter2x"}]}`))
	if withheld != "" || strings.Contains(string(out), "hunter2x") || !strings.Contains(string(out), "redacted") {
		t.Errorf("%s %s", out, withheld)
	}
	out, withheld = g.Treat(v, []byte(`{"content":[{"type":"text","text":"{\"password\":\"hunter2x\",\"n\":1}"}]}`))
	if withheld != "" || strings.Contains(string(out), "hunter2x") || !strings.Contains(string(out), `\"n\":1`) {
		t.Errorf("a secret in text alone: %s %s", out, withheld)
	}
	out, _ = g.Treat(v, []byte(`{"structuredContent":{"n":1},"content":[{"type":"text","text":"plain words"}]}`))
	if !strings.Contains(string(out), "plain words") {
		t.Errorf("nothing was redacted, and the text is gone: %s", out)
	}
	out, _ = g.Treat(g.Judge(call("fences")), []byte(`{"_meta":{"text":"m"},"content":[{"type":"text","text":"x"},{"type":"resource","resource":{"uri":"a:b","text":"y"}}],"structuredContent":{"text":"z"}}`))
	var r struct {
		Meta, StructuredContent map[string]string
		Content                 []struct {
			Text     string
			Resource struct{ Text string }
		}
	}
	if err := json.Unmarshal([]byte(strings.Replace(string(out), "_meta", "meta", 1)), &r); err != nil || r.Meta["text"] != "m" || r.StructuredContent["text"] != "z" {
		t.Fatalf("%v: %s", err, out)
	}
	first, second := r.Content[0].Text, r.Content[1].Resource.Text
	if !strings.Contains(first, "\nx\n") || !strings.Contains(second, "\ny\n") || strings.Split(first, "\n")[1] == strings.Split(second, "\n")[1] {
		t.Errorf("fences %q and %q", first, second)
	}
}
