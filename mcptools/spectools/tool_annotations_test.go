package spectools

import "testing"

// TestAnnotationsNeverLoosen: the extensions of a document may tighten the hints that follow from
// the method, but not loosen them.
func TestAnnotationsNeverLoosen(t *testing.T) {
	const loose = `"x-mcp-read-only": true, "x-mcp-destructive": false, "x-mcp-idempotent": true, "x-mcp-open-world": false`
	const tight = `"x-mcp-read-only": false, "x-mcp-destructive": true, "x-mcp-idempotent": false, "x-mcp-open-world": true`
	const body = `"requestBody": {"content": {"application/json": {}}}`
	const override = `"parameters": [{"name": "_method", "in": "query", "schema": {"type": "string"}}]`
	type hints struct{ readOnly, destructive, idempotent, openWorld bool }
	read, write := hints{true, false, true, true}, hints{false, true, false, true}
	for _, x := range []struct {
		name, method, members string
		want                  hints
	}{
		{"read", "get", ``, read},
		{"loosened read", "get", loose, read},
		{"tightened read", "get", tight, write},
		{"read that is said to destroy", "get", `"x-mcp-destructive": true`, hints{false, true, true, true}},
		{"read that is said to write", "get", `"x-mcp-read-only": false`, hints{false, true, true, true}},
		{"read that is said to add", "get", `"x-mcp-read-only": false, "x-mcp-destructive": false`, hints{false, false, true, true}},
		{"read with a body", "get", body, hints{false, true, false, true}},
		{"loosened read with a body", "get", body + "," + loose, hints{false, true, false, true}},
		{"read with an override", "get", override, hints{false, true, false, true}},
		{"delete", "delete", ``, hints{false, true, true, true}},
		{"loosened delete", "delete", loose, hints{false, true, true, true}},
		{"tightened delete", "delete", tight, write},
		{"loosened post", "post", loose, write},
		{"loosened put", "put", loose, hints{false, true, true, true}},
		{"loosened patch", "patch", loose, write},
	} {
		t.Run(x.name, func(t *testing.T) {
			members := x.members
			if members != "" {
				members += ","
			}
			s := newSet(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"paths":{"/a":{"`+x.method+`":{`+members+
				`"operationId":"a","responses":{"200":{"description":"ok"}}}}}}`, Options{BaseURL: "http://127.0.0.1:1"})
			a := s.Tools()[0].Tool.Annotations
			got := hints{*a.ReadOnlyHint, *a.DestructiveHint, *a.IdempotentHint, *a.OpenWorldHint}
			if got != x.want {
				t.Errorf("got %+v, want %+v", got, x.want)
			}
		})
	}
}
