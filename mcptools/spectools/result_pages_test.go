package spectools

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestPages reads a long answer page by page to its end. Another client cannot read it.
func TestPages(t *testing.T) {
	whole := `{"text":"` + strings.Repeat("äöü€😀 ", 100) + `"}`
	a := newAPI(t)
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, whole)
	}
	s := newSet(t, clinic, Options{BaseURL: a.URL, MaxResult: 101})
	m := NewServer(s, ServerOptions{})
	c, other := connectTo(t, m, false), connectTo(t, m, false)
	r := call(t, c, "health_check", `{}`)
	got, parts := r.Raw["data"].(string), 1
	for {
		md := r.Raw["metadata"].(map[string]any)
		next, ok := md["more"].(map[string]any)
		if !ok {
			break
		}
		if md["truncated"] != true || next["total"] != float64(len(whole)) {
			t.Fatalf("metadata %v", md)
		}
		args := string(mustJSON(map[string]any{"result": next["result"], "offset": next["offset"]}))
		if r := call(t, other, "read_more", args); r.code() != codeValidation {
			t.Fatalf("somebody else reads on: %v", r.Raw)
		}
		r = call(t, c, "read_more", args)
		got += r.Raw["data"].(string)
		parts++
	}
	if got != whole || parts < 10 {
		t.Errorf("%d parts: %q", parts, got)
	}
	if n := len(a.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	for _, args := range []string{`{"result":"x","offset":0}`, `{"result":"x"}`, `{"result":"x","offset":-1}`} {
		if r := call(t, c, "read_more", args); r.code() != codeValidation {
			t.Errorf("%s: %v", args, r.Raw)
		}
	}
	whole = `{"short":true}`
	if r := call(t, c, "health_check", `{}`); fmt.Sprint(r.Raw["data"]) != "map[short:true]" {
		t.Errorf("a short one: %v", r.Raw)
	}
}
