package subject

import "testing"

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
