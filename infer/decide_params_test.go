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

// TestRequiredQuery holds that a query parameter of all requests is required if its values differ
// and most other parameters come and go. Without that, it may be a habit of the client.
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
