package infer_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
)

// get returns the flow of a GET with a JSON response.
func get(path, query, body string) flow.Flow {
	f := call("GET", path, 200, "", "", "application/json", body)
	f.Request.RawQuery = query
	return f
}

// TestOptions holds that lists accept the paging and filter parameters of other lists of their
// kind, and that all other parameters belong to one operation.
func TestOptions(t *testing.T) {
	user := `{"id":%d,"login":"u","joined_at":"2024-01-02T03:04:05Z","score":1.5}`
	var fs []flow.Flow
	for i := range 3 {
		list := fmt.Sprintf("["+user+","+user+"]", i, i+7)
		page := func(path, query, body string) flow.Flow {
			f := get(path, query, body)
			link := `<https://api.example.com` + path + `?page=9>; rel="next"`
			f.Response.Header = append(f.Response.Header, flow.Field{Name: "Link", Value: link})
			return f
		}
		fs = append(fs,
			page("/users", "page=2&limit=10", list),
			page("/orders", "page=2", `[{"order_no":1,"items":[]}]`),
			page("/files", "page=3&deep=true", `[{"size":1,"mime":"x"}]`),
			page("/hubs", "", `[{"hub_no":1,"ports":[]}]`),
			get(fmt.Sprintf("/teams/%d/members", i), "role=admin", list),
			get(fmt.Sprintf("/firms/%d/members", i), "role=guest", list),
			get(fmt.Sprintf("/clubs/%d/members", i), "", list),
			get("/tags", "", `["a","b"]`),
			get("/bins", "", `{"bins":[{"bin_no":4}]}`),
			get(fmt.Sprintf("/users/%d", i), "", fmt.Sprintf(user, i)))
	}
	want := map[string][]string{"/users": {"limit", "page"}, "/orders": {"page"}, "/files": {"deep", "page"},
		"/hubs": {"page"}, "/tags": nil, "/bins": nil, "/users/{user_id}": nil, "/teams/{team_id}/members": {"role"},
		"/firms/{firm_id}/members": {"role"}, "/clubs/{club_id}/members": {"role"}}
	d := modelOf(fs).Document(infer.Options{})
	for _, op := range d.Operations {
		var got []string
		for _, p := range op.Params {
			if p.In == infer.InQuery {
				got = append(got, p.Name)
				if p.Required {
					t.Errorf("%s requires %s", op.Path, p.Name)
				}
			}
		}
		if w, ok := want[op.Path]; !ok || !slices.Equal(got, w) {
			t.Errorf("%s takes %v, want %v", op.Path, got, w)
		}
	}
	if len(d.Operations) != len(want) {
		t.Errorf("%d operations, want %d", len(d.Operations), len(want))
	}
}

// TestOptionOfAll holds that a parameter belongs to all operations if operations of three methods,
// several of each, take it at times.
func TestOptionOfAll(t *testing.T) {
	for _, tt := range []struct {
		methods string // of eight things; each is also called without the parameter
		want    bool
	}{
		{"GET GET GET GET GET POST POST POST DELETE DELETE DELETE", true},
		{"GET GET GET GET GET GET POST POST POST POST DELETE", false},
		{"GET GET GET GET GET GET GET POST POST POST POST", false},
	} {
		var fs []flow.Flow
		for i, method := range strings.Fields(tt.methods + " PUT") {
			for j := range 4 {
				path := fmt.Sprintf("/%s_%c", strings.ToLower(method), 'a'+i)
				f := call(method, path, 200, "", "", "application/json", fmt.Sprintf(`{"id%d":1}`, i))
				if j == 0 && method != "PUT" {
					f.Request.RawQuery = "pretty=true"
				}
				fs = append(fs, f)
			}
		}
		for _, op := range modelOf(fs).Document(infer.Options{}).Operations {
			if has := len(op.Params) > 0; op.Method == "PUT" && has != tt.want {
				t.Errorf("%s: PUT takes it: %t", tt.methods, has)
			}
		}
	}
}

// TestRequiredQuery holds that a query parameter of all requests is required if its values differ
// and most other parameters come and go. What is merely always sent is a habit of the client.
func TestRequiredQuery(t *testing.T) {
	var fs []flow.Flow
	for i := range 6 {
		order := []string{"up", "down"}[i%2]
		fs = append(fs,
			get("/find", fmt.Sprintf("q=w%d&full=true", i)+[]string{"&order=up", "&page=2", "&lang=en"}[i%3], `{"hits":3}`),
			get("/seek", fmt.Sprintf("text=w%d&order=%s", i, order), `{"hits":3}`),
			get("/tail", fmt.Sprintf("page=%d", i), `{"lines":3}`),
			get("/head", fmt.Sprintf("n=%d", i%3), `{"lines":3}`))
	}
	fs = append(fs, get("/head", "", `{"lines":3}`))
	sent := map[string]int64{"/find full": 6, "/seek text": 6, "/seek order": 6, "/tail page": 6}
	got := 0
	for _, op := range modelOf(fs).Document(infer.Options{}).Operations {
		for _, p := range op.Params {
			if got++; p.Required != (p.Name == "q") {
				t.Errorf("%s of %s has required %v", p.Name, op.Path, p.Required)
			}
			if want := sent[op.Path+" "+p.Name]; p.AlwaysSent != want {
				t.Errorf("%s of %s was always sent, %d times; want %d", p.Name, op.Path, p.AlwaysSent, want)
			}
		}
	}
	if got != 9 {
		t.Errorf("%d parameters, want 9", got)
	}
}

// TestQueryValues holds that query parameters say of what form their values are, and list none.
func TestQueryValues(t *testing.T) {
	var fs []flow.Flow
	for i, word := range []string{"price", "name", "price", "-name", "newest"} {
		id := fmt.Sprintf("0f8fad5b-d9cb-469f-a165-7086772895%02d", i)
		fs = append(fs, get("/ships", "sort="+word+"&berth="+id+fmt.Sprintf("&due=2024-01-0%d", i+1), `{"ships":[{"id":1}]}`))
	}
	fs = append(fs, get("/crews", "berth=0f8fad5b-d9cb-469f-a165-708677289511&sort=name", `{"crews":[{"id":1}]}`))
	d := modelOf(fs).Document(infer.Options{})
	for _, q := range operation(t, d, "GET", "/ships").Params {
		switch q.Name {
		case "sort":
			if q.Schema.Enum != nil || q.Description == "" {
				t.Errorf("sort: %q, %q", q.Schema.Enum, q.Description)
			}
		case "berth":
			if q.Schema.Format != "uuid" {
				t.Errorf("berth has the format %q", q.Schema.Format)
			}
		case "due":
			if q.Schema.Format != "date" {
				t.Errorf("due has the format %q", q.Schema.Format)
			}
		}
	}
	for _, q := range operation(t, d, "GET", "/crews").Params {
		if q.Name == "berth" && q.Schema.Format != "uuid" {
			t.Errorf("berth of /crews has the format %q, as of /ships", q.Schema.Format)
		}
	}
}

// TestNameOnly holds that a query parameter whose name stands without "=" has allowEmptyValue, and
// that values alone decide its schema.
func TestNameOnly(t *testing.T) {
	fs := []flow.Flow{get("/box", "uploads", `{"a":1}`), get("/box", "page=1", `{"a":1}`), get("/box", "page", `{"a":1}`),
		get("/box", "pretty=true", `{"a":1}`), get("/box", "pretty", `{"a":1}`), get("/box", "pretty=false", `{"a":1}`),
		get("/box", "by={}", `{"a":1}`), get("/box", "by[a]=1", `{"a":1}`),
		get("/box", "q=", `{"a":1}`), get("/box", "q=x", `{"a":1}`), get("/box", "of[a]=1", `{"a":1}`), get("/box", "of", `{"a":1}`), get("/box", "strict", `{"a":1}`)}
	type decision struct {
		kind            schema.Kind
		allowEmptyValue bool
	}
	want := map[string]decision{"uploads": {schema.String, true}, "page": {schema.Integer, true}, "pretty": {schema.Boolean, true},
		"q": {schema.String, false}, "of": {schema.Object, true}, "by": {}, "strict": {schema.String, true}}
	for _, p := range operation(t, modelOf(fs).Document(infer.Options{}), "GET", "/box").Params {
		if got := (decision{p.Schema.Kind, p.AllowEmptyValue}); got != want[p.Name] {
			t.Errorf("%s is %v, want %v", p.Name, got, want[p.Name])
		}
		delete(want, p.Name)
	}
	if len(want) > 0 {
		t.Errorf("missing: %v", want)
	}
	sound(t, fs, "3.0")
}

// TestOneClient holds that a header is marked if one program sends it with everything, and is not
// if another program sends it, too.
func TestOneClient(t *testing.T) {
	for _, others := range []string{"", "X-Build"} {
		var fs []flow.Flow
		for i := range 8 {
			f := get([]string{"/ships", "/crews"}[i%2], "", `[{"id":1}]`)
			agent := flow.Field{Name: "User-Agent", Value: fmt.Sprintf("fleetctl/1.%d", i)}
			f.Request.Header = append(f.Request.Header, agent, flow.Field{Name: "X-Build", Value: "7"})
			if i%2 == 0 {
				f.Request.Header = append(f.Request.Header, flow.Field{Name: "X-Fleet", Value: "north"})
			}
			fs = append(fs, f)
		}
		if others != "" {
			f := get("/ships", "", `[{"id":1}]`)
			f.Request.Header = append(f.Request.Header, flow.Field{Name: "User-Agent", Value: "curl/8"}, flow.Field{Name: others, Value: "7"})
			fs = append(fs, f)
		}
		marked := map[string]bool{}
		for _, q := range operation(t, modelOf(fs).Document(infer.Options{}), "GET", "/ships").Params {
			marked[q.Name] = q.OneClient
			if q.Required {
				t.Errorf("%s is required", q.Name)
			}
		}
		if marked["X-Build"] != (others == "") || marked["X-Fleet"] {
			t.Errorf("another client with %q: marked %v", others, marked)
		}
	}
}

// TestPlainLists holds that the paging parameters of two thirds of the bare lists of records belong
// to all of them, although no header leads to other pages, and those of fewer lists to these alone.
func TestPlainLists(t *testing.T) {
	for _, tt := range []struct {
		paged []string
		want  bool
	}{{[]string{"users", "orders", "files"}, true}, {[]string{"users", "orders"}, false}} {
		var fs []flow.Flow
		for i := range 3 {
			for _, noun := range []string{"users", "orders", "files", "hubs"} {
				item := fmt.Sprintf(`{"id":%d,"%s_name":"n%d","%s_size":%d}`, i+1, noun, i, noun, i+3)
				query := ""
				if slices.Contains(tt.paged, noun) {
					query = fmt.Sprintf("page=%d&per_page=20", i+1)
				}
				fs = append(fs, get("/"+noun, query, "["+item+"]"), get(fmt.Sprintf("/%s/%d", noun, i+1), "", item))
			}
			fs = append(fs, get("/words", "", `["a","b"]`))
		}
		for _, op := range modelOf(fs).Document(infer.Options{}).Operations {
			var got []string
			for _, p := range op.Params {
				if p.In == infer.InQuery {
					got = append(got, p.Name)
				}
			}
			noun := strings.TrimPrefix(op.Path, "/")
			want := slices.Contains(tt.paged, noun) || tt.want && noun == "hubs"
			if slices.Equal(got, []string{"page", "per_page"}) != want || !want && len(got) > 0 {
				t.Errorf("%v are paged: %s takes %v", tt.paged, op.Path, got)
			}
		}
	}
}

// TestOptionsOfAll holds that a parameter in some calls of all methods belongs to every operation,
// and one that some operations always have to these alone.
func TestOptionsOfAll(t *testing.T) {
	var fs []flow.Flow
	for i, noun := range strings.Fields("users orders files hubs lamps") {
		for _, method := range []string{"GET", "POST", "PUT"} {
			for n := range 3 {
				f := call(method, "/"+noun, 200, "", "", "application/json", fmt.Sprintf(`{"%s_no":%d}`, noun, i))
				switch {
				case noun != "lamps" && n == 0:
					f.Request.RawQuery = "pretty=true"
				case noun == "users":
					f.Request.RawQuery = "as=ann"
				}
				fs = append(fs, f)
			}
		}
	}
	for _, op := range modelOf(fs).Document(infer.Options{}).Operations {
		var got []string
		for _, p := range op.Params {
			if p.In == infer.InQuery {
				got = append(got, p.Name)
			}
		}
		want := []string{"pretty"}
		if op.Path == "/users" {
			want = []string{"as", "pretty"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s %s takes %v, want %v", op.Method, op.Path, got, want)
		}
	}
}

// TestOptionsOfOneAnswer holds that a parameter in some calls of several collections belongs to all
// that answer with the same component, and neither to single things nor to other collections.
func TestOptionsOfOneAnswer(t *testing.T) {
	const table = `{"kind":"Table","columns":[{"title":"Name","width":%d}],"rows":[{"cells":["x","y"],"row_no":%[1]d}],"revision":"r%[1]d"}`
	var fs []flow.Flow
	add := func(path, query, body string) {
		for n := range 2 {
			fs = append(fs, get(path, query, fmt.Sprintf(body, len(fs))))
			if n == 0 {
				query = ""
			}
		}
	}
	for i, noun := range strings.Fields("users orders files hubs lamps boats ports cards") {
		query := ""
		if i < 4 {
			query = "match=tier%3Dfront"
		}
		add("/"+noun, query, table)
	}
	for i := range 3 {
		add(fmt.Sprintf("/users/%d/state", i+17), "", table)
		add("/words", "", `{"words":["a","b"],"no":%d}`)
	}
	for _, op := range modelOf(fs).Document(infer.Options{}).Operations {
		isTable := op.Path != "/words" && strings.Count(op.Path, "/") == 1
		hasMatch := slices.ContainsFunc(op.Params, func(p infer.Param) bool { return p.In == infer.InQuery && p.Name == "match" })
		if hasMatch != isTable {
			t.Errorf("%s takes match: %v, want %v", op.Path, hasMatch, isTable)
		}
	}
}

// TestFormatsOfParameters holds that a parameter has the format that others of its name have, if all
// of its own values have it: also the few from which alone none is concluded.
func TestFormatsOfParameters(t *testing.T) {
	day := func(i int) string { return fmt.Sprintf("day=2024-0%d-1%d", i%9+1, i) }
	var fs []flow.Flow
	for i := range 9 {
		fs = append(fs, get("/sales", day(i), `[{"n":1}]`), get("/plain", fmt.Sprintf("day=monday%d", i), `[{"n":1}]`), get("/numbers", fmt.Sprintf("day=%d", i), `[{"n":1}]`),
			get("/words", "day="+[]string{"today", "yesterday", "tomorrow"}[i%3], `[{"n":1}]`),
			get("/times", fmt.Sprintf("day=2024-0%d-02T10:11:1%dZ", i+1, i), `[{"n":1}]`), call("PUT", "/body", 200, "application/json", `{"day":"x"}`, "", ""))
	}
	fs = append(fs, get("/costs", day(1), `[{"n":1}]`), get("/mixed", day(1), `[{"n":1}]`), get("/mixed", "day=today", `[{"n":1}]`),
		get("/days", day(1), `[{"n":1}]`), get("/days", "day=5", `[{"n":1}]`), get("/lists", "day=2024-01-11&day=2024-01-12", `[{"n":1}]`))
	d := modelOf(fs).Document(infer.Options{})
	for path, want := range map[string]string{
		"/sales": "date", "/costs": "date", "/plain": "", "/numbers": "", "/words": "", "/times": "date-time", "/mixed": "", "/days": "", "/lists": "",
	} {
		s := operation(t, d, "GET", path).Params[0].Schema
		if s.Format != want {
			t.Errorf("%s: format %q, want %q", path, s.Format, want)
		}
	}
}

// TestJSONParams holds that a query parameter whose values are JSON, as the "filters" of Docker, is
// described as such, and that a search for phrases in quotes is not.
func TestJSONParams(t *testing.T) {
	var fs []flow.Flow
	for i := range 9 {
		fs = append(fs, get("/containers", fmt.Sprintf("filters=%%7B%%22status%%22%%3A[%%22running%%22]%%7D&q=%%22blue+car+%d%%22&where=%%7Ba%d", i, i), `[{"id":1}]`))
	}
	d := soundBoth(t, fs)
	got := map[string]bool{}
	for _, p := range operation(t, d, "GET", "/containers").Params {
		got[p.Name] = p.IsJSON
		if p.IsJSON != (p.Schema.Kind == schema.Object) {
			t.Errorf("%s has a schema of kind %v", p.Name, p.Schema.Kind)
		}
	}
	if want := map[string]bool{"filters": true, "q": false, "where": false}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
