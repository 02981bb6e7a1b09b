package mcptools

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// searchAll returns the flows on all pages of a search, oldest first.
func searchAll(t *testing.T, s *session, query string) []int {
	t.Helper()
	var ids []int
	cursor := ""
	for range 5000 {
		a := object{"query": query, "limit": 7}
		if cursor != "" {
			a["cursor"] = cursor
		}
		page := s.fine("search_traffic", a)
		for _, f := range list(t, page, "flows") {
			ids = append(ids, int(f["flow_id"].(float64)))
		}
		if page["complete"] == true {
			slices.Sort(ids)
			return ids
		}
		cursor = page["next_cursor"].(string)
	}
	t.Fatalf("the search for %q has no end", query)
	return nil
}

// scanAll returns the flows that contain the query, without the index.
func scanAll(t *testing.T, s *session, st store.Reader, query string) []int {
	t.Helper()
	var ids []int
	for f, err := range st.Scan(t.Context(), store.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		f = s.server.service.source.Redact.Flow(f)
		for _, p := range view.Texts(&f) {
			if strings.Contains(strings.ToLower(p.Text), strings.ToLower(query)) {
				ids = append(ids, int(f.Seq))
				break
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// A search with the index finds the same flows as a scan: while the index is empty, when it is
// complete, and after flows were appended, completed and deleted.
func TestIndexFindsAllFlows(t *testing.T) {
	fs := slices.Clone(shopFlows(t))
	for i, text := range []string{`{"a":"Österreich ÉTÉ 日本語 Ж"}`, `{"a":"\u00f6sterreich \ud83d\ude00 \u0061bc"}`, "straße", `\u12`, `\ud83d`} {
		fs[10*i] = answered(newFlow("POST", "https", "text.example", "/caf%C3%A9/%E6%97%A5", "q=na%C3%AFve+%F0%9F%98%80"), 200, "application/json", text)
	}
	st := newStore(t, fs[:120]...)
	s := connect(t, st, func(c *Config) { c.Wait = 1 })
	queries := []string{"walnut", "slug_taken", "/orders/", "NOT-FOUND", "é", "caf", "z", "", "no such text", "[redacted:jwt:", "name\":\"Oak",
		"österreich", "ÖSTERREICH", "été", "日本", "日", "本語\"", "ж", "straße", `\u00f6ster`, "%C3%A9/%E6"}
	check := func(state string) {
		t.Helper()
		for _, q := range queries {
			if got, want := searchAll(t, s, q), scanAll(t, s, st, q); !slices.Equal(got, want) {
				t.Errorf("%s: %q is found in %v, want %v", state, q, got, want)
			}
		}
	}
	check("empty index")
	if err := s.server.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("complete index")
	begun := newFlow("GET", "https", "late.example", "/pending", "")
	begun.Done = false
	for _, f := range append(slices.Clone(fs[200:230]), begun) {
		if _, err := st.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	check("appended")
	queries = append(queries, "now it is there")
	begun = answered(begun, 200, "text/plain", "now it is there")
	begun.Done = true
	if _, err := st.Append(t.Context(), begun); err != nil {
		t.Fatal(err)
	}
	check("completed")
	if got := searchAll(t, s, "now it is there"); len(got) != 1 {
		t.Errorf("the completion is found in %v", got)
	}
	if _, err := st.Delete(t.Context(), store.Query{Until: 70}); err != nil {
		t.Fatal(err)
	}
	check("deleted")
}

// TestSearchWithoutIndex compares searches before and after the index is built: the first ones read
// flows side by side, and redact few of them.
func TestSearchWithoutIndex(t *testing.T) {
	fs := slices.Clone(shopFlows(t))
	for i := range 9 { // more than one goroutine may hold
		fs[20*i] = answered(newFlow("GET", "https", "large.example", fmt.Sprint("/large/", i), ""), 200, "application/json",
			fmt.Sprintf(`{"a":"%s walnut","card":4111111111111111}`, strings.Repeat("x", 400<<10)))
	}
	fs[7] = answered(newFlow("GET", "https", "short.example", "/", ""), 200, "text/plain; charset=latin1", "password=hunter2hunter2")
	st := newStore(t, fs...)
	questions := []object{{"query": "walnut"}, {"query": "large.example"}, {"query": "charset=utf-8"}, {"query": "nowheretobefound"}}
	for _, expression := range []string{
		`[0-9]{16}`, `"card":"`, `wal(nut|l)`, `\bname":"[^"]*oak`, `Bearer [a-z]`, `length: [0-9]{2}\n`, `(?i)X-API-KEY`, `~x`, `[a-z]{9}-[a-z]{4}`,
	} {
		questions = append(questions, object{"query": expression, "regex": true})
	}
	for _, filter := range []string{`body:~[0-9]{16}`, "body:walnut", "header:x-api-key", "-body:id status:4xx", `response.body:~"code.:.[a-z_]+"`} {
		questions = append(questions, object{"filter": filter}, object{"filter": filter, "query": "error"})
	}
	patient := func(c *Config) { c.Wait = time.Minute }
	warm := connect(t, st, patient)
	if err := warm.server.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, q := range questions {
		q["limit"] = 500
		if q["filter"] != nil {
			q["method"] = "GET"
		}
		cold := connect(t, st, patient)
		got, want := cold.fine("search_traffic", q), warm.fine("search_traffic", q)
		if fmt.Sprint(got["flows"]) != fmt.Sprint(want["flows"]) || got["searched"] != got["total"] || got["complete"] != true {
			t.Errorf("%v: %d flows of %v, want %d of %v", q, len(list(t, got, "flows")), got["searched"], len(list(t, want, "flows")), want["searched"])
		}
		found += len(list(t, got, "flows"))
	}
	if found == 0 {
		t.Error("nothing was found")
	}
}

func TestFindValueWithAndWithoutIndex(t *testing.T) {
	fs := slices.Clone(shopFlows(t))
	fs[3] = answered(newFlow("GET", "https", "text.example", "/caf%C3%A9-noir/x", "q=na%C3%AFve+%F0%9F%98%80"), 200, "application/json", `{"a":["\u65e5\u672c\u8a9e","\ud835\udcb3\u0061bc"]}`)
	created := matching(t, func(f flow.Flow) bool {
		return f.Request.Method == "POST" && f.Request.Path == "/api/v1/orders" && f.Response.Status == 201
	})
	s := connect(t, newStore(t, fs...))
	for _, value := range []string{strings.TrimPrefix(created[3].Response.Header.Get("Location"), "/api/v1/orders/"), "made to last", "oak-stool", "order.created", "café-noir", "naïve 😀", "日本語", "𝒳abc"} {
		cold := fmt.Sprint(s.fine("find_value", object{"value": value, "limit": 500})["occurrences"])
		if cold == "[]" {
			t.Errorf("%s is not found", value)
		}
		if err := s.server.Warm(t.Context()); err != nil {
			t.Fatal(err)
		}
		if warm := fmt.Sprint(s.fine("find_value", object{"value": value, "limit": 500})["occurrences"]); warm != cold {
			t.Errorf("%s: with and without index differ:\n%s\n%s", value, warm, cold)
		}
		s.server.service.source.Index = s.server.service.source.NewIndex()
	}
}

// On every page, the flows examined so far and those that remain add up to all flows.
func TestProgressAddsUp(t *testing.T) {
	fs := shopFlows(t)
	s := connect(t, newStore(t, fs...))
	if err := s.server.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, query := range map[string]object{
		"search_traffic": {"query": "walnut", "limit": 3}, "find_value": {"value": "oak-stool", "limit": 3},
		"check_flows": {"spec": `{"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{}}`, "newest_flows": 50},
	} {
		searched, pages := 0, 0
		for cursor := any(nil); ; pages++ {
			query["cursor"] = cursor
			r := s.call(name, query)
			left, _ := r.data["left"].(float64)
			searched += int(r.data["searched"].(float64))
			if r.isError || searched+int(left) != len(fs) || r.data["total"] != float64(len(fs)) {
				t.Fatalf("%s: %d examined and %v remain of %d: %.300s", name, searched, left, len(fs), r.text)
			}
			if full := strings.HasPrefix(r.text, "This page is full"); full == (r.data["complete"] == true) {
				t.Errorf("%s: the text is %.300s", name, r.text)
			}
			if r.data["complete"] == true {
				break
			}
			cursor = r.data["next_cursor"]
		}
		if pages < 2 {
			t.Errorf("%s: only one page", name)
		}
	}
}

// The text of a partial result says how to continue.
func TestSearchSaysHowToContinue(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...), func(c *Config) { c.Wait = 1 })
	r := s.call("search_traffic", object{"query": "e.*e.*q~", "regex": true})
	if r.data["complete"] != false {
		t.Fatal("the search of the capture took less than a nanosecond")
	}
	for _, want := range []string{"The search is not complete", "cursor " + r.data["next_cursor"].(string)} {
		if !strings.Contains(r.text, want) {
			t.Errorf("the text does not say %q: %.400s", want, r.text)
		}
	}
}
