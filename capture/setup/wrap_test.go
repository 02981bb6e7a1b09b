package setup

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// TestCommandsWrap checks that commands are not cut off at the edge of a narrow screen.
func TestCommandsWrap(t *testing.T) {
	w := httptest.NewRecorder()
	Serve(w, httptest.NewRequest("GET", "http://127.0.0.1:8080/style.css", nil), withCA)
	for _, want := range []string{"white-space: pre-wrap", "pre code { background: none; padding: 0; overflow-wrap: anywhere; }"} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the page has no %q", want)
		}
	}
}
