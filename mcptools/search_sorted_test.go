package mcptools

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
)

// The slowest and largest flows come first, whether the index knows them or their text is searched.
func TestSearchSorted(t *testing.T) {
	var fs []flow.Flow
	for i := range 40 {
		f := answered(newFlow("GET", "https", "a.example", fmt.Sprintf("/v1/things/%d", i), ""), 200, "text/plain", "thing")
		f.Took, f.Response.Body.Size = time.Duration(i*7%40)*time.Second, int64(i*11%40)
		fs = append(fs, f)
	}
	s := connect(t, newStore(t, fs...))
	order := func(value func(f *flow.Flow) int64) []float64 {
		ids := make([]float64, len(fs))
		for i := range ids {
			ids[i] = float64(i + 1)
		}
		slices.SortFunc(ids, func(x, y float64) int { return int(value(&fs[int(y)-1]) - value(&fs[int(x)-1])) })
		return ids[:3]
	}
	slowest := order(func(f *flow.Flow) int64 { return int64(f.Took / time.Second) })
	largest := order(func(f *flow.Flow) int64 { return f.Response.Body.Size })
	for _, c := range []struct {
		args object
		want []float64
	}{
		{object{"sort": "slowest"}, slowest},
		{object{"sort": "largest"}, largest},
		{object{"sort": "largest", "query": "thing"}, largest},
		{object{"sort": "slowest", "filter": "took:>=1s"}, slowest},
	} {
		t.Run(fmt.Sprint(c.args), func(t *testing.T) {
			c.args["limit"] = 3
			got := s.in(t).fine("search_traffic", c.args)
			var ids []float64
			for _, f := range list(t, got, "flows") {
				ids = append(ids, f["flow_id"].(float64))
			}
			if !slices.Equal(ids, c.want) || got["more"].(float64) < 30 {
				t.Errorf("flows %v, want %v; more %v", ids, c.want, got["more"])
			}
		})
	}
	s.refused(tool.CodeBadArgument, "search_traffic", object{"sort": "slowest", "group_by": "status"})
	s.refused(tool.CodeBadArgument, "search_traffic", object{"filter": "took:soon"})
}

// A filter selects among the flows as they are shown. A query that reads like one finds nothing, and
// the result says where it belongs.
func TestSearchFilter(t *testing.T) {
	fs := shopFlows(t)
	s := connect(t, newStore(t, fs...))
	want := count(fs, func(f *flow.Flow) bool { return f.Request.Method == "POST" && f.Response.Status == 201 })
	got := s.fine("search_traffic", object{"filter": "method:POST status:201", "limit": 500})
	if n := len(list(t, got, "flows")); n != want || want == 0 {
		t.Errorf("%d flows, want %d", n, want)
	}
	grouped := s.fine("search_traffic", object{"filter": "method:POST status:201", "group_by": "status"})
	if g := list(t, grouped, "groups"); len(g) != 1 || g[0]["count"].(float64) != float64(want) {
		t.Errorf("groups %v, want one of %d", g, want)
	}
	if got := s.fine("search_traffic", object{"query": "size:>100000"}); got["note"] == nil {
		t.Errorf("no note: %v", got)
	}
}

// A short number is in many longer ones. Its origin is where it stands alone.
func TestFindValueStandsAlone(t *testing.T) {
	noise := answered(newFlow("GET", "https", "a.example", "/a", ""), 200, "application/json", `{"total":"48901"}`)
	made := answered(newFlow("POST", "https", "a.example", "/issues", ""), 201, "application/json", `{"number":489}`)
	used := answered(newFlow("GET", "https", "a.example", "/issues/489", ""), 200, "application/json", `{"number":489,"etag":"x489x"}`)
	s := connect(t, newStore(t, noise, noise, made, used))
	got := s.fine("find_value", object{"value": "489"})
	if n := len(list(t, got, "occurrences")); n != 3 || got["origin"].(object)["flow_id"] != 3.0 {
		t.Errorf("%d occurrences, origin %v", n, got["origin"])
	}
	// On a page of one the answer is the same, and a value that is only in longer words is found there.
	page := s.fine("find_value", object{"value": "489", "limit": 1})
	if page["origin"].(object)["flow_id"] != 3.0 || page["next_cursor"] == nil {
		t.Errorf("%v", page)
	}
	next := s.fine("find_value", object{"value": "489", "limit": 5, "cursor": page["next_cursor"]})
	if n := len(list(t, next, "occurrences")); n != 2 {
		t.Errorf("%d occurrences on the second page", n)
	}
	words := s.fine("find_value", object{"value": "890", "limit": 1})
	next = s.fine("find_value", object{"value": "890", "limit": 5, "cursor": words["next_cursor"]})
	if len(list(t, words, "occurrences")) != 1 || len(list(t, next, "occurrences")) != 1 {
		t.Errorf("%v\n%v", words, next)
	}
}
