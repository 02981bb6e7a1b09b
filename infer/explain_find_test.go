package infer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/internal/test/must"
)

// TestExplainFinds checks which operation a method and path name, and what the error says if they
// name none or several.
func TestExplainFinds(t *testing.T) {
	var fs []flow.Flow
	for i := range 4 {
		fs = append(fs,
			call("GET", fmt.Sprintf("/api/v1/users/%d", i), 200, "", "", "application/json", fmt.Sprintf(`{"id":%d}`, i)),
			call("PUT", fmt.Sprintf("/api/v1/users/%d", i), 200, "application/json", `{"a":1}`, "application/json", fmt.Sprintf(`{"id":%d}`, i)),
			call("DELETE", fmt.Sprintf("/api/v1/users/%d", i), 204, "", "", "", ""),
			call("GET", "/api/v1/users", 200, "", "", "application/json", `[{"id":1}]`),
			post("/api/v1/graphql", `{"query":"query B { b }"}`, `{"data":{"b":1}}`),
			post("/api/v1/graphql", `{"query":"query A { a }"}`, `{"data":{"a":1}}`),
			post("/api/v1/only", `{"query":"query C { c }"}`, `{"data":{"c":1}}`))
	}
	m := modelOf(fs)
	for _, tt := range []struct{ method, path, want string }{
		{"GET", "/api/v1/users/9", "getUser"},
		{"GET", "/users/9?full=1", "getUser"},
		{"GET", "/api/v1/users/{userId}", "getUser"},
		{"GET", "/users/{userId}", "getUser"},
		{"GET", "/users", "listUsers"},
		{"POST", "/graphql#A", "a"},
		{"POST", "/only", "c"},
		{"POST", "/only#C", "c"},
		{"GET", "/planets", "no captured request has the path /planets"},
		{"POST", "/users/9", "/api/v1/users/{userId} was captured with DELETE, GET, PUT only"},
		{"POST", "/graphql", "POST /api/v1/graphql is several operations: /api/v1/graphql#A, /api/v1/graphql#B"},
		{"POST", "/graphql#Z", "POST /api/v1/graphql has no operation #Z, only /api/v1/graphql#A, /api/v1/graphql#B"},
		{"POST", "/only#Z", "POST /api/v1/only has no operation #Z, only /api/v1/only#C"},
		{"GET", "/graphql", "/api/v1/graphql was captured with POST#A, POST#B only"},
	} {
		x, err := m.Explain(infer.Options{}, tt.method, tt.path)
		got := fmt.Sprint(err)
		if err == nil {
			got = x.ID
		}
		if got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.method, tt.path, got, tt.want)
		}
	}
}

// TestHosts counts the flows and operations of each host.
func TestHosts(t *testing.T) {
	var fs []flow.Flow
	for host, paths := range map[string][]string{"b.example": {"/a", "/b", "/b"}, "a.example": {"/c"}, "c.example": {"/d", "/e", "/f"}} {
		for _, path := range paths {
			f := get(path, "", `{"a":1}`)
			f.Request.Authority = host
			fs = append(fs, f)
		}
	}
	got := fmt.Sprint(modelOf(fs).Hosts(infer.Options{Hosts: []string{"b.example"}}))
	if want := "[{a.example 1 1} {b.example 3 2} {c.example 3 3}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestParameterOrder checks that parameters are sorted by place, then by name; those of a path stay
// in its order.
func TestParameterOrder(t *testing.T) {
	var fs []flow.Flow
	for i := range 4 {
		f := get(fmt.Sprintf("/users/%d/items/%d", i, i+20), "z=1&b=2", fmt.Sprintf(`{"id":%d}`, i+20))
		f.Request.Header = flow.Header{{Name: "cookie", Value: "theme=dark; lang=en"}, {Name: "x-tenant", Value: "t"}, {Name: "x-api-version", Value: "1"}}
		fs = append(fs, f)
	}
	got := ""
	for _, q := range modelOf(fs).Document(infer.Options{}).Operations[0].Params {
		got += fmt.Sprint(" ", q.In, " ", q.Name)
	}
	if want := " path userId path itemId query b query z header X-API-Version header X-Tenant cookie lang cookie theme"; got != want {
		t.Errorf("got%s, want%s", got, want)
	}
}

// TestExplainExcluded checks that an operation which is left out of the document is explained with
// the reason, and with nothing of its parameters and bodies.
func TestExplainExcluded(t *testing.T) {
	fs := []flow.Flow{
		call("GET", "/about", 200, "", "", "text/html", "<p>x</p>"), call("GET", "/old", 301, "", "", "", ""),
		call("GET", "/none", 404, "", "", "application/json", `{"error":"x"}`), get("/users", "", `{"a":1}`),
	}
	fs[0].Request.RawQuery = "lang=en"
	fs[1].Response.Header = flow.Header{{Name: "Location", Value: "/old/"}} // the same with a slash
	m := modelOf(fs)
	for path, want := range map[string]string{
		"/about": infer.ReasonPage, "/old": infer.ReasonRedirect, "/none": infer.ReasonNotFound, "/users": "",
	} {
		x := must.Get(m.Explain(infer.Options{}, "GET", path))
		if x.Excluded != want {
			t.Errorf("%s: excluded for %q, want %q", path, x.Excluded, want)
		}
		for _, f := range x.Findings {
			if want != "" && (f.About == "query" || f.About == "response") {
				t.Errorf("%s: %+v", path, f)
			}
		}
	}
}

// TestExplainOwner checks that the answers which hold the value of a parameter are named with the
// object that has it, if it is not the answer itself.
func TestExplainOwner(t *testing.T) {
	var fs []flow.Flow
	for i := range 4 {
		fs = append(fs, get(fmt.Sprintf("/users/%d", 4000+i), "", fmt.Sprintf(`{"number":%d,"profile":{"code":%d}}`, 4000+i, 4000+i)))
	}
	x := must.Get(modelOf(fs).Explain(infer.Options{}, "GET", "/users/4001"))
	var got []string
	for _, f := range x.Findings {
		for _, e := range f.For {
			if name, ok := strings.CutPrefix(e.Text, "answers hold the value as "); ok {
				got = append(got, name)
			}
		}
	}
	slices.Sort(got)
	if want := []string{"number", "profile.code"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestExplainBesideMissing holds that a path which was never found does not explain its siblings.
func TestExplainBesideMissing(t *testing.T) {
	var fs []flow.Flow
	for _, id := range []string{"7PJAjemI3pibxznxh69Uls", "5aQrbW03wLFyYWkJOH8oOK", "7NWHmfdeJab2MFRKJ4hvSc", "3FseoOZpknL9a4iiwOGTko"} {
		for _, end := range []string{".html", ".txt"} {
			fs = append(fs, call("GET", "/view/"+id+end, 200, "", "", "text/html", "<p>x</p>"))
		}
	}
	fs = append(fs, call("GET", "/view/nope.html", 404, "", "", "text/html", "no"))
	x, err := modelOf(fs).Explain(infer.Options{}, "GET", "/view/7PJAjemI3pibxznxh69Uls.html")
	if err != nil || x.Excluded != infer.ReasonPage {
		t.Errorf("%+v, %v", x, err)
	}
}
