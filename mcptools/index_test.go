package mcptools

import (
	"slices"
	"strings"
	"testing"

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
