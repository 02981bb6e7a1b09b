package openapi_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// TestCollectionFormats checks the default of version 2.0 for lists: commas, unless another format
// is given.
func TestCollectionFormats(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"swagger":"2.0","info":{"title":"t","version":"1"},"parameters":{"G":{"name":"g","in":"formData","type":"array","items":{"type":"string"},"collectionFormat":"pipes"}},
	 "paths":{"/a":{"post":{"consumes":["application/x-www-form-urlencoded"],"parameters":[
	  {"name":"none","in":"query","type":"array","items":{"type":"string"}},
	  {"name":"multi","in":"query","type":"array","items":{"type":"string"},"collectionFormat":"multi"},
	  {"name":"ssv","in":"query","type":"array","items":{"type":"string"},"collectionFormat":"ssv"},
	  {"name":"f","in":"formData","type":"array","items":{"type":"string"}},
	  {"name":"m","in":"formData","type":"array","items":{"type":"string"},"collectionFormat":"multi"},
	  {"$ref":"#/parameters/G"}],"responses":{"200":{"description":"ok"}}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	post := doc.Paths.Value("/a").Post
	for name, want := range map[string]openapi3.SerializationMethod{
		"none": {Style: "form"}, "multi": {Style: "form", Explode: true}, "ssv": {Style: "spaceDelimited"},
	} {
		got, err := post.Parameters.GetByInAndName("query", name).SerializationMethod()
		if err != nil || *got != want {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	encoding := post.RequestBody.Value.Content["application/x-www-form-urlencoded"].Encoding
	for name, want := range map[string]string{"f": "form", "g": "pipeDelimited"} {
		if e := encoding[name]; e == nil || e.Style != want || e.Explode == nil || *e.Explode {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if encoding["m"] != nil {
		t.Errorf("m: %+v", encoding["m"])
	}
}

// TestFormsBesideOthers checks that the lists of a form have their encoding beside operations without
// a form, and that a reference to no parameter is left alone.
func TestFormsBesideOthers(t *testing.T) {
	const list = `"parameters":[{"name":"f","in":"formData","type":"array","items":{"type":"string"},"collectionFormat":"ssv"}],`
	const ok = `"responses":{"200":{"description":"ok"}}`
	var paths []string
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		paths = append(paths, `"/`+name+`":{"get":{`+ok+`},"head":{`+ok+`},"delete":{`+ok+`},"post":{`+list+ok+`},"put":{`+list+ok+`}}`)
	}
	doc, err := openapi.Load([]byte(`{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{` + strings.Join(paths, ",") + `}}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if hasBody := method == "POST" || method == "PUT"; hasBody != (op.RequestBody != nil) {
				t.Errorf("%s %s: body %v", method, path, op.RequestBody)
			} else if hasBody {
				for media, m := range op.RequestBody.Value.Content {
					if e := m.Encoding["f"]; e == nil || e.Style != "spaceDelimited" {
						t.Errorf("%s %s: %s: %+v", method, path, media, e)
					}
				}
			}
		}
	}
	_, err = openapi.Load([]byte(`{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"parameters":[{"$ref":"#/parameters/G"}],` + ok + `}}}}`))
	if err == nil {
		t.Error("a reference to no parameter is no error")
	}
}

// TestNullsInSwagger2 puts null at places of version 2.0 where YAML has it when nothing follows the
// key. The rest of the document is read.
func TestNullsInSwagger2(t *testing.T) {
	const form = `{"name":"f","in":"formData","type":"array","items":{"type":"string"}}`
	for _, tt := range []struct{ name, paths, top string }{
		{"path", `"/n":null,`, ""},
		{"operation", `"/n":{"get":null},`, ""},
		{"parameter of the document", "", `"parameters":{"N":null},`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := openapi.Load([]byte(`{"swagger":"2.0","info":{"title":"t","version":"1"},` + tt.top + `"paths":{` + tt.paths +
				`"/a":{"post":{"parameters":[` + form + `],"responses":{"200":{"description":"d"}}}}}}`))
			if err != nil {
				t.Fatal(err)
			}
			post := doc.Paths.Value("/a").Post
			content := post.RequestBody.Value.Content["application/x-www-form-urlencoded"]
			if content == nil || content.Encoding["f"] == nil {
				t.Errorf("%+v", post.RequestBody.Value.Content)
			}
		})
	}
}

// TestMediaByDefault checks the media types of bodies for which a document of 2.0 gives none.
func TestMediaByDefault(t *testing.T) {
	for _, x := range []struct{ name, top, op, params, want string }{
		{"body", "", "", `{"name":"b","in":"body","schema":{"type":"object"}}`, "application/json"},
		{"fields", "", "", `{"name":"f","in":"formData","type":"string"}`, "application/x-www-form-urlencoded"},
		{"file", "", "", `{"name":"f","in":"formData","type":"file"}`, "multipart/form-data"},
		{"fields, but JSON for all", `"consumes":["application/json"],`, "", `{"name":"f","in":"formData","type":"string"}`, "application/x-www-form-urlencoded"},
		{"file, but not so said", "", `"consumes":["application/x-www-form-urlencoded"],`, `{"name":"f","in":"formData","type":"file"}`, "multipart/form-data"},
		{"said", "", `"consumes":["multipart/form-data"],`, `{"name":"f","in":"formData","type":"string"}`, "multipart/form-data"},
		{"other body", "", `"consumes":["application/xml"],`, `{"name":"b","in":"body","schema":{"type":"object"}}`, "application/xml"},
		{"referred to", "", "", `{"$ref":"#/parameters/F"}`, "application/x-www-form-urlencoded"},
	} {
		doc, err := openapi.Load([]byte(`{"swagger":"2.0","info":{"title":"t","version":"1"},` + x.top + `"parameters":{"F":{"name":"f","in":"formData","type":"string"}},
		 "paths":{"/a":{"post":{` + x.op + `"parameters":[` + x.params + `],"responses":{"200":{"description":"ok"}}}}}}`))
		if err != nil {
			t.Errorf("%s: %v", x.name, err)
			continue
		}
		content := doc.Paths.Value("/a").Post.RequestBody.Value.Content
		if got := slices.Collect(maps.Keys(content)); len(got) != 1 || got[0] != x.want {
			t.Errorf("%s: %v, want %s", x.name, got, x.want)
		}
	}
}

// TestNulls2 checks documents of 2.0 whose paths, operations or parameters are null.
func TestNulls2(t *testing.T) {
	for _, x := range []struct{ name, paths, top string }{
		{"path", `"/n":null`, ""},
		{"operation", `"/n":{"get":null}`, ""},
		{"parameters", `"/n":{"get":{"parameters":null,"responses":{"200":{"description":"ok"}}}}`, ""},
		{"named parameter", `"/n":{}`, `"parameters":{"P":null},`},
		{"definitions", `"/n":{}`, `"definitions":null,`},
	} {
		t.Run(x.name, func(t *testing.T) {
			doc, err := openapi.Load([]byte(`{"swagger":"2.0","info":{"title":"t","version":"1"},` + x.top + `"paths":{` + x.paths + `,
			 "/a":{"parameters":[{"name":"shared","in":"formData","type":"array","items":{"type":"string"},"collectionFormat":"ssv"}],
			  "post":{"parameters":[{"name":"f","in":"formData","type":"array","items":{"type":"string"}}],"responses":{"200":{"description":"ok"}}}}}}`))
			if err != nil {
				t.Fatal(err)
			}
			post := doc.Paths.Value("/a").Post
			if post.RequestBody == nil {
				t.Fatal("the other operation has no body")
			}
			encoding := post.RequestBody.Value.Content["application/x-www-form-urlencoded"].Encoding
			if e := encoding["f"]; e == nil || e.Style != "form" {
				t.Errorf("the encoding of f is %+v", e)
			}
			if e := encoding["shared"]; e == nil || e.Style != "spaceDelimited" {
				t.Errorf("the encoding of shared is %+v", e)
			}
		})
	}
	broken := `{"swagger":"2.0","info":{"title":"t","version":"1"},"paths":{"/a":{"get":{"parameters":[null],"responses":{}}}}}`
	if _, err := openapi.Load([]byte(broken)); err == nil || !strings.Contains(err.Error(), "breaks rules of Swagger 2.0") {
		t.Errorf("a null in a list of parameters: %v", err)
	}
	for _, paths := range []string{"", `,"paths":null`, `,"paths":{}`} {
		if doc, err := openapi.Load([]byte(`{"swagger":"2.0","info":{"title":"t","version":"1"}` + paths + `}`)); err != nil || doc.Paths == nil {
			t.Errorf("paths %q: %v", paths, err)
		}
	}
}
