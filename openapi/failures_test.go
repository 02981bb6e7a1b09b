package openapi_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/openapi"
)

// failingWriter fails after some bytes.
type failingWriter struct{ room int }

var errFull = errors.New("no space left")

func (w *failingWriter) Write(p []byte) (int, error) {
	if len(p) > w.room {
		return 0, errFull
	}
	w.room -= len(p)
	return len(p), nil
}

// A document that cannot be written is an error in both formats, wherever writing fails.
func TestEncodeFails(t *testing.T) {
	doc, err := openapi.Load([]byte(corners))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []openapi.Format{openapi.JSON, openapi.YAML} {
		var whole bytes.Buffer
		if err := openapi.Encode(&whole, doc, f); err != nil {
			t.Fatal(err)
		}
		for _, room := range []int{0, whole.Len() / 2, whole.Len() - 1} {
			if err := openapi.Encode(&failingWriter{room}, doc, f); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d of %d bytes: %v", f, room, whole.Len(), err)
			}
		}
		if !strings.HasSuffix(whole.String(), "\n") || strings.HasSuffix(whole.String(), "\n\n") {
			t.Errorf("%s does not end in one newline", f)
		}
	}
	if err := openapi.Encode(io.Discard, doc, "xml"); err == nil || err.Error() != `encode document as "xml": the format must be json or yaml` {
		t.Error(err)
	}
	doc.Extensions = map[string]any{"x": func() {}}
	if err := openapi.Encode(io.Discard, doc, openapi.JSON); err == nil || !strings.HasPrefix(err.Error(), "encode document: ") {
		t.Errorf("what is no JSON: %v", err)
	}
	if _, err := openapi.Copy(doc); err == nil || !strings.HasPrefix(err.Error(), "copy document: encode document: ") {
		t.Errorf("a copy of it: %v", err)
	}
	if _, err := openapi.Copy(&openapi3.T{OpenAPI: "9"}); err == nil || !strings.HasPrefix(err.Error(), "copy document: not an OpenAPI document") {
		t.Errorf("a copy of another version: %v", err)
	}
}

// Empty objects and lists are written as such, and a copy shares nothing with the document.
func TestCopy(t *testing.T) {
	doc, err := openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"x-a":{},"x-b":[],"x-c":[{}],"components":{"schemas":{"A":{"type":"string"}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := openapi.Encode(&text, doc, openapi.JSON); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\"x-a\": {}", "\"x-b\": []", "\"x-c\": [\n    {}\n  ]", "\"paths\": {}"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %s in\n%s", want, &text)
		}
	}
	other, err := openapi.Copy(doc)
	if err != nil {
		t.Fatal(err)
	}
	other.Info.Title = "other"
	other.Components.Schemas["A"].Value.Title = "other"
	if doc.Info.Title != "t" || doc.Components.Schemas["A"].Value.Title != "" {
		t.Error("the copy shares a part")
	}
}

// Loading ends with its context, in every part.
func TestLoadEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, text := range map[string]string{
		"paths":      `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{"/a":{}}}`,
		"components": `{"openapi":"3.0.0","info":{"title":"t","version":"1"},"paths":{},"components":{"schemas":{"A":{"type":"string"}}}}`,
	} {
		if doc, err := openapi.LoadContext(ctx, []byte(text)); !errors.Is(err, context.Canceled) || doc != nil {
			t.Errorf("%s: %v", name, err)
		}
		if tree, err := openapi.ParseTreeContext(ctx, []byte(text)); !errors.Is(err, context.Canceled) || tree != nil {
			t.Errorf("the tree of %s: %v", name, err)
		}
	}
}

// The error of a part names its place, of several that of the first.
func TestPlacesOfErrors(t *testing.T) {
	const head = `{"openapi":"3.0.0","info":{"title":"t","version":"1"},`
	long := "/" + strings.Repeat("p", 200)
	for text, want := range map[string]string{
		head + `"paths":{"/b":{"get":{"responses":{}},"parameters":7},"/a":{"parameters":8}}}`: "paths /a: ",
		head + `"paths":{"/a":{"get":{"parameters":7,"responses":{}}}}}`:                       "paths /a get: ",
		head + `"paths":{"/a":7}}`: "paths /a: ",
		head + `"paths":{"/a":{"get":{"responses":{"200":{"description":7}}}}}}`:                                  "paths /a get responses 200: ",
		head + `"paths":{"/a":{"put":{"requestBody":{"content":7},"responses":{}}}}}`:                             "paths /a put requestBody: ",
		head + `"paths":{"/a":{"put":{"requestBody":{"content":{"a/b":{"schema":{"type":7}}}},"responses":{}}}}}`: "paths /a put requestBody: ",
		head + `"paths":{},"components":{"schemas":{"A":{"properties":{"b":{"minLength":"x"}}}}}}`:                "components schemas A: ",
		head + `"paths":{},"components":{"schemas":{"A":{"allOf":[{"minLength":"x"}]}}}}`:                         "components schemas A: ",
		head + `"paths":{},"components":{"schemas":{"A":{"items":{"minLength":"x"}}}}}`:                           "components schemas A: ",
		head + `"paths":{},"components":{"responses":{"R":{"content":{"a/b":{"schema":{"minLength":"x"}}}}}}}`:    "components responses R: ",
		head + `"paths":{},"components":{"requestBodies":{"B":{"content":7}}}}`:                                   "components requestBodies B: ",
		head + `"paths":{},"components":{"parameters":{"P":{"in":7}}}}`:                                           "components parameters P: ",
		head + `"paths":{},"components":{"examples":{"E":{"summary":7}}}}`:                                        "components examples E: ",
		head + `"paths":{"` + long + `":{"get":{"responses":{"200":{"description":7}}}}}}`:                        "paths " + long[:90],
		head + `"paths":{},"servers":7}`:                                                                          "",
	} {
		_, err := openapi.Load([]byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%s:\n%v\nwant %s", text, err, want)
		}
	}
}

// Every section of the components is read, references into it resolve, and a webhook that is null
// becomes an empty one.
func TestSectionsOfComponents(t *testing.T) {
	doc, err := openapi.Load([]byte(corners))
	if err != nil {
		t.Fatal(err)
	}
	post := doc.Paths.Value(`/a/b"{id}`)
	if post == nil {
		t.Fatal("the path is lost")
	}
	c := doc.Components
	if c.Schemas["A"] == nil || c.Responses["R"] == nil || c.Parameters["P"] == nil || c.RequestBodies["B"] == nil || c.Examples["X"] == nil {
		t.Fatalf("%+v", c)
	}
	if got := post.Get.Responses.Default(); got == nil || got.Value != c.Responses["R"].Value {
		t.Error("the reference to a response leads elsewhere")
	}
	if got := post.Put.RequestBody; got.Value != c.RequestBodies["B"].Value {
		t.Error("the reference to a request body leads elsewhere")
	}
	if got := c.RequestBodies["B"].Value.Content["application/json"]; got.Schema.Value != c.Schemas["B"].Value || got.Examples["e"].Value != c.Examples["X"].Value {
		t.Error("the references of a request body lead elsewhere")
	}
	doc, err = openapi.Load([]byte(`{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{},"webhooks":{"w":null}}`))
	if err != nil || doc.Webhooks["w"] == nil {
		t.Errorf("%v, %v", doc, err)
	}
}

// The count of an extension is what it says, and never negative.
func TestAlwaysSent(t *testing.T) {
	for name, tt := range map[string]struct {
		value any
		want  int64
	}{
		"integer": {int64(3), 3}, "negative": {int64(-3), 0}, "of JSON": {3.0, 3}, "negative of JSON": {-3.0, 0}, "huge": {1e300, 1 << 53}, "text": {"3", 0}, "none": {nil, 0},
	} {
		if got := openapi.AlwaysSent(map[string]any{openapi.ExtAlwaysSent: tt.value}); got != tt.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}
