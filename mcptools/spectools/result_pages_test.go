package spectools

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestReadMore reads a long answer to its end, first as text, then as JSON. Another client cannot
// read it.
func TestReadMore(t *testing.T) {
	whole, typ := strings.Repeat("äöü€😀 ", 100), "text/plain"
	a := newAPI(t)
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", typ)
		io.WriteString(w, whole)
	}
	s := newSet(t, clinic, Options{BaseURL: a.URL, MaxResult: 101, Prefix: "p_"})
	m := NewServer(s, ServerOptions{})
	c, other := connectTo(t, m, false), connectTo(t, m, false)
	r := call(t, c, "p_health_check", `{}`)
	got, parts := r.Raw["data"].(string), 1
	for {
		next, ok := r.Raw["metadata"].(map[string]any)["more"].(map[string]any)
		if !ok {
			break
		}
		if next["total"] != float64(len(whole)) || next["tool"] != "p_read_more" || !strings.Contains(r.text, fmt.Sprintf(`p_read_more {"result":%q,"offset":%v}`, next["result"], next["offset"])) {
			t.Fatalf("%v in\n%s", next, r.text)
		}
		args := string(mustJSON(map[string]any{"result": next["result"], "offset": next["offset"]}))
		if r := call(t, other, "p_read_more", args); r.code() != codeValidation {
			t.Fatalf("somebody else reads on: %v", r.Raw)
		}
		r = call(t, c, "p_read_more", args)
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
		if r := call(t, c, "p_read_more", args); r.code() != codeValidation {
			t.Errorf("%s: %v", args, r.Raw)
		}
	}
	whole, typ = `{"short":true}`, "application/json"
	if r := call(t, c, "p_health_check", `{}`); fmt.Sprint(r.Raw["data"]) != "map[short:true]" {
		t.Errorf("a short one: %v", r.Raw)
	}
}
