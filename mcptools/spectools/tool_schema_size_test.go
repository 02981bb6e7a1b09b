package spectools

import (
	"fmt"
	"strings"
	"testing"
)

// TestSchemasOfAllTools checks what all tools of a document together hold of its schemas: each has
// a copy of those it refers to, and a document may let every operation refer to everything. The
// parts that are near the arguments stay, and those far away accept any value.
func TestSchemasOfAllTools(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const operations, chain = 500, 300
	kinds := strings.Repeat("x", 800)
	var paths, schemas strings.Builder
	for i := range operations {
		fmt.Fprintf(&paths, `%s"/p%d":{"post":{"operationId":"op%[2]d","requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/S0"}}}},
			"responses":{"200":{"description":"done"}}}}`, comma(i), i)
	}
	for i := range chain {
		fmt.Fprintf(&schemas, `"S%d":{"type":"object","properties":{"n":{"type":"integer"},"kind":{"type":"string","const":"%s"},
			"next":{"$ref":"#/components/schemas/S%d"}}},`, i, kinds, i+1)
	}
	s := newSet(t, `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"https://x.test"}],"paths":{`+paths.String()+`},
		"components":{"schemas":{`+schemas.String()+fmt.Sprintf(`"S%d":{"type":"string"}}}}`, chain), Options{})
	size := 0
	for _, op := range s.ops {
		size += len(op.tool.RawInputSchema)
	}
	if size < maxDefinitions/2 || size > 3*maxDefinitions/2 {
		t.Errorf("%d operations have %d bytes", len(s.ops), size)
	}
	last := s.ops[operations-1]
	text := string(last.tool.RawInputSchema)
	if !strings.Contains(text, `"S7":{`) || strings.Contains(text, `"S200"`) || !strings.Contains(text, `":true`) {
		t.Error("not the definitions that are the nearest")
	}
	if notes := s.Notes(); len(notes) != operations || !strings.Contains(notes[0].Text, "1 of them accept any value") {
		t.Errorf("%d notes", len(notes))
	}
	next := func(depth int) string {
		return `{"requestBody":` + strings.Repeat(`{"next":`, depth) + `{"n":"one"}` + strings.Repeat("}", depth) + "}"
	}
	c := connectTo(t, NewServer(s, ServerOptions{Mode: ModeStatic}), false)
	if r := call(t, c, last.toolName, next(3)); r.Type != "error" || !strings.Contains(fmt.Sprint(r.Raw), "integer") {
		t.Errorf("a wrong value in a near part: %v", r.Raw)
	}
	if r := call(t, c, last.toolName, next(110)); r.Type != "confirmation_request" {
		t.Errorf("a wrong value far away: %v", r.Raw)
	}
}

// comma returns what stands before element i of a list.
func comma(i int) string {
	if i == 0 {
		return ""
	}
	return ","
}
