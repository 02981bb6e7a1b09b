package serialize

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// withBody returns an operation whose body has one media type.
func withBody(t *testing.T, typ, schema string, encoding map[string]*openapi3.Encoding) *Operation {
	m := NewMedia(typ, &openapi3.MediaType{Schema: schemaOf(t, schema), Encoding: encoding})
	return &Operation{Method: "POST", Path: "/a", BaseURL: "http://h", Bodies: []*Media{m}}
}

const formSchema = `{"type":"object","properties":{"s":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}},` +
	`"r":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}}},"e[f]":{"type":"string"}}}`

const filesSchema = `{"type":"object","properties":{"f":{"type":"string","format":"binary"},"s":{"type":"string"},` +
	`"n":{"type":"integer"},"l":{"type":"array","items":{"type":"integer"}},"r":{"type":"object"},"b":{"type":"boolean"},` +
	`"e":{"anyOf":[{"type":"integer"},{"type":"array","items":{"type":"integer"}}]}}}`

// TestMultipartRoundTrip reads back the fields that it wrote.
func TestMultipartRoundTrip(t *testing.T) {
	no := false
	for _, x := range []struct {
		value string
		want  []string // what the body has, in this order
	}{
		{`{"s":"b\r\nc","n":7,"b":false}`, []string{"name=\"s\"\r\n\r\nb\r\nc\r\n", "name=\"n\"\r\n\r\n7\r\n", "name=\"b\"\r\n\r\nfalse\r\n"}},
		{`{"l":[1,2]}`, []string{"name=\"l\"\r\n\r\n1,2\r\n"}},
		{`{"r":{"x":[1]}}`, []string{"name=\"r\"\r\nContent-Type: application/json\r\n\r\n{\"x\":[1]}\r\n"}},
		{`{"e":7}`, []string{"name=\"e\"\r\n\r\n7\r\n"}},
		{`{"e":[7,8]}`, []string{"name=\"e\"\r\n\r\n7\r\n", "name=\"e\"\r\n\r\n8\r\n"}},
		{`{"f":{"data":"QUI=","filename":"a\"b.txt","contentType":"text/plain"}}`,
			[]string{"name=\"f\"; filename=\"a%22b.txt\"\r\nContent-Type: text/plain\r\n\r\nAB\r\n"}},
		{`{"f":{"data":"QUI=","contentType":"text/plain"}}`, []string{"name=\"f\"\r\nContent-Type: text/plain\r\n\r\nAB\r\n"}},
		{`{"f":{"data":"QUI="}}`, []string{"name=\"f\"\r\n\r\nAB\r\n"}},
	} {
		o := withBody(t, "multipart/form-data", filesSchema, map[string]*openapi3.Encoding{"l": {Explode: &no}})
		args := `{"requestBody":` + x.value + `}`
		c, problem := o.Request(objectOf(t, args))
		if problem != nil {
			t.Errorf("%s: %v", x.value, problem)
			continue
		}
		rest, ok := string(c.Body), true
		for _, part := range x.want {
			if _, rest, ok = strings.Cut(rest, part); !ok {
				t.Errorf("%s: no part %q in\n%s", x.value, part, c.Body)
			}
		}
		back, err := o.Arguments(nil, captured(c))
		if got := string(orderedjson.Encode(back)); err != nil || got != strings.ReplaceAll(args, `a\"b`, "a%22b") {
			t.Errorf("%s: read %s, %v", x.value, got, err)
		}
	}
}

// TestTypeOfFile takes the media type of a file from its extension, unless the encoding allows
// others only.
func TestTypeOfFile(t *testing.T) {
	for _, x := range []struct{ name, allowed, want string }{
		{"a.pdf", "", "application/pdf"},
		{"a.JPG", "image/png, image/jpeg", "image/jpeg"},
		{"a.jpg", "image/*", "image/jpeg"},
		{"a.jpg", "*/*", "image/jpeg"},
		{"a.pdf", "image/png, image/jpeg", "image/png"},
		{"a.pdf", "image/*", "application/pdf"},
		{"a", "image/*", "application/octet-stream"},
		{"a", "", "application/octet-stream"},
	} {
		if got := typeOfFile(x.name, x.allowed); got != x.want {
			t.Errorf("%s, %s: %s, want %s", x.name, x.allowed, got, x.want)
		}
	}
}

// TestBodyRefused says which part of a body cannot be sent.
func TestBodyRefused(t *testing.T) {
	no := false
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	large, err := os.Create(filepath.Join(dir, "large"))
	if err != nil {
		t.Fatal(err)
	}
	if err := large.Truncate(MaxSize + 1); err != nil { // a hole, which takes no room
		t.Fatal(err)
	}
	large.Close()
	files, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	for _, x := range []struct {
		name, typ, schema string
		files             *os.Root
		value, want       string
	}{
		{"form", "application/x-www-form-urlencoded", formSchema, nil, `[1]`, "must be an object: it is sent as a form"},
		{"form field", "application/x-www-form-urlencoded", formSchema, nil, `{"l":[[1]]}`, "has the field l, which cannot hold an array"},
		{"multipart", "multipart/form-data", filesSchema, nil, `"x"`, "must be an object: it is sent as a form"},
		{"joined items", "multipart/form-data", filesSchema, nil, `{"l":["1,2"]}`, "has the field l, which has an item with the character"},
		{"joined arrays", "multipart/form-data", filesSchema, nil, `{"l":[[1]]}`, "has the field l, which cannot hold an array"},
		{"file", "multipart/form-data", filesSchema, nil, `{"f":"?"}`, "has the field f, which must be base64"},
		{"file of a number", "multipart/form-data", filesSchema, nil, `{"f":1}`, "has the field f, which must be base64"},
		{"file without data", "multipart/form-data", filesSchema, nil, `{"f":{"filename":"x"}}`, "has the field f, which must be base64"},
		{"file type", "multipart/form-data", filesSchema, nil, `{"f":{"data":"","contentType":"a/b\nX: y"}}`, "has a content type with a line break"},
		{"no folder", "multipart/form-data", filesSchema, nil, `{"f":{"path":"a"}}`, "started without a folder of files"},
		{"missing file", "multipart/form-data", filesSchema, files, `{"f":{"path":"a"}}`, "cannot be opened in the folder"},
		{"outside", "multipart/form-data", filesSchema, files, `{"f":{"path":"../a"}}`, "cannot be opened in the folder"},
		{"folder", "multipart/form-data", filesSchema, files, `{"f":{"path":"sub"}}`, "names something that is not a file"},
		{"large file", "multipart/form-data", filesSchema, files, `{"f":{"path":"large"}}`, "a file larger than 32 MiB"},
		{"bytes", "image/png", textSchema, nil, `"?"`, "must be base64"},
		{"bytes of an object", "image/png", textSchema, nil, `{"base64":"QQ=="}`, "must be base64"},
		{"text", "text/plain", textSchema, nil, `{"base64":"QQ==","x":1}`, "must be text"},
		{"text of a number", "text/plain", textSchema, nil, `1`, "must be text"},
		{"text that is not base64", "text/plain", textSchema, nil, `{"base64":"?"}`, "must be text"},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := withBody(t, x.typ, x.schema, map[string]*openapi3.Encoding{"l": {Explode: &no}})
			o.Files = x.files
			_, problem := o.Request(objectOf(t, `{"requestBody":`+x.value+`}`))
			if problem == nil || problem.Field != "requestBody" || !strings.Contains(problem.Reason, x.want) {
				t.Errorf("%v, want %q", problem, x.want)
			}
		})
	}
}
