package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/catalog"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/openapi"
)

// components returns the components of a document.
func components(t *testing.T, text string) openapi3.Schemas {
	t.Helper()
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":` + text + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	return doc.Components.Schemas
}

// TestWordsOfSchemas checks what is said of the type of a schema and of its other conditions.
func TestWordsOfSchemas(t *testing.T) {
	var values []string
	for i := range maxEnum + 2 {
		values = append(values, fmt.Sprint(i))
	}
	for _, tt := range []struct{ schema, typ, limits string }{
		{`{}`, "any", ""}, {`{"type":"string"}`, "string", ""}, {`{"type":["string","null"],"format":"date"}`, "string or null (date)", ""}, {`{"format":"date"}`, "any (date)", ""},
		{`{"oneOf":[{}],"anyOf":[{}],"allOf":[{}]}`, "one of", ""}, {`{"anyOf":[{}],"allOf":[{}]}`, "any of", ""}, {`{"allOf":[{}]}`, "all of", ""}, {`{"type":"object","oneOf":[{}]}`, "object", ""},
		{`{"enum":["a",1,null]}`, "any", `one of "a", 1, null`}, {`{"const":"x"}`, "any", `always "x"`},
		{`{"minimum":1.5,"maximum":2,"default":1.5,"pattern":"^a"}`, "any", "at least 1.5; at most 2; default 1.5; pattern ^a"},
		{`{"enum":[` + strings.Join(values[:maxEnum], ",") + `]}`, "any", "one of " + strings.Join(values[:maxEnum], ", ")},
		{`{"enum":[` + strings.Join(values, ",") + `]}`, "any", "one of " + strings.Join(values[:maxEnum], ", ") + ", and 2 more"},
	} {
		s := components(t, `{"X":`+tt.schema+`}`)["X"].Value
		if typ, limits := typeOf(s), strings.Join(limits(s), "; "); typ != tt.typ || limits != tt.limits {
			t.Errorf("%s: %s; %s\nwant %s; %s", tt.schema, typ, limits, tt.typ, tt.limits)
		}
	}
	if got := typeOf(&openapi3.Schema{Type: &openapi3.Types{"string"}, Nullable: true}); got != "string or null" {
		t.Errorf("%s", got)
	}
	if got := asJSON(func() {}); !strings.HasPrefix(got, "0x") {
		t.Errorf("%s", got)
	}
}

// TestParts checks the names and places of what a schema consists of.
func TestParts(t *testing.T) {
	all := components(t, `{"X":{"required":["b"],"properties":{"b":{},"a/c":{"enum":["x",1],"x-spectap-observed":["y",2]}},"additionalProperties":{},"prefixItems":[{},{}],"items":{},"oneOf":[{}],"anyOf":[{"properties":{"d":{}}}],"allOf":[{},{"$ref":"#/components/schemas/Y"}]},
		"Y":{"properties":{"e":{"items":{"type":"string"}}}}}`)
	lines := func(at string) string {
		var out []string
		var visit func(n *Node, depth int)
		visit = func(n *Node, depth int) {
			for i := range n.Children {
				c := &n.Children[i]
				out = append(out, fmt.Sprintf("%d %s %t [%s] %s", depth, c.Name, c.Required, c.At, c.Pointer))
				visit(c, depth+1)
			}
		}
		n, cut := tree("", all["X"], place{at, "/p"})
		if cut || n.At != at || n.Pointer != "/p" {
			t.Errorf("%+v", n)
		}
		if c := n.Children[0]; !slices.Equal(c.Enum, []string{"x"}) || !slices.Equal(c.Observed, []string{"y"}) {
			t.Errorf("the values %q and %q", c.Enum, c.Observed)
		}
		visit(&n, 0)
		return strings.Join(out, "\n")
	}
	want := `0 a/c false [R /a~1c] /p/properties/a~1c
0 b true [R /b] /p/properties/b
0 (any name) false [R /*] /p/additionalProperties
0 (item 0) false [R /0] /p/prefixItems/0
0 (item 1) false [R /1] /p/prefixItems/1
0 (each item) false [R /*] /p/items
0 (one of) false [R] /p/oneOf/0
0 (any of) false [R] /p/anyOf/0
1 d false [R /d] /p/anyOf/0/properties/d
0 (all of) false [R] /p/allOf/0
0 (all of) false [R] /components/schemas/Y
1 e false [Y /e] /components/schemas/Y/properties/e
2 (each item) false [Y /e/*] /components/schemas/Y/properties/e/items`
	if got := lines("R"); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := lines(""); strings.Contains(got, "[R") || strings.Contains(got, "[Y") {
		t.Errorf("places without one: %s", got)
	}
	// A component is shown again beside itself, but not within itself.
	twice := components(t, `{"A":{"properties":{"x":{"$ref":"#/components/schemas/B"},"y":{"$ref":"#/components/schemas/B"}}},"B":{"properties":{"z":{}}}}`)
	if n, _ := tree("", twice["A"], place{}); n.Children[0].Again || n.Children[1].Again || len(n.Children[1].Children) != 1 {
		t.Errorf("%+v", n)
	}
	// Components within each other are shown to a depth.
	var deep []string
	for i := range maxDepth + 3 {
		deep = append(deep, fmt.Sprintf(`"C%d":{"properties":{"c":{"$ref":"#/components/schemas/C%d"}}}`, i, i+1))
	}
	schemas := components(t, "{"+strings.Join(deep, ",")+fmt.Sprintf(`,"C%d":{"type":"string"}}`, maxDepth+3))
	for start, want := range map[int]bool{0: true, 2: true, 3: false} {
		if _, cut := tree("", &openapi3.SchemaRef{Ref: fmt.Sprint("#/components/schemas/C", start), Value: schemas[fmt.Sprint("C", start)].Value}, place{}); cut != want {
			t.Errorf("from component %d of %d: cut %t", start, maxDepth+3, cut)
		}
	}
	if n, cut := tree("n", nil, place{"a", "/p"}); n.Name != "n" || n.Type != "any" || n.At != "a" || n.Pointer != "/p" || cut {
		t.Errorf("%+v", n)
	}
}

// TestListed checks what the list says of an operation.
func TestListed(t *testing.T) {
	p, db := open(t)
	for range 2 {
		add(t, db, exchange("OPTIONS", "/api/v1/orders", 405))
	}
	add(t, db, exchange("GET", "/api/v1/none", 404))
	l, err := p.know(t.Context(), "")
	if err != nil || len(l.Operations) == 0 || l.Host != host || len(l.Hosts) != 1 || l.Hosts[0].Operations != len(l.Operations) {
		t.Fatalf("%+v, %v", l, err)
	}
	for _, o := range l.Operations {
		want := map[string]int{"GET": 200, "POST": 201}[o.Method]
		if len(o.Statuses) == 0 || o.Statuses[0] != (Status{want, o.Flows}) || o.Flows == 0 || o.Name == "" {
			t.Errorf("%+v", o)
		}
	}
	for i := 1; i < len(l.LeftOut); i++ {
		if l.LeftOut[i].Count > l.LeftOut[i-1].Count {
			t.Errorf("left out: %+v", l.LeftOut)
		}
	}
	if other, err := p.know(t.Context(), "other.example"); err != nil || other.Host != "" || len(other.Hosts) != 1 || len(other.Operations) != 0 {
		t.Errorf("%+v, %v", other, err)
	}
	notReady := &catalog.NotReadyError{Read: 7}
	for _, err := range []error{notReady, catalog.ErrNoFlows} {
		p.Documents = someHosts{p.Documents, nil, err}
		if l, failed := p.know(t.Context(), ""); failed != nil || l.Learning != (err == error(notReady)) || l.Learning && l.Read != 7 || l.Hosts == nil || l.Operations == nil {
			t.Errorf("%v: %+v, %v", err, l, failed)
		}
	}
	got := listed(&infer.Operation{Method: "GET", Path: "/a", ID: "a", Seen: 3})
	if got.Statuses == nil || got.Flows != 3 {
		t.Errorf("%+v", got)
	}
}
