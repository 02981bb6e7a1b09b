package subject

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// TestFilterRefuses checks that a result that is no list of the kind is not shown.
func TestFilterRefuses(t *testing.T) {
	for _, result := range []string{``, `5`, `[]`, `[{"name":"a"}]`, `{"tools":5}`, `{"tools":{"name":"a"}}`, `{"tools":"a"}`} {
		if got, err := Filter(nil, "tools/list", jsontext.Value(result)); err == nil || got != nil {
			t.Errorf("%s is shown as %s, %v", result, got, err)
		}
	}
}

func TestMayExpandTo(t *testing.T) {
	for _, c := range []struct {
		template, uri string
		want          bool
	}{
		{"file:///{path}", "file:///etc/passwd", true}, {"file:///{path}", "http://x", false}, {"a{?q,r}", "a?q=1", true},
		{"a.b/{x}", "aXb/1", false}, {"{+all}", "anything\n", true}, {"a{", "a{", true},
	} {
		if got := MayExpandTo(c.template, c.uri); got != c.want {
			t.Errorf("%s for %s: %v", c.template, c.uri, got)
		}
	}
}
