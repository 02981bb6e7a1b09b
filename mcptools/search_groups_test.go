package mcptools

import (
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/view"
	"github.com/spectap/spectap/store"
)

// Groups count each flow once, whether the index knows it or must read it, and agree with a list.
func TestSearchGroups(t *testing.T) {
	fs := slices.Clone(shopFlows(t))
	st := newStore(t, fs...)
	begun := newFlow("GET", "https", "late.example", "/pending", "")
	begun.Done = false
	for _, f := range []flow.Flow{begun, answered(begun, 200, "text/plain", "late")} {
		f.Done = f.Response != nil
		must(st.Append(t.Context(), f))
	}
	s := connect(t, st)
	total := len(fs) + 1
	for _, c := range []struct {
		name string
		args object
		want int
	}{
		{"all", object{}, total},
		{"one status", object{"status": 404}, count(fs, func(f *flow.Flow) bool { return f.Response.Status == 404 })},
		{"list of statuses", object{"status": []any{404, "5xx", ">=600"}}, count(fs, func(f *flow.Flow) bool { return f.Response.Status == 404 || f.Response.Status/100 == 5 })},
		{"comparison", object{"status": ">=400"}, count(fs, func(f *flow.Flow) bool { return f.Response.Status >= 400 })},
		{"no response", object{"status": "none"}, 0},
		{"text", object{"query": "oak-stool"}, len(scanAll(t, s, st, "oak-stool"))},
	} {
		for _, by := range []string{"operation", "status", "host", "method", "content_type"} {
			t.Run(c.name+" by "+by, func(t *testing.T) {
				s := s.in(t)
				args := object{"group_by": by, "limit": 500}
				for k, v := range c.args {
					args[k] = v
				}
				got := s.fine("search_traffic", args)
				n := 0
				for _, g := range list(t, got, "groups") {
					n += int(g["count"].(float64))
					if by == "status" {
						continue
					}
					perStatus := 0.0
					for _, k := range g["statuses"].(object) {
						perStatus += k.(float64)
					}
					if perStatus != g["count"] {
						t.Errorf("%v", g)
					}
				}
				if n != c.want || got["complete"] != true {
					t.Errorf("%d flows in groups, want %d: %v", n, c.want, got)
				}
			})
		}
	}
	few := s.fine("search_traffic", object{"group_by": "operation", "limit": 2})
	if len(list(t, few, "groups")) != 2 || few["more"].(float64) < 2 {
		t.Errorf("limit 2: %v", few)
	}
}

func count(fs []flow.Flow, is func(*flow.Flow) bool) (n int) {
	for i := range fs {
		if is(&fs[i]) {
			n++
		}
	}
	return n
}

// A group's name is redacted like the flows that it counts.
func TestGroupsHideSecrets(t *testing.T) {
	secret := "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
	s := connect(t, newStore(t, answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "application/"+secret, "x")))
	for _, by := range []string{"operation", "content_type", "method", "host"} {
		if r := s.call("search_traffic", object{"group_by": by}); strings.Contains(r.text, secret) {
			t.Errorf("%s: %s", by, r.text)
		}
	}
}

// scanAll returns the flows that contain the query, without the index.
func scanAll(t *testing.T, s *session, st store.Reader, query string) []int {
	t.Helper()
	var ids []int
	for f, err := range st.Scan(t.Context(), store.Query{}) {
		noError(t, err)
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
