package correction

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
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
