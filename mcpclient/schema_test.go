package mcpclient

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// TestSchemaTexts checks what a person reads of a schema: its type, its values and an example.
func TestSchemaTexts(t *testing.T) {
	values := func(n int) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprint(i))
		}
		return strings.Join(out, ",")
	}
	many := func(n int) string {
		return `{"allOf":[` + strings.Repeat(`{},`, n-1) + `{"type":"string"}]}`
	}
	for _, tt := range []struct{ name, schema, typ, list, example string }{
		{"nothing", `{}`, "any", "", "{}"},
		{"no schema", `5`, "any", "", "{}"},
		{"a type", `{"type":"string"}`, "string", "", "{}"},
		{"two types", `{"type":["string","null","string"]}`, "string or null", "", "{}"},
		{"no type", `{"type":""}`, "any", "", "{}"},
		{"types that are none", `{"type":["a",1]}`, "any", "", "{}"},
		{"an enum", `{"enum":["a",1,null]}`, "enum", `"a", 1, null`, "{}"},
		{"an enum of a type", `{"type":"string","enum":["a"]}`, "string", `"a"`, "{}"},
		{"a constant", `{"const":5}`, "enum", "5", "{}"},
		{"a boolean", `{"type":"boolean"}`, "boolean", "true, false", "{}"},
		{"a boolean with a value", `{"type":"boolean","enum":[true]}`, "boolean", "true", "{}"},
		{"as many values as are listed", `{"enum":[` + values(maxShownValues) + `]}`, "enum", strings.ReplaceAll(values(maxShownValues), ",", ", "), "{}"},
		{"more values", `{"enum":[` + values(maxShownValues+1) + `]}`, "enum", strings.ReplaceAll(values(maxShownValues), ",", ", ") + ", … (21 values)", "{}"},
		{"properties", `{"properties":{"a":{}}}`, "object", "", "{}"},
		{"an array", `{"type":"array"}`, "array", "", "{}"},
		{"an array of texts", `{"type":"array","items":{"type":"string"}}`, "array of string", "", "{}"},
		{"an array of anything", `{"type":"array","items":{}}`, "array", "", "{}"},
		{"an array of arrays", `{"type":"array","items":{"type":"array","items":{"type":"array"}}}`, "array of array", "", "{}"},
		{"an array or a text", `{"type":["array","string"],"items":{"type":"string"}}`, "array or string", "", "{}"},
		{"items of a text", `{"type":"string","items":{"type":"string"}}`, "string", "", "{}"},
		{"the first items", `{"type":"array","items":{"type":"string"},"allOf":[{"items":{"type":"integer"}}]}`, "array of string", "", "{}"},
		{"required", `{"required":["b","a","b"],"properties":{"x":{},"a":{"type":"integer"},"b":{"type":"number"}}}`, "object", "", `{"b": 1, "a": 1}`},
		{"all types", `{"required":["s","b","l","n","o","e","p","u"],"properties":{"s":{"type":"string"},"b":{"type":"boolean"},"l":{"type":"array"},"n":{"type":"null"},
			"o":{"type":"object","required":["i"],"properties":{"i":{"type":"integer"},"j":{}}},"e":{"type":"integer","enum":[7,8]},"p":{"properties":{"q":{}}},"u":{}}}`, "object", "",
			`{"s": "…", "b": true, "l": [], "n": null, "o": {"i": 1}, "e": 7, "p": {}, "u": "…"}`},
		{"a property twice", `{"required":["a"],"properties":{"a":{"type":"integer"}},"allOf":[{"properties":{"a":{"type":"string"},"b":{}}}]}`, "object", "", `{"a": 1}`},
		{"a reference", `{"$ref":"#/$defs/A","$defs":{"A":{"required":["a"],"properties":{"a":{"$ref":"#/$defs/B"}}},"B":{"type":"boolean"}}}`, "object", "", `{"a": true}`},
		{"a reference to itself", `{"type":"object","required":["a"],"properties":{"a":{"enum":[1]}},"anyOf":[{"$ref":"#"}]}`, "object", "", `{"a": 1}`},
		{"a reference elsewhere", `{"$ref":"other.json#/A","A":{"type":"string"}}`, "any", "", "{}"},
		{"a reference to an anchor", `{"$ref":"#A","A":{"type":"string"}}`, "any", "", "{}"},
		{"a reference to nothing", `{"$ref":"#/x/y"}`, "any", "", "{}"},
		{"as many schemas as are merged", many(maxMerged - 1), "string", "", "{}"},
		{"more schemas", many(maxMerged), "any", "", "{}"},
	} {
		raw := json.RawMessage(tt.schema)
		s := flatten(newDocument(raw), raw)
		left := maxMerged
		if typ, list, example := s.typeName(), s.list(), s.example(&left); typ != tt.typ || list != tt.list || example != tt.example {
			t.Errorf("%s: %s; %s; %s\nwant %s; %s; %s", tt.name, typ, list, example, tt.typ, tt.list, tt.example)
		}
	}
	raw := json.RawMessage(`{"description":"one","allOf":[{"description":"two"}],"required":["b"],"properties":{"c":{},"a":{},"b":{}}}`)
	s := flatten(newDocument(raw), raw)
	var names []string
	for _, m := range s.properties {
		names = append(names, m.Name)
	}
	if s.description != "one" || strings.Join(names, "") != "bca" || !s.isRequired("b") || s.isRequired("a") || s.closed {
		t.Errorf("%+v", s)
	}
	if p, ok := s.property("d"); ok || p.names != nil {
		t.Errorf("%+v", p)
	}
}
