package spectools

import (
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestCookieArguments checks which parameter a cookie of a captured request belongs to: the one of
// its name, else an object whose members are cookies of their own.
func TestCookieArguments(t *testing.T) {
	s := newSet(t, `
openapi: 3.0.3
info: {title: t, version: "1"}
paths:
  /x:
    get:
      operationId: x
      parameters:
        - {name: look, in: cookie, explode: true, schema: {type: object, properties: {theme: {type: string}, size: {type: integer}, sid: {type: string}}}}
        - {name: sid, in: cookie, schema: {type: string}}
        - {name: theme, in: query, schema: {type: string}}
      responses: {"200": {description: ok}}
`, Options{BaseURL: "http://127.0.0.1:1"})
	for cookies, want := range map[string]string{
		"sid=7":                     `{"sid":"7"}`,
		"theme=dark; size=3":        `{"look":{"theme":"dark","size":3}}`,
		"theme=dark; sid=7; size=3": `{"look":{"theme":"dark","size":3},"sid":"7"}`,
		"other=1; theme=dark":       `{"look":{"theme":"dark"}}`,
		"other=1":                   `{}`,
	} {
		r := flow.Request{Method: "GET", Path: "/x", Header: flow.Header{{Name: "Cookie", Value: cookies}}}
		_, args, err := s.Arguments("GET", "/x", nil, &r)
		if err != nil || string(mustJSON(args)) != want {
			t.Errorf("%s: %s, %v; want %s", cookies, mustJSON(args), err, want)
		}
	}
}
