package spectools

import (
	"net/url"
	"strings"
	"testing"
)

// checkSegment checks that a request is that of /things/{id} with exactly this value.
func checkSegment(t *testing.T, v, uri string) {
	t.Helper()
	rest, ok := strings.CutPrefix(uri, "/things/")
	if !ok || strings.ContainsAny(rest, "/?#;") {
		t.Errorf("%q became %s", v, uri)
		return
	}
	if got, err := url.PathUnescape(rest); err != nil || got != v {
		t.Errorf("%q became %q", v, got)
	}
}
