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

// TestReadMorePath reads parts of a long answer of JSON.
func TestReadMorePath(t *testing.T) {
	var items []string
	for i := range 200 {
		items = append(items, fmt.Sprintf(`{"id":%d,"price":1.%d0,"name":"thing %d"}`, i, i, i))
	}
	whole := `{"items":[` + strings.Join(items, ",") + `],"note":"` + strings.Repeat("x", 3000) + `","total":200}`
	a := newAPI(t)
	a.answer = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, whole)
	}
	c := connectTo(t, NewServer(newSet(t, clinic, Options{BaseURL: a.URL, MaxResult: 1000}), ServerOptions{}), true)
	r := call(t, c, "health_check", `{}`)
	data := r.Raw["data"].(map[string]any)
	got := data["items"].([]any)
	if data["total"] != 200.0 || data["note"] != nil || len(got) < 10 || !strings.Contains(r.text, "; $.note has 0 of 3000 bytes.") {
		t.Fatalf("%d items, %v:\n%.500s", len(got), data["total"], r.text)
	}
	first := r.Raw["metadata"].(map[string]any)["more"].(map[string]any)
	for next, calls := first, 0; next != nil; calls++ {
		if next["path"] != "$.items" || next["offset"] != float64(len(got)) || calls > 20 {
			t.Fatalf("%v after %d items", next, len(got))
		}
		r = call(t, c, "read_more", string(mustJSON(map[string]any{"result": next["result"], "path": next["path"], "offset": next["offset"]})))
		got = append(got, r.Raw["data"].([]any)...)
		next, _ = r.Raw["metadata"].(map[string]any)["more"].(map[string]any)
	}
	if s := string(mustJSON(got)); len(got) != 200 || !strings.Contains(s, `"id":199`) {
		t.Fatalf("%d items: %s", len(got), s)
	}
	for _, tt := range []struct{ path, want string }{
		{"$.items[7].price", `"data":1.70,`},
		{"$.items[?(@.id == 150)].name", `"data":["thing 150"]`},
		{"$.items[0].id", `"data":0,`},
		{"$.items[-1].id", `"data":199,`},
		{"$.items[-1:].id", `"data":[199]`},
		{"$.items[*].name", `"path":"$.items[*].name","offset":`},
		{"$.note", `"path":"$.note","offset":1000,"total":3000,"unit":"bytes"`},
		{"$.none", "selects nothing: $ has the members items, note, total"},
		{"$.items[200].id", "selects nothing: $.items has 200 elements"},
		{"$.items[0].ID", "selects nothing: $.items[0] has the members id, price, name"},
		{"$.total.sum", "selects nothing: $.total is a single value"},
		{"$.items[-300]", "selects nothing"},
		{"$.items[", "at 9"},
		{"$..*..*..*", `contains \"..\"`},
	} {
		args := string(mustJSON(map[string]any{"result": first["result"], "path": tt.path}))
		if r := call(t, c, "read_more", args); !strings.Contains(r.structured, tt.want) {
			t.Errorf("%s: %.300s", tt.path, r.structured)
		}
	}
	for args, want := range map[string]string{
		`"offset":4`: "beyond the end: $ has the members items", `"offset":3`: `"data":{}`,
		`"offset":201,"path":"$.items"`:       "beyond the end: $.items has 200 elements",
		`"offset":201,"path":"$.items[*].id"`: "the path selects 200 values",
		`"offset":3001,"path":"$.note"`:       "$.note is a text of 3000 bytes",
	} {
		if r := call(t, c, "read_more", fmt.Sprintf(`{"result":%q,%s}`, first["result"], args)); !strings.Contains(r.structured, want) {
			t.Errorf("%s: %.300s", args, r.structured)
		}
	}
}
