package build

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow/call"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/openapi"
)

// TestOperationParts checks what a document says of an operation, and of one of which nothing is
// known.
func TestOperationParts(t *testing.T) {
	str := &schema.Schema{Kind: schema.String}
	d := infer.Document{Title: "t", Operations: []infer.Operation{
		{
			Method: "GET", Path: "/a", ID: "a", Tags: []string{"b", "", "a\nc"}, Seen: 8, Certainty: 0.5,
			Params:    []infer.Param{{Name: "q", In: infer.InQuery, Schema: str, Seen: 3, Values: 2}, {Name: "r", In: infer.InQuery, Schema: str, Seen: 1}},
			Responses: []infer.Response{{Status: 99, Seen: 1}, {Status: 100}, {Status: 200, Seen: 7}, {Status: 599}},
			Paging:    &infer.Paging{Style: "page", Param: "p", Items: "/items"}, Servers: []string{"https://b.example", "", "https://c.example"},
			Variants: []call.Variant{{Kind: "JSON-RPC", Name: "n"}},
		},
		{Method: "POST", Path: "/b", ID: "b", Tags: []string{"a"}, Request: &infer.RequestBody{}, Responses: []infer.Response{{Status: 600}}, Security: [][]string{{}}},
	}}
	doc, err := Document(d, Options{})
	if err != nil {
		t.Fatal(err)
	}
	AddEvidence(doc, d)
	a, b := doc.Paths.Value("/a").Get, doc.Paths.Value("/b").Post
	keys := func(r *openapi3.Responses) string { return strings.Join(sortedKeys(r.Map()), " ") }
	if x, y := keys(a.Responses), keys(b.Responses); x != "100 200 599 default" || y != "default" {
		t.Errorf("responses %s, %s", x, y)
	}
	if !slices.Equal(a.Tags, []string{"b", "a c"}) || len(doc.Tags) != 3 || doc.Tags[0].Name != "a" || doc.Tags[1].Name != "a c" || doc.Tags[2].Name != "b" {
		t.Errorf("tags %v of %v", a.Tags, doc.Tags)
	}
	if a.Servers == nil || len(*a.Servers) != 2 || (*a.Servers)[1].URL != "https://c.example" || b.Servers != nil {
		t.Errorf("servers %v, %v", a.Servers, b.Servers)
	}
	if b.RequestBody != nil {
		t.Error("a body without content")
	}
	for key, want := range map[string]string{
		openapi.ExtPaging:   `{"items":"/items","parameter":"p","style":"page"}`,
		openapi.ExtVariant:  `{"kind":"JSON-RPC","name":"n"}`,
		openapi.ExtEvidence: `{"confidence":0.45,"exchanges":8,"parameters":{"query.q":{"exchanges":3,"values":2},"query.r":{"exchanges":1}},"statuses":{"100":0,"200":7,"599":0,"99":1}}`,
	} {
		if got, err := json.Marshal(a.Extensions[key]); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v, want %s", key, got, err, want)
		}
	}
	if got, err := json.Marshal(b.Extensions); err != nil || string(got) != `{"`+openapi.ExtEvidence+`":{"confidence":0,"exchanges":0,"statuses":{"600":0}}}` {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := Document(d, Options{Version: "2.0"}); err == nil || !strings.Contains(err.Error(), `"2.0": the version must be 3.0 or 3.1`) {
		t.Errorf("version 2.0: %v", err)
	}
}

// TestExampleValues checks the example of each kind of schema.
func TestExampleValues(t *testing.T) {
	for _, x := range []struct{ schema, want string }{
		{`{"type":"string"}`, `"string"`}, {`{"type":"integer"}`, `1`}, {`{"type":"number"}`, `1.5`}, {`{"type":"boolean"}`, `true`}, {`{"type":"null"}`, `null`},
		{`{"type":"string","format":"date-time"}`, `"2024-01-31T12:00:00Z"`}, {`{"type":"string","format":"date"}`, `"2024-01-31"`},
		{`{"type":"string","format":"uuid"}`, `"123e4567-e89b-12d3-a456-426614174000"`}, {`{"type":"string","format":"email"}`, `"user@example.com"`},
		{`{"type":"string","format":"uri"}`, `"https://example.com/"`}, {`{"type":"string","format":"hostname"}`, `"example.com"`},
		{`{"type":"string","format":"ipv4"}`, `"192.0.2.1"`}, {`{"type":"string","format":"ipv6"}`, `"2001:db8::1"`}, {`{"type":"string","format":"duration"}`, `"P1D"`},
		{`{"type":"string","format":"byte"}`, `"AAAA"`}, {`{"type":"string","format":"binary"}`, `null`}, {`{"type":"string","format":"other"}`, `"string"`},
		{`{"const":"c","type":"string"}`, `"c"`}, {`{"enum":["a","b"]}`, `"a"`}, {`{}`, `null`}, {`{"type":["integer","string"]}`, `1`},
		{`{"oneOf":[{"type":"integer"},{"type":"string"}]}`, `1`}, {`{"anyOf":[{"type":"boolean"},{"type":"string"}]}`, `true`}, {`{"allOf":[{"type":"integer"}]}`, `1`},
		{`{"type":"array","items":{"type":"integer"}}`, `[1]`}, {`{"type":"array"}`, `[]`}, {`{"type":"array","items":{}}`, `[]`},
		{`{"type":"array","prefixItems":[{"type":"integer"},{"type":"string"}],"items":{"type":"boolean"}}`, `[1,"string"]`},
		{`{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}}}`, `{"a":1,"b":"string"}`},
		{`{"type":"object","additionalProperties":{"type":"integer"}}`, `{"key":1}`}, {`{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"integer"}}`, `{"a":1}`},
		{`{"type":"object","properties":{"a":{"$ref":"#/components/schemas/X"}}}`, `{"a":{}}`},
		{`{"type":"object","required":["n"],"properties":{"n":{"type":"integer"},"a":{"type":"array","items":{"$ref":"#/components/schemas/X"}}}}`, `{"a":[],"n":1}`},
	} {
		doc, err := openapi.Load(fmt.Appendf(nil, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"X":%s}}}`, x.schema))
		if err != nil {
			t.Fatal(err)
		}
		e := &exampler{left: 100}
		if got, err := json.Marshal(e.value(doc.Components.Schemas["X"], "x", 0)); err != nil || string(got) != x.want {
			t.Errorf("%s: %s, %v, want %s", x.schema, got, err, x.want)
		}
		if got := (&exampler{}).value(doc.Components.Schemas["X"], "x", 0); got != nil {
			t.Errorf("%s: %v without values left", x.schema, got)
		}
	}
}

// TestExampleDepth ends examples of nested objects, lists and maps at the same depth.
func TestExampleDepth(t *testing.T) {
	for name, x := range map[string]struct{ wrap, open, end, last string }{
		"objects": {`{"type":"object","properties":{"a":%s}}`, `{"a":`, `}`, `{}`},
		"maps":    {`{"type":"object","additionalProperties":%s}`, `{"key":`, `}`, `{}`},
		"lists":   {`{"type":"array","items":%s}`, `[`, `]`, `[]`},
		"tuples":  {`{"type":"array","prefixItems":[%s]}`, `[`, `]`, `1`},
	} {
		s, depth := `{"type":"integer"}`, maxExampleDepth+1
		for range depth {
			s = fmt.Sprintf(x.wrap, s)
		}
		want := strings.Repeat(x.open, maxExampleDepth) + x.last + strings.Repeat(x.end, maxExampleDepth)
		if name == "tuples" { // all of their elements are needed
			want = strings.Repeat(x.open, depth) + x.last + strings.Repeat(x.end, depth)
		}
		doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"X":` + s + `}}}`))
		if err != nil {
			t.Fatal(err)
		}
		e := &exampler{left: 100}
		if got, err := json.Marshal(e.value(doc.Components.Schemas["X"], "x", 0)); err != nil || string(got) != want {
			t.Errorf("%s: %s, %v, want %s", name, got, err, want)
		}
	}
}
