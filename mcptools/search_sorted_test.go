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
	s.refused(tool.CodeBadArgument, "search_traffic", object{"filter": "took:soon"})
}
