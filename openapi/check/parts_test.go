package check_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestNamedParts checks parts of JSON in a form, which may be files, and fields that are lists.
func TestNamedParts(t *testing.T) {
	const object, words = `{"type":"object","required":["a"]}`, `{"type":"string"}`
	list := func(items string) string { return `{"type":"array","items":` + items + `}` }
	anyOf := func(schemas ...string) string { return `{"anyOf":[` + strings.Join(schemas, ",") + `]}` }
	for _, x := range []struct {
		name, schema string
		parts        []string // JSON; a file if it begins with "file "
		want         string
	}{
		{"an object", object, []string{`{"a":1}`}, ""},
		{"another object", object, []string{`{"b":1}`}, "a: the required property is missing"},
		{"an object as text", words, []string{`{"a":1}`}, ""},
		{"a file of JSON", words, []string{`file {"a":1}`}, ""},
		{"a file or a list: a file", anyOf(words, list(object)), []string{`file 7`}, ""},
		{"a file or a list: an object", anyOf(words, list(object)), []string{`{"a":1}`}, ""},
		{"a file or a list: objects", anyOf(words, list(object)), []string{`{"a":1}`, `{"a":2}`}, ""},
		{"a file or a list: other objects", anyOf(words, list(object)), []string{`{"a":1}`, `{"b":2}`}, "a: the required property is missing"},
		{"a file or a list of files", anyOf(words, list(words)), []string{`file 7`, `{"a":2}`}, ""},
		{"one of a list", list(object), []string{`{"a":1}`}, ""},
		{"a whole list", list(object), []string{`[{"a":1},{"a":2}]`}, ""},
		{"a whole list with another object", list(object), []string{`[{"a":1},{"b":2}]`}, "a: the required property is missing"},
	} {
		t.Run(x.name, func(t *testing.T) {
			body := ""
			for _, p := range x.parts {
				content, isFile := strings.CutPrefix(p, "file ")
				name := `; filename="f"`
				if !isFile {
					name = ""
				}
				body += fmt.Sprintf("--b\r\nContent-Disposition: form-data; name=\"x\"%s\r\nContent-Type: application/json\r\n\r\n%s\r\n", name, content)
			}
			got := found(t, `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/a":{"post":{"requestBody":{"content":{"multipart/form-data":{"schema":`+
				`{"type":"object","properties":{"x":`+x.schema+`}}}}},"responses":{"200":{"description":"d"}}}}}}`,
				exchange{method: "POST", url: "https://a.example/a", kind: "multipart/form-data; boundary=b", body: body + "--b--\r\n", status: 200})
			if x.want == "" && got != "" || !strings.Contains(got, x.want) {
				t.Errorf("got %q, want %q", got, x.want)
			}
		})
	}
}
