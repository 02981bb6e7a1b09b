package overrides

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/infer/correction"
)

// TestParseAll reads an entry of each section with all of its keys.
func TestParseAll(t *testing.T) {
	got, err := Parse([]byte(`
segments:
  - {path: /users/me, host: h, parameter: false}
  - {path: /users/x, name: id}
leave-out:
  - DELETE /internal/**
  - {path: /health, host: h}
hosts: {u.example: a.example}
operations:
  - {operation: GET /users, host: h, name: listUsers, summary: s, description: d}
values:
  - {at: User /email, host: h, required: true, nullable: false, type: string, format: email, enum: [a, b], description: d, component: Email}
  - {at: GET /users query limit, enum: open}
components:
  - {component: User, host: h, name: Account, merge: [Person], description: d}
apis:
  - {host: h, title: t, description: d}
`))
	if err != nil {
		t.Fatal(err)
	}
	yes, no := true, false
	want := correction.Corrections{
		Segments:   []correction.Segment{{Host: "h", Path: "/users/me", Parameter: &no}, {Path: "/users/x", Name: "id"}},
		LeaveOut:   []correction.LeaveOut{{Method: "DELETE", Path: "/internal/**"}, {Host: "h", Path: "/health"}},
		Hosts:      map[string]string{"u.example": "a.example"},
		Operations: []correction.Operation{{Host: "h", Method: "GET", Path: "/users", Name: "listUsers", Summary: "s", Description: "d"}},
		Values: []correction.Value{
			{Host: "h", At: correction.Place{Component: "User", Pointer: []string{"email"}}, Required: &yes, Nullable: &no, Type: "string", Format: "email",
				Enum: []string{"a", "b"}, Description: "d", Component: "Email"},
			{At: correction.Place{Method: "GET", Path: "/users", In: "query", Name: "limit"}, Open: true},
		},
		Components: []correction.Component{{Host: "h", Of: "User", Name: "Account", Merge: []string{"Person"}, Description: "d"}},
		APIs:       []correction.API{{Host: "h", Title: "t", Description: "d"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	var listed []string
	for _, e := range List(&got) {
		listed = append(listed, strings.TrimSpace(e.Section+" "+e.Host+" "+e.Key))
		if e.Says == "" || e.Name == "" {
			t.Errorf("an entry that says nothing: %+v", e)
		}
	}
	if want := []string{"segments h /users/me", "segments  /users/x", "leave-out  DELETE /internal/**", "leave-out h /health", "hosts  u.example",
		"operations h GET /users", "values h User /email", "values  GET /users query limit", "components h User", "apis h"}; !slices.Equal(listed, want) {
		t.Errorf("listed %q, want %q", listed, want)
	}
}

// TestParseRefused names the section and the entry that cannot be read, and says why.
func TestParseRefused(t *testing.T) {
	for text, want := range map[string]string{
		"segments: [{path: /a, parameter: true}, {path: a}]":   `segments, entry 2: path "a" must begin with / and have a segment`,
		"segments: [{path: /}]":                                `segments, entry 1: path "/" must begin`,
		"segments: [{path: /a}]":                               "segments, entry 1: /a has neither parameter nor name",
		"segments: [{path: /a, parameter: false, name: b}]":    "/a has parameter: false and a name",
		"segments: [{path: /a, name: 'b{'}]":                   `/a has the name "b{": it must not have braces or slashes`,
		"segments: [{path: /a, name: b/c}]":                    "it must not have braces or slashes",
		"segments: [{path: /a, nam: b}]":                       "nam",
		"leave-out: [/a, b]":                                   "leave-out, entry 2: ",
		"leave-out: [{path: /a, method: GET}]":                 "line 1: there is no key method",
		"operations: [{operation: users, name: a}]":            "operations, entry 1: ",
		"operations: [{operation: GET /users}]":                "GET /users has no name, summary or description",
		"operations: [{operation: GET /users, name: a b}]":     `GET /users has the name "a b": it may have letters, digits, and . _ -`,
		"values: [{at: 'User email', required: true}]":         "values, entry 1: ",
		"values: [{at: User /email}]":                          "User /email has nothing to correct",
		"values: [{at: User /email, type: text}]":              `User /email has the type "text": it must be one of `,
		"values: [{at: User /email, format: a b}]":             `User /email has the format "a b"`,
		"values: [{at: User /email, enum: []}]":                "User /email has an enum without values",
		"values: [{at: User /email, enum: closed}]":            "line 1: enum is a list of values, or the word open",
		"values: [{at: User /email, component: a b}]":          `User /email has the component "a b"`,
		"values: [{at: GET /users query limit, component: A}]": "GET /users query limit has a component: parameters have none",
		"components: [{component: a b, name: C}]":              `the name "a b" of a component may have`,
		"components: [{component: A, name: b c}]":              `the name "b c" of a component may have`,
		"components: [{component: A, merge: [B, c d]}]":        `the name "c d" of a component may have`,
		"components: [{component: A}]":                         "A has no name, merge or description",
		"apis: [{title: t}, {host: h}]":                        "apis, entry 2: it has no title or description",
		"other: []":                                            "other",
	} {
		if c, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || !reflect.DeepEqual(c, correction.Corrections{}) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	for _, text := range []string{
		"operations: [{operation: GET /users, summary: s}]", "operations: [{operation: GET /users, description: d}]",
		"values: [{at: A, required: false}]", "values: [{at: A, nullable: true}]", "values: [{at: A, description: d}]", "values: [{at: A, format: date}]",
		"values: [{at: GET /users request /a, component: A}]", "components: [{component: A, merge: []}]", "components: [{component: A, description: d}]",
		"apis: [{description: d}]", "segments: [{path: /a, parameter: true, name: b}]", "",
	} {
		if _, err := Parse([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestMakeRefused checks that a refused change is told what it lacks.
func TestMakeRefused(t *testing.T) {
	for _, x := range []struct {
		ask  Ask
		want string
	}{
		{Ask{Kind: Parameter}, "parameter: what it is about is missing"},
		{Ask{Kind: Literal, At: " "}, "literal: what it is about is missing"},
		{Ask{Kind: LeaveOut}, "leave-out: what it is about is missing"},
		{Ask{Kind: HostOf, To: "h"}, "host: what it is about is missing"},
		{Ask{Kind: HostOf, At: "h"}, "host h: the new host is missing"},
		{Ask{Kind: Rename, At: "User"}, "rename User: the new name is missing"},
		{Ask{Kind: Rename, At: "GET /users"}, "rename GET /users: the new name is missing"},
		{Ask{Kind: Rename, At: "a b", To: "c"}, `"a b" has no name that can change`},
		{Ask{Kind: Type, At: "User /a"}, "type User /a: the new type is missing"},
		{Ask{Kind: Format, At: "User /a"}, "format User /a: the new format is missing"},
		{Ask{Kind: Split, At: "User /a"}, "split User /a: the new name is missing"},
		{Ask{Kind: Enum, At: "User /a"}, "the values of User /a are missing"},
		{Ask{Kind: Optional, At: "a b"}, `"a b" is no place`},
		{Ask{Kind: "other", At: "User /a"}, `"other" is no kind of correction: it is one of parameter, `},
		{Ask{Kind: Title, To: " "}, "title: the text is missing"},
		{Ask{Kind: Summary, At: "GET /users"}, "summary GET /users: the text is missing"},
		{Ask{Kind: Describe}, "describe: the text is missing"},
		{Ask{Kind: Describe, At: "User"}, "describe User: the text is missing"},
		{Ask{Kind: Describe, At: "a b", To: "c"}, `"a b" is no place`},
		{Ask{Kind: Merge, At: "User"}, "merge User: with what?"},
		{Ask{Kind: Merge, Values: []string{"A"}}, "merge: what it is about is missing"},
		{Ask{Kind: Merge, At: "/a/b", Values: []string{"/a/c", "/d/e"}}, "merge /a/b: /d/e differs in more than the last segment"},
		{Ask{Kind: Merge, At: "/a/b", Values: []string{"/a/c/d"}}, "merge /a/b: /a/c/d differs in more than the last segment"},
		{Ask{Kind: Describe, At: "User", To: "\xff"}, `"\xff" is not valid UTF-8`},
		{Ask{Kind: Enum, At: "User /a", Values: []string{"b", "\xff"}}, `"\xff" is not valid UTF-8`},
	} {
		if _, err := Make(x.ask); err == nil || !strings.HasPrefix(err.Error(), x.want) {
			t.Errorf("%+v: %v, want %s", x.ask, err, x.want)
		}
	}
}

// TestResolve names components as they were inferred, which is how the file names them.
func TestResolve(t *testing.T) {
	have := &correction.Corrections{Components: []correction.Component{{Of: "User", Name: "Account"}, {Of: "Item", Description: "d"}}}
	asked := []string{"Account", "Other"}
	for _, x := range []struct{ ask, want Change }{
		{Change{Section: components, Key: "Account"}, Change{Section: components, Key: "User"}},
		{Change{Section: components, Key: "Item"}, Change{Section: components, Key: "Item"}},
		{Change{Section: components, Key: "Item", Add: []Field{{"merge", asked}}}, Change{Section: components, Key: "Item", Add: []Field{{"merge", []string{"User", "Other"}}}}},
		{Change{Section: values, Key: "Account /a"}, Change{Section: values, Key: "User /a"}},
		{Change{Section: values, Key: "GET /Account query Account"}, Change{Section: values, Key: "GET /Account query Account"}},
		{Change{Section: operations, Key: "Account"}, Change{Section: operations, Key: "Account"}},
	} {
		if got := x.ask.Resolve(have); !reflect.DeepEqual(got, x.want) {
			t.Errorf("%+v: %+v, want %+v", x.ask, got, x.want)
		}
	}
	if asked[0] != "Account" {
		t.Error("the change that was asked for is another now")
	}
}
