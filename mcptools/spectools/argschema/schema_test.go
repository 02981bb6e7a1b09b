package argschema

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/serialize"
	"github.com/spectap/spectap/openapi"
)

// document returns a document with components.
func document(t *testing.T, version, schemas string) *openapi3.T {
	t.Helper()
	doc, err := openapi.Load([]byte(`{"openapi":"` + version + `","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":` + schemas + `}}`))
	if err != nil {
		t.Fatal(schemas, err)
	}
	return doc
}

// TestSchemas checks what becomes of each keyword, and what is noted.
func TestSchemas(t *testing.T) {
	for _, tt := range []struct{ name, in, want, note string }{
		{"true", `true`, `true`, ""},
		{"nothing", `{}`, `{}`, ""},
		{"title", `{"title":"T"}`, `{"title":"T"}`, ""},
		{"title with a description", `{"title":"T","description":"D"}`, `{"description":"D"}`, ""},
		{"the longest title", `{"title":"` + strings.Repeat("a", 80) + `"}`, `{"title":"` + strings.Repeat("a", 80) + `"}`, ""},
		{"too long a title", `{"title":"` + strings.Repeat("a", 81) + `"}`, `{"title":"` + strings.Repeat("a", 79) + `…"}`, ""},
		{"the longest description", `{"description":"` + strings.Repeat("a", 200) + `"}`, `{"description":"` + strings.Repeat("a", 200) + `"}`, ""},
		{"too long a description", `{"description":"` + strings.Repeat("a", 201) + `"}`, `{"description":"` + strings.Repeat("a", 199) + `…"}`, ""},
		{"deprecated", `{"deprecated":true}`, `{"deprecated":true}`, ""},
		{"examples", `{"example":1,"examples":[2]}`, `{}`, ""},
		{"default", `{"default":9007199254740993}`, `{"default":9007199254740993}`, ""},
		{"default of false", `{"default":false}`, `{"default":false}`, ""},
		{"the longest default", `{"default":"` + strings.Repeat("a", 100) + `"}`, `{"default":"` + strings.Repeat("a", 100) + `"}`, ""},
		{"too long a default", `{"default":"` + strings.Repeat("a", 101) + `"}`, `{}`, ""},
		{"a default that does not show", `{"default":"a\u202eb"}`, `{}`, ""},
		{"a default of a list", `{"default":[1]}`, `{}`, ""},
		{"type", `{"type":"string"}`, `{"type":"string"}`, ""},
		{"types", `{"type":["string","null","string"]}`, `{"type":["string","null"]}`, ""},
		{"another type", `{"type":["string","int"]}`, `{}`, "type int is not a type of JSON Schema: any value is accepted"},
		{"const", `{"const":{"b":1,"a":[null]}}`, `{"const":{"a":[null],"b":1}}`, ""},
		{"enum", `{"enum":[1,"a",1,null,1.0]}`, `{"enum":[1,"a",null]}`, ""},
		{"format", `{"format":"date"}`, `{"format":"date"}`, ""},
		{"an old format", `{"format":"uri-ref"}`, `{"format":"uri-reference"}`, ""},
		{"another format", `{"format":"password"}`, `{}`, ""},
		{"bounds", `{"minimum":1,"maximum":2,"multipleOf":0.5}`, `{"maximum":2,"minimum":1,"multipleOf":0.5}`, ""},
		{"no multiple", `{"multipleOf":0}`, `{}`, ""},
		{"text", `{"minLength":1,"maxLength":2,"pattern":"^a$","contentEncoding":"base64","contentMediaType":"a/b"}`,
			`{"contentEncoding":"base64","contentMediaType":"a/b","maxLength":2,"minLength":1,"pattern":"^a$"}`, ""},
		{"a pattern that is none", `{"pattern":"("}`, `{}`, `pattern "(" is left out: `},
		{"properties", `{"properties":{"a":{"type":"string"},"b":{"readOnly":true}},"required":["b","a","a","c"]}`,
			`{"properties":{"a":{"type":"string"}},"required":["a","c"]}`, ""},
		{"properties of answers", `{"properties":{"b":{"readOnly":true}},"required":["b"]}`, `{}`, ""},
		{"additional", `{"additionalProperties":false}`, `{"additionalProperties":false}`, ""},
		{"patterns", `{"patternProperties":{"^a":{"type":"string"}},"additionalProperties":false}`, `{"additionalProperties":false,"patternProperties":{"^a":{"type":"string"}}}`, ""},
		{"a pattern that is none, of properties", `{"patternProperties":{"(":{},"^a":{}},"additionalProperties":false}`, `{"patternProperties":{"^a":{}}}`, `pattern "(" is left out: `},
		{"conditions", `{"if":{"minLength":1},"then":{"maxLength":2},"else":{"pattern":"a"},"not":{"type":"null"}}`,
			`{"else":{"pattern":"a"},"if":{"minLength":1},"not":{"type":"null"},"then":{"maxLength":2}}`, ""},
		{"a long type", `{"type":"` + strings.Repeat("t", 61) + `"}`, `{}`, "type " + strings.Repeat("t", 59) + "… is not a type of JSON Schema: any value is accepted"},
		{"combined", `{"allOf":[{"type":"string"}],"anyOf":[{}],"oneOf":[{"minLength":1}]}`, `{"allOf":[{"type":"string"}],"anyOf":[{}],"oneOf":[{"minLength":1}]}`, ""},
	} {
		var notes []string
		doc := document(t, "3.1.0", `{"X":`+tt.in+`}`)
		tr := New(doc)
		tr.Begin(func(n string) { notes = append(notes, n) })
		r := doc.Components.Schemas["X"]
		got, err := json.Marshal(tr.Schema(&openapi3.SchemaRef{Value: r.Value}))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != tt.want || len(notes) > 1 || !strings.HasPrefix(strings.Join(notes, ""), tt.note) || (tt.note == "") != (len(notes) == 0) {
			t.Errorf("%s: %s, noted %q\nwant %s, %s", tt.name, got, notes, tt.want, tt.note)
		}
	}
}

// TestReferences checks which schemas become definitions, and what they are called.
func TestReferences(t *testing.T) {
	doc := document(t, "3.1.0", `{
		"Short":{"type":"string"},"Enum8":{"enum":[1,2,3,4,5,6,7,8]},"Enum9":{"enum":[1,2,3,4,5,6,7,8,9]},
		"Object":{"properties":{"a":{"$ref":"#/components/schemas/List"},"s":{"$ref":"#/components/schemas/Short"}}},
		"List":{"type":"array","items":{"$ref":"#/components/schemas/Object"}},
		"Map":{"additionalProperties":{"type":"string"}},"Not":{"not":{}},"All":{"allOf":[{}]},"Any":{"anyOf":[{}]},"One":{"oneOf":[{}]},
		"Tuple":{"prefixItems":[{}]},"Patterns":{"patternProperties":{"a":{}}},"Dependent":{"dependentSchemas":{"a":{}}},"If":{"if":{}},"Contains":{"contains":{}},
		"Names":{"propertyNames":{}},"Items":{"unevaluatedItems":{"type":"string"}},"Rest":{"unevaluatedProperties":{"type":"string"}},
		"été":{"anyOf":[{}]},"漢":{"anyOf":[{}]},"t":{"anyOf":[{}]}}`)
	tr := New(doc)
	ref := func(name string) string {
		t.Helper()
		b, err := json.Marshal(tr.Schema(&openapi3.SchemaRef{Ref: "#/components/schemas/" + name, Value: doc.Components.Schemas[name].Value}))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	tr.Begin(func(n string) { t.Error(n) })
	for name, want := range map[string]string{"Short": `{"type":"string"}`, "Enum8": `{"enum":[1,2,3,4,5,6,7,8]}`} {
		if got := ref(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if len(tr.Referenced()) > 0 {
		t.Errorf("referenced %q", tr.Referenced())
	}
	for _, name := range []string{"Enum9", "Map", "Not", "All", "Any", "One", "Tuple", "Patterns", "Dependent", "If", "Contains", "Names", "Items", "Rest", "List", "List"} {
		if got := ref(name); got != `{"$ref":"#/$defs/`+name+`"}` {
			t.Errorf("%s: %s", name, got)
		}
	}
	for _, name := range []string{"été", "漢", "t"} {
		got := ref(name)
		want := map[string][]string{"été": {"t", "t_2"}, "t": {"t", "t_2"}, "漢": {"schema"}}[name]
		if !slices.ContainsFunc(want, func(w string) bool { return got == `{"$ref":"#/$defs/`+w+`"}` }) {
			t.Errorf("%s: %s", name, got)
		}
	}
	tr.Begin(func(n string) { t.Error(n) })
	ref("List")
	if got := tr.Referenced(); !slices.Equal(got, []string{"List"}) {
		t.Errorf("referenced %q", got)
	}
	d := tr.Definitions(tr.Referenced(), 1<<20)
	size := 0
	for name, raw := range d.Schemas {
		size += len(name) + len(raw)
	}
	if got := slices.Sorted(maps.Keys(d.Schemas)); !slices.Equal(got, []string{"List", "Object"}) || d.Left != 0 || d.Size != size {
		t.Errorf("definitions %q, %d bytes of %d, %d left", got, d.Size, size, d.Left)
	}
	if got := string(d.Schemas["Object"]); got != `{"properties":{"a":{"$ref":"#/$defs/List"},"s":{"type":"string"}}}` {
		t.Errorf("%s", got)
	}
	for limit, left := range map[int]int{size: 0, size - 1: 1, 1: 1} {
		cut := tr.Definitions([]string{"List", "List"}, limit)
		if cut.Left != left || limit == size-1 && string(cut.Schemas["Object"]) != "true" || limit == 1 && (len(cut.Schemas) != 1 || cut.Size != len("Listtrue")) {
			t.Errorf("at most %d bytes: %s, %d left, %d bytes", limit, cut.Schemas, cut.Left, cut.Size)
		}
	}
	var notes []string
	tr.Begin(func(n string) { notes = append(notes, n) })
	for _, r := range []*openapi3.SchemaRef{nil, {}, {Ref: "#/components/schemas/None"}} {
		if got, ok := tr.Schema(r).(map[string]any); !ok || len(got) != 0 {
			t.Errorf("%v", got)
		}
	}
	if len(notes) != 1 || notes[0] != "schema #/components/schemas/None does not exist: any value is accepted" {
		t.Errorf("noted %q", notes)
	}
	if tr.Spend(MaxInline - 1); tr.IsSpent() || ref("Short") != `{"type":"string"}` {
		t.Error("spent too early")
	}
	if tr.Spend(1); !tr.IsSpent() || ref("Short") != `{}` {
		t.Error("not spent")
	}
}

// TestDynamicReferences checks which component a dynamic reference is taken for.
func TestDynamicReferences(t *testing.T) {
	for _, tt := range []struct{ name, schemas, want, note string }{
		{"an anchor", `{"X":{"$dynamicRef":"#a"},"A":{"$dynamicAnchor":"a","type":"object","anyOf":[{}]}}`, `{"allOf":[{"$ref":"#/$defs/A"}]}`, ""},
		{"a plain anchor", `{"X":{"$dynamicRef":"#a","allOf":[{}]},"A":{"$anchor":"a","anyOf":[{}]}}`, `{"allOf":[{},{"$ref":"#/$defs/A"}]}`, ""},
		{"none", `{"X":{"$dynamicRef":"#b"},"A":{"$dynamicAnchor":"a"}}`, `{}`, "$dynamicRef #b refers to no component, or to several: any value is accepted"},
		{"two", `{"X":{"$dynamicRef":"#a"},"A":{"$dynamicAnchor":"a"},"B":{"$anchor":"a"},"C":{"$anchor":"a"}}`, `{}`, "$dynamicRef #a refers to no component, or to several: any value is accepted"},
	} {
		doc := document(t, "3.1.0", tt.schemas)
		tr, note := New(doc), ""
		tr.Begin(func(n string) { note += n })
		got, err := json.Marshal(tr.Schema(&openapi3.SchemaRef{Value: doc.Components.Schemas["X"].Value}))
		if err != nil || string(got) != tt.want || note != tt.note {
			t.Errorf("%s: %s, noted %s, %v", tt.name, got, note, err)
		}
	}
}

// TestDiscriminators gives each alternative its tags: those of the mapping, or its own name.
func TestDiscriminators(t *testing.T) {
	const alternatives = `"Cat":{"anyOf":[{}]},"Dog":{"anyOf":[{}]},"Fox":{"anyOf":[{}]},"X":{"oneOf":[{"$ref":"#/components/schemas/Cat"},{"type":"string"},{"$ref":"#/components/schemas/Dog"},{"$ref":"#/components/schemas/Fox"}]`
	tagged := func(name, tags string) string {
		return `{"allOf":[{"$ref":"#/$defs/` + name + `"},{"properties":{"kind":{"enum":[` + tags + `]}}}]}`
	}
	for discriminator, want := range map[string]string{
		"": `{"oneOf":[{"$ref":"#/$defs/Cat"},{"type":"string"},{"$ref":"#/$defs/Dog"},{"$ref":"#/$defs/Fox"}]}`,
		`,"discriminator":{"propertyName":"kind","mapping":{"tom":"#/components/schemas/Cat","felix":"#/components/schemas/Cat","rex":"Dog"}}`: `{"oneOf":[` +
			tagged("Cat", `"felix","tom"`) + `,{"type":"string"},` + tagged("Dog", `"rex"`) + `,` + tagged("Fox", `"Fox"`) + `]}`,
	} {
		doc := document(t, "3.1.0", `{`+alternatives+discriminator+`}}`)
		got, err := json.Marshal(New(doc).Schema(&openapi3.SchemaRef{Value: doc.Components.Schemas["X"].Value}))
		if err != nil || string(got) != want {
			t.Errorf("%s: %s, %v\nwant %s", discriminator, got, err, want)
		}
	}
	doc := document(t, "3.0.3", `{"N":{"type":"string","nullable":true}}`)
	got, err := json.Marshal(New(doc).Schema(&openapi3.SchemaRef{Value: doc.Components.Schemas["N"].Value}))
	if want := `{"type":["string","null"]}`; err != nil || string(got) != want {
		t.Errorf("nullable: %s, %v", got, err)
	}
}

// TestParts checks what a tool takes as parts of a body.
func TestParts(t *testing.T) {
	doc := document(t, "3.1.0", `{"L":{"type":"array","items":{"type":"integer"}},"F":{"type":"object","properties":{"f":{"type":"string","format":"binary"}}}}`)
	body := func(files bool, m *serialize.Media) string {
		tr := New(doc)
		tr.Files = files
		b, err := json.Marshal(tr.Body(m))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	form := &serialize.Media{Kind: serialize.Multipart, Doc: &openapi3.MediaType{Schema: &openapi3.SchemaRef{Value: doc.Components.Schemas["F"].Value}}}
	const path = `"path":{"description":"Path of a file below the server's folder of files.","type":"string"}`
	if got := body(false, form); strings.Contains(got, path) || !strings.Contains(got, `"filename"`) {
		t.Errorf("without files: %s", got)
	}
	if got := body(true, form); !strings.Contains(got, path) {
		t.Errorf("with files: %s", got)
	}
	list := &serialize.Media{Type: "multipart/mixed", Kind: serialize.Multipart, Doc: &openapi3.MediaType{Schema: &openapi3.SchemaRef{Value: doc.Components.Schemas["L"].Value}}}
	if got := body(false, list); !strings.Contains(got, `"body":{"anyOf":[{"type":"integer"},{"type":"string"},`) || strings.Contains(got, `"null"`) || !strings.Contains(got, `"required":["body"]`) {
		t.Errorf("a list of numbers: %s", got)
	}
	list.Doc = &openapi3.MediaType{}
	if got := body(false, list); !strings.Contains(got, `{"type":["object","array","number","boolean","null"]}`) || !strings.Contains(got, `"Content type of the part."`) {
		t.Errorf("a list of anything: %s", got)
	}
}

// TestHabits checks what is said of properties that all recorded requests had.
func TestHabits(t *testing.T) {
	for _, tt := range []struct {
		description string
		extensions  map[string]any
		want        string
	}{
		{"D.", nil, "D."}, {"D.", map[string]any{openapi.ExtAlwaysSent: float64(0)}, "D."},
		{"D.", map[string]any{openapi.ExtAlwaysSent: float64(1)}, "D. Optional, but all of 1 recorded requests had it."},
		{"", map[string]any{openapi.ExtAlwaysSent: int64(7)}, "Optional, but all of 7 recorded requests had it."},
	} {
		if got := WithHabit(tt.description, tt.extensions); got != tt.want {
			t.Errorf("%q", got)
		}
	}
}

// TestBodies checks which values a tool takes for each kind of media type.
func TestBodies(t *testing.T) {
	doc := document(t, "3.1.0", `{"T":{"type":"string"},"B":{"type":"string","format":"binary"},"O":{"type":"object","properties":{"f":{"type":"string","format":"binary"},"n":{"type":"string"},"l":{"type":"array","items":{"type":"string","format":"binary"}}}}}`)
	const base64 = `{"contentEncoding":"base64","description":"base64","format":"byte","type":"string"}`
	const wrapped = `{"additionalProperties":false,"properties":{"base64":` + base64 + `},"required":["base64"],"type":"object"}`
	const text = `{"type":"string"}`
	const file = `{"anyOf":[` + base64 + `,{"additionalProperties":false,"properties":{"contentType":{"type":"string"},"data":` + base64 + `,"filename":{"type":"string"}},"required":["data"],"type":"object"}]}`
	for _, tt := range []struct {
		name   string
		kind   serialize.Kind
		schema string
		want   string
	}{
		{"JSON", serialize.JSON, "T", text}, {"JSON of anything", serialize.JSON, "", `{}`},
		{"a form", serialize.Form, "O", `{"properties":{"f":{"format":"binary","type":"string"},"l":{"items":{"format":"binary","type":"string"},"type":"array"},"n":{"type":"string"}},"type":"object"}`},
		{"YAML of a text", serialize.YAML, "T", `{"anyOf":[` + text + `,` + wrapped + `]}`}, {"YAML of anything", serialize.YAML, "", `{"anyOf":[` + text + `,` + wrapped + `]}`},
		{"XML of a text", serialize.XML, "T", `{"anyOf":[` + text + `,` + wrapped + `]}`},
		{"text", serialize.Text, "T", `{"anyOf":[` + text + `,` + wrapped + `]}`}, {"text of bytes", serialize.Text, "B", `{"anyOf":[` + text + `,` + wrapped + `]}`},
		{"text of anything", serialize.Text, "", `{"anyOf":[` + text + `,` + wrapped + `]}`},
		{"bytes", serialize.Kind(99), "T", base64},
		{"multipart", serialize.Multipart, "O", `{"properties":{"f":` + file + `,"l":{"items":` + file + `,"type":"array"},"n":` + text + `},"type":"object"}`},
	} {
		m := &serialize.Media{Kind: tt.kind, Doc: &openapi3.MediaType{}}
		if tt.schema != "" {
			m.Doc.Schema = &openapi3.SchemaRef{Value: doc.Components.Schemas[tt.schema].Value}
		}
		b, err := json.Marshal(New(doc).Body(m))
		if got := strings.ReplaceAll(string(b), `{"format":"binary","type":"string"}`, text); err != nil || got != strings.ReplaceAll(tt.want, `{"format":"binary","type":"string"}`, text) {
			t.Errorf("%s: %s, %v\nwant %s", tt.name, got, err, tt.want)
		}
	}
}

// TestProperties finds the properties of arguments through references and alternatives.
func TestProperties(t *testing.T) {
	root := map[string]any{}
	if err := json.Unmarshal([]byte(`{"properties":{"requestBody":{"$ref":"#/$defs/A"},"x":{}},"required":["x",5],"anyOf":[{"required":["y"],"properties":{"y":{}}},{"properties":{"z":{}}}],
		"$defs":{"A":{"properties":{"a":{}},"required":["a"],"allOf":[{"$ref":"#/$defs/A"},{"$ref":"#/$defs/B"}],"oneOf":[{"required":["o"]}]},"B":{"properties":{"b":{}},"required":["b"]}}}`), &root); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][2]string{"": {"requestBody x y z", "x"}, "requestBody": {"a b", "a b o"}, "none": {"", ""}, "requestBody a": {"", ""}} {
		names := strings.Join(Properties(root, strings.Fields(path)...), " ")
		required := strings.Join(slices.Sorted(maps.Keys(Required(root, strings.Fields(path)...))), " ")
		if names != want[0] || required != want[1] {
			t.Errorf("%q: %s; required %s", path, names, required)
		}
	}
	for n, want := range map[int]int{maxSchemaDepth: 1, maxSchemaDepth + 1: 0} {
		var v any = map[string]any{"properties": map[string]any{"deep": true}}
		for range n {
			v = map[string]any{"allOf": []any{v}}
		}
		if got := Properties(v); len(got) != want {
			t.Errorf("%d schemas deep: %q", n, got)
		}
	}
	if got := Properties(5); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if definition(root, "other#/$defs/A") != nil || definition(5, "#/$defs/A") != nil || definition(root, "#/$defs/C") != nil {
		t.Error("a definition that is none")
	}
}
