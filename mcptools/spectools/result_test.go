package spectools

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestPortableAnswers passes JSON on as it is, unless clients fail to read it. Then it is text.
func TestPortableAnswers(t *testing.T) {
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for _, tt := range []struct {
		body   string
		isText bool
	}{
		{`{"a":[1,-0.5e-3,true,null,"\u00e9 \ud83d\ude00"],"a":2}`, false},
		{`12345678901234567890.1234567890`, false},
		{`1e308`, false}, {`1e309`, true}, {`{"a":[-1e400]}`, true}, {`1e-999`, false}, {strings.Repeat("9", 400), true},
		{`"\ud83d"`, true}, {`{"\ude00":1}`, true}, {"\"\xff\"", true},
		{nested(500), false}, {nested(501), true},
		{`{} {}`, true}, {`1 2`, true}, {`{"a":}`, true}, {` `, true}, {` [ ] `, false},
	} {
		a := newAPI(t)
		a.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, tt.body)
		}
		r := call(t, connect(t, newSet(t, clinic, Options{BaseURL: a.URL}), true), "health_check", `{}`)
		text, isText := r.Raw["data"].(string)
		isText = isText || r.Raw["metadata"].(map[string]any)["encoding"] == encodingAttached
		if isText != tt.isText {
			t.Errorf("%.80q: is text %t, want %t", tt.body, isText, tt.isText)
		}
		if m := r.Raw["metadata"].(map[string]any); tt.isText && m["encoding"] == nil && text != tt.body {
			t.Errorf("%.80q became %.80q", tt.body, text)
		}
	}
}
