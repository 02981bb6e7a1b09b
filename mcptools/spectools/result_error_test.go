package spectools

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestLongErrorBodies cuts the body of an error at 4 KiB, between characters, and says so.
func TestLongErrorBodies(t *testing.T) {
	for _, x := range []struct {
		name, body string
		size       int
		truncated  bool
	}{
		{"that just fits", strings.Repeat("x", 4096), 4096, false},
		{"one byte over", strings.Repeat("x", 4097), 4096, true},
		{"far over", strings.Repeat("x", 1<<20), 4096, true},
		{"cut in a character", "x" + strings.Repeat("é", 4096), 4095, true},
	} {
		t.Run(x.name, func(t *testing.T) {
			a := newAPI(t)
			a.answer = func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/plain")
				w.WriteHeader(http.StatusBadRequest)
				io.WriteString(w, x.body)
			}
			c := connect(t, newSet(t, shown, Options{BaseURL: a.URL}), false)
			d := call(t, c, "look", `{"id":"1"}`).details()
			text, _ := d["response"].(string)
			if len(text) != x.size || !strings.HasPrefix(x.body, text) {
				t.Errorf("%d bytes, want %d", len(text), x.size)
			}
			m, _ := d["metadata"].(map[string]any)
			if cut, _ := m["truncated"].(bool); cut != x.truncated {
				t.Errorf("truncated is %v", cut)
			}
		})
	}
}
