package correction

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/route"
)

// TestParsePlace reads each form of a place, and writes it as it was.
func TestParsePlace(t *testing.T) {
	for text, want := range map[string]Place{
		"User":                          {Component: "User"},
		"User /email":                   {Component: "User", Pointer: []string{"email"}},
		"User /tags/*":                  {Component: "User", Pointer: []string{"tags", "*"}},
		"User /a~1b/c~0d/~01":           {Component: "User", Pointer: []string{"a/b", "c~d", "~1"}},
		"User /":                        {Component: "User", Pointer: []string{""}},
		"URL /a":                        {Component: "URL", Pointer: []string{"a"}},
		"URL /request":                  {Component: "URL", Pointer: []string{"request"}},
		"GET /users query limit":        {Method: "GET", Path: "/users", In: "query", Name: "limit"},
		"GET /users/{id} path id":       {Method: "GET", Path: "/users/{id}", In: "path", Name: "id"},
		"GET /users header X-A":         {Method: "GET", Path: "/users", In: "header", Name: "X-A"},
		"GET /users cookie a b":         {Method: "GET", Path: "/users", In: "cookie", Name: "a b"},
		"POST /users request":           {Method: "POST", Path: "/users", In: "request"},
		"POST /users request /name":     {Method: "POST", Path: "/users", In: "request", Pointer: []string{"name"}},
		"GET /users response 100":       {Method: "GET", Path: "/users", In: "response", Status: 100},
		"GET /users response 599 /0/id": {Method: "GET", Path: "/users", In: "response", Status: 599, Pointer: []string{"0", "id"}},
	} {
		got, err := ParsePlace(text)
		if err != nil || !reflect.DeepEqual(got, want) || got.String() != text {
			t.Errorf("%s: %+v, %q, %v", text, got, got, err)
		}
		if got, err := ParsePlace(" " + strings.ReplaceAll(text, " ", "   ") + "  "); want.In != "cookie" && (err != nil || !reflect.DeepEqual(got, want)) {
			t.Errorf("%s with more space: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", " ", "a b", "User email", "a/b /c", "/users", "GET users query limit", "GET /users query",
		"GET /users response", "GET /users response 99", "GET /users response 600", "GET /users response ok", "GET /users response 2XX",
		"GET /users response 200 id", "POST /users request name", strings.Repeat("A", 201),
	} {
		if got, err := ParsePlace(text); err == nil || !strings.HasPrefix(err.Error(), fmt.Sprintf("%q is no place: it is like ", text)) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// TestParseOperation reads a method and a path, and a pattern of operations to leave out.
func TestParseOperation(t *testing.T) {
	for text, want := range map[string]string{"GET /a": "GET,/a", " POST   /a/{b} ": "POST,/a/{b}", "GET a": "", "get /a": "", "/a": "", "GET /a b": "", "": ""} {
		method, path, err := ParseOperation(text)
		if (err == nil) != (want != "") || err == nil && method+","+path != want || err != nil && (method+path != "" || !strings.Contains(err.Error(), "it is like GET /users/{id}")) {
			t.Errorf("%q: %s %s, %v", text, method, path, err)
		}
	}
	for text, want := range map[string]LeaveOut{
		"/a/**": {Path: "/a/**"}, " /a ": {Path: "/a"}, "GET /a": {Method: "GET", Path: "/a"}, "DELETE  /a": {Method: "DELETE", Path: "/a"}, "a": {}, "get /a": {}, "GET a": {}, "": {},
	} {
		got, err := ParseLeaveOut(text)
		if (err == nil) != (want.Path != "") || err == nil && got != want || err != nil && err.Error() != fmt.Sprintf("%q must begin with /", text) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// template returns the template of a path, whose segments in braces are parameters.
func template(path string) route.Template {
	var out route.Template
	for _, s := range splitPath(path) {
		var chunks []route.Chunk
		for s != "" {
			literal, rest, found := strings.Cut(s, "{")
			if literal != "" {
				chunks = append(chunks, route.Chunk{Literal: literal})
			}
			if found {
				name, after, _ := strings.Cut(rest, "}")
				chunks, rest = append(chunks, route.Chunk{Param: &route.Param{Name: name}}), after
			}
			s = rest
		}
		out.Segments = append(out.Segments, route.Segment{Chunks: chunks})
	}
	return out
}

// TestLeavesOut matches patterns with templates: "*" is one segment, "**" at the end any number.
func TestLeavesOut(t *testing.T) {
	for _, x := range []struct {
		pattern, path string
		want          bool
	}{
		{"/a", "/a", true}, {"/a", "/b", false}, {"/a", "/a/b", false}, {"/a/b", "/a", false}, {"/a/", "/a", true},
		{"/a/*", "/a/b", true}, {"/a/*", "/a/{id}", true}, {"/a/*", "/a", false}, {"/a/*", "/a/b/c", false}, {"/*/b", "/a/b", true},
		{"/a/**", "/a", true}, {"/a/**", "/a/b/c", true}, {"/a/**", "/b", false}, {"/**", "/a", true}, {"/**/b", "/a/b", false},
		{"/a/{x}", "/a/{id}", true}, {"/a/{x", "/a/{id}", false}, {"/a/b.{x}", "/a/b.{x}", true},
		{"GET /a", "/a", true}, {"POST /a", "/a", false},
	} {
		l, err := ParseLeaveOut(x.pattern)
		if err != nil {
			t.Fatal(err)
		}
		c, tmpl := Corrections{LeaveOut: []LeaveOut{{Path: "/other"}, l}}, template(x.path)
		if got := c.LeavesOut("GET", &tmpl); got != x.want {
			t.Errorf("%s leaves out GET %s: %t", x.pattern, x.path, got)
		}
	}
}

// TestUnmatched returns the corrections of paths and hosts that match nothing.
func TestUnmatched(t *testing.T) {
	yes, no := true, false
	templates := []route.Template{template("/users/{id}"), template("/users/me"), template("/files/{name}.{ext}")}
	methods := func(*route.Template) []string { return []string{"GET"} }
	for _, x := range []struct {
		c    Corrections
		fits bool
	}{
		{Corrections{Segments: []Segment{{Path: "/users/me", Parameter: &no}}}, true},
		{Corrections{Segments: []Segment{{Path: "/users/you", Parameter: &no}}}, false},
		{Corrections{Segments: []Segment{{Path: "/users/*", Parameter: &yes}}}, true},
		{Corrections{Segments: []Segment{{Path: "/users/7", Parameter: &yes}}}, true},
		{Corrections{Segments: []Segment{{Path: "/users/7", Parameter: &yes, Name: "id"}}}, true},
		{Corrections{Segments: []Segment{{Path: "/users/7", Name: "user"}}}, false},
		{Corrections{Segments: []Segment{{Path: "/shops/7", Parameter: &yes}}}, false},
		{Corrections{Segments: []Segment{{Path: "/users/7/a", Parameter: &yes}}}, false},
		{Corrections{Segments: []Segment{{Path: "/files/*", Parameter: &yes}}}, false},
		{Corrections{Segments: []Segment{{Path: "/users", Parameter: &no}}}, true},
		{Corrections{LeaveOut: []LeaveOut{{Path: "/users/**"}}}, true},
		{Corrections{LeaveOut: []LeaveOut{{Method: "GET", Path: "/users/me"}}}, true},
		{Corrections{LeaveOut: []LeaveOut{{Method: "POST", Path: "/users/me"}}}, false},
		{Corrections{LeaveOut: []LeaveOut{{Path: "/user"}}}, false},
		{Corrections{Hosts: map[string]string{"a.example": "b.example"}}, true},
		{Corrections{Hosts: map[string]string{"c.example": "b.example"}}, false},
	} {
		got := x.c.Unmatched(templates, methods, func(host string) bool { return host == "a.example" })
		if (len(got) == 0) != x.fits {
			t.Errorf("%+v: %v", x.c, got)
		}
	}
	all := Corrections{Segments: []Segment{{Path: "/x", Host: "h", Parameter: &yes}}, LeaveOut: []LeaveOut{{Method: "GET", Path: "/y"}},
		Hosts: map[string]string{"d": "b", "c": "b"}}
	got := fmt.Sprint(all.Unmatched(templates, methods, func(string) bool { return false }))
	if want := "[segment /x (h): no captured path matches leave out GET /y: no captured path matches host c: no captured flow has this host host d: no captured flow has this host]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestFor selects the corrections of some hosts and those of all.
func TestFor(t *testing.T) {
	all := Corrections{
		Hosts:    map[string]string{"c": "a"},
		Segments: []Segment{{Path: "/1"}, {Path: "/2", Host: "a"}, {Path: "/3", Host: "b"}}, LeaveOut: []LeaveOut{{Path: "/1"}, {Path: "/2", Host: "b"}},
		APIs: []API{{Title: "1", Host: "b"}, {Title: "2"}}, Operations: []Operation{{Name: "1", Host: "a"}, {Name: "2", Host: "b"}},
		Values: []Value{{Type: "1", Host: "a"}, {Type: "2", Host: "b"}}, Components: []Component{{Of: "1", Host: "b"}, {Of: "2", Host: "a"}},
	}
	want := Corrections{
		Hosts: all.Hosts, Segments: all.Segments[:2], LeaveOut: all.LeaveOut[:1], APIs: all.APIs[1:], Operations: all.Operations[:1], Values: all.Values[:1],
		Components: all.Components[1:],
	}
	if got := all.For([]string{"a", "d"}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := all.For(nil); !reflect.DeepEqual(got, all) {
		t.Errorf("for no hosts, %+v", got)
	}
	yes, no := true, false
	routes := (&Corrections{Segments: []Segment{{Path: "/1", Name: "n"}, {Path: "/2", Parameter: &yes}, {Path: "/3", Parameter: &no}}}).Routes()
	if want := []route.Correction{{Path: "/1", Name: "n"}, {Path: "/2", Parameter: true}, {Path: "/3", Literal: true}}; !reflect.DeepEqual(routes, want) {
		t.Errorf("%+v", routes)
	}
}
