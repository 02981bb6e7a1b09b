package mcptools

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/tool"
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
		if _, err := st.Append(t.Context(), f); err != nil {
			t.Fatal(err)
		}
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

// An operation is named as list_operations names it, and selects its flows.
func TestSearchByOperation(t *testing.T) {
	fs := shopFlows(t)
	s := connect(t, newStore(t, fs...))
	isOne := func(f *flow.Flow) bool {
		rest, ok := strings.CutPrefix(f.Request.Path, "/api/v1/products/")
		return ok && f.Request.Method == "GET" && rest != "" && rest != "featured" && f.Response.Status/100 == 2 && !strings.Contains(rest, "/")
	}
	var line string
	for _, l := range s.fine("list_operations", object{"query": "products"})["operations"].([]any) {
		if words := strings.Fields(l.(string)); words[0] == "GET" && strings.HasSuffix(words[1], "/products/{product_slug}") {
			line = strings.Join(words[:3], " ")
		}
	}
	if line == "" {
		t.Fatal("the operation is not listed")
	}
	words := strings.Fields(line)
	for _, name := range []string{line, words[0] + " " + words[1], words[2], words[0] + " " + strings.ReplaceAll(words[1], "{product_slug}", "{x}")} {
		got := s.fine("search_traffic", object{"operation": name, "status": "2xx", "limit": 500})
		if n := len(list(t, got, "flows")); n != count(fs, isOne) || got["complete"] != true {
			t.Errorf("%q finds %d flows, want %d", name, n, count(fs, isOne))
		}
	}
	e := s.refused(tool.CodeUnknownOperation, "search_traffic", object{"operation": "getTheProducts"})
	if e["argument"] != "operation" || !strings.Contains(fmt.Sprint(e["hint"]), "products") {
		t.Errorf("%v", e)
	}
	if e := s.refused(tool.CodeBadArgument, "search_traffic", object{"status": []any{404, true}}); e["argument"] != "status" {
		t.Errorf("%v", e)
	}
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

// The entries of an index are the newest states of the flows.
func TestEntriesOfDeletedFlows(t *testing.T) {
	fs := shopFlows(t)
	st := newStore(t, fs...)
	s := connect(t, st)
	s.fine("search_traffic", object{"group_by": "status"})
	if _, err := st.Delete(t.Context(), store.Query{Until: 50}); err != nil {
		t.Fatal(err)
	}
	n := 0.0
	for _, g := range list(t, s.fine("search_traffic", object{"group_by": "status"}), "groups") {
		n += g["count"].(float64)
	}
	if int(n) != len(fs)-50 {
		t.Errorf("%v flows are counted of %d", n, len(fs)-50)
	}
}
