package serialize

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/spectools/orderedjson"
)

// withBody returns an operation whose body has one media type.
func withBody(t *testing.T, typ, schema string, encoding map[string]*openapi3.Encoding) *Operation {
	m := NewMedia(typ, &openapi3.MediaType{Schema: schemaOf(t, schema), Encoding: encoding})
	return &Operation{Method: "POST", Path: "/a", BaseURL: "http://h", Bodies: []*Media{m}}
}

const formSchema = `{"type":"object","properties":{"s":{"type":"string"},"l":{"type":"array","items":{"type":"integer"}},` +
	`"r":{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}}},"e[f]":{"type":"string"}}}`

// TestFormFields writes the fields of a form as their encoding says, and reads them back.
func TestFormFields(t *testing.T) {
	no, yes := false, true
	for _, x := range []struct {
		name  string
		enc   *openapi3.Encoding // of the fields l and r
		value string
		want  string
	}{
		{"plain", nil, `{"s":"b c&d","l":[1,2]}`, "s=b+c%26d&l=1&l=2"},
		{"record", nil, `{"r":{"a":1,"b":"x"}}`, "r%5Ba%5D=1&r%5Bb%5D=x"},
		{"declared brackets", nil, `{"e[f]":"g"}`, "e%5Bf%5D=g"},
		{"json", &openapi3.Encoding{ContentType: "application/json"}, `{"l":[1,2],"r":{"a":1}}`, "l=%5B1%2C2%5D&r=%7B%22a%22%3A1%7D"},
		{"text", &openapi3.Encoding{ContentType: "text/plain"}, `{"l":[1,2]}`, "l=1&l=2"},
		{"joined", &openapi3.Encoding{Explode: &no}, `{"l":[1,2],"r":{"a":1,"b":"x,y"}}`, "l=1,2&r=a,1,b,x%2Cy"},
		{"exploded", &openapi3.Encoding{Style: "form", Explode: &yes}, `{"l":[1,2],"r":{"a":1}}`, "l=1&l=2&r%5Ba%5D=1"},
		{"form", &openapi3.Encoding{Style: "form"}, `{"l":[1,2]}`, "l=1&l=2"},
		{"bars", &openapi3.Encoding{Style: "pipeDelimited"}, `{"l":[1,2]}`, "l=1%7C2"},
		{"spaces", &openapi3.Encoding{Style: "spaceDelimited"}, `{"l":[1,2]}`, "l=1%202"},
		{"deep", &openapi3.Encoding{Style: "deepObject"}, `{"r":{"a":1},"l":[1,2]}`, "r%5Ba%5D=1&l%5B0%5D=1&l%5B1%5D=2"},
		{"reserved", &openapi3.Encoding{AllowReserved: true}, `{"r":{"b":"x/y&z"}}`, "r%5Bb%5D=x/y%26z"},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := withBody(t, "application/x-www-form-urlencoded", formSchema, map[string]*openapi3.Encoding{"l": x.enc, "r": x.enc})
			args := `{"requestBody":` + x.value + `}`
			c, problem := o.Request(objectOf(t, args))
			if problem != nil || string(c.Body) != x.want {
				t.Fatalf("%s, %v", c.Body, problem)
			}
			back, err := o.Arguments(nil, captured(c))
			if err != nil || string(orderedjson.Encode(back)) != args {
				t.Errorf("read %s, %v", orderedjson.Encode(back), err)
			}
		})
	}
}

// TestFormNames reads names with brackets as members and items, unless they are out of balance, too
// deep, or not counted from 0.
func TestFormNames(t *testing.T) {
	deep := "a" + strings.Repeat("[b]", maxBrackets-1)
	for _, x := range []struct{ body, want string }{
		{"a[b][c]=1", `{"a":{"b":{"c":"1"}}}`},
		{"a[]=1&a[]=2", `{"a":["1","2"]}`},
		{"a[0]=1&a[1]=2", `{"a":["1","2"]}`},
		{"a[1]=1&a[2]=2", `{"a":{"1":"1","2":"2"}}`},
		{"a[0][b]=1&a[1][b]=2", `{"a":[{"b":"1"},{"b":"2"}]}`},
		{"a[b=1", `{"a[b":"1"}`},
		{"a[b]c=1", `{"a[b]c":"1"}`},
		{"a[[b]]=1", `{"a[[b]]":"1"}`},
		{"[b]=1", `{"[b]":"1"}`},
		{"a=1&a=2", `{"a":["1","2"]}`},
		{"a&b=", `{"a":"","b":""}`},
		{"&&a=1&", `{"a":"1"}`},
		{deep + "[b]=1", `{"` + deep + `[b]":"1"}`},
		{deep + "=1", `{"a":` + strings.Repeat(`{"b":`, maxBrackets-1) + `"1"` + strings.Repeat("}", maxBrackets)},
	} {
		got, err := NewMedia("application/x-www-form-urlencoded", nil).readForm([]byte(x.body))
		if err != nil || string(orderedjson.Encode(got)) != x.want {
			t.Errorf("%s: %s, %v", x.body, orderedjson.Encode(got), err)
		}
	}
}

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

// TestFileParts gives a file the content type that the document names, without wildcards, and the
// name of its field, unless it has its own.
func TestFileParts(t *testing.T) {
	for declared, want := range map[string]string{
		"": "application/octet-stream", "image/*": "application/octet-stream", "image/png": "image/png", "image/png, image/gif": "image/png",
	} {
		o := withBody(t, "multipart/form-data", filesSchema, map[string]*openapi3.Encoding{"f": {ContentType: declared}})
		c, problem := o.Request(objectOf(t, `{"requestBody":{"f":"QUI="}}`))
		if part := "name=\"f\"; filename=\"f\"\r\nContent-Type: " + want + "\r\n\r\nAB\r\n"; problem != nil || !strings.Contains(string(c.Body), part) {
			t.Errorf("%q: %v\n%s", declared, problem, c.Body)
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

// TestTextBodies writes texts, the bytes of {base64}, and YAML as JSON.
func TestTextBodies(t *testing.T) {
	for _, x := range []struct{ typ, value, want string }{
		{"text/plain", `"a\n"`, "a\n"},
		{"text/plain", `{"base64":"/w=="}`, "\xff"},
		{"text/plain", `{"base64":""}`, ""},
		{"application/yaml", `"a: 1"`, "a: 1"},
		{"application/yaml", `{"a":[1]}`, `{"a":[1]}`},
		{"application/yaml", `{"base64":"/w=="}`, "\xff"},
		{"application/x-ndjson", `"{}\n{}"`, "{}\n{}"},
		{"application/json", `{"base64":"/w=="}`, `{"base64":"/w=="}`},
		{"application/octet-stream", `"/w=="`, "\xff"},
	} {
		c, problem := withBody(t, x.typ, `{}`, nil).Request(objectOf(t, `{"requestBody":`+x.value+`}`))
		if problem != nil || string(c.Body) != x.want {
			t.Errorf("%s %s: %q, %v", x.typ, x.value, c.Body, problem)
		}
	}
}

// TestChooseMedia sends the media type that the arguments name if the body has it or a range with
// it, and else the first.
func TestChooseMedia(t *testing.T) {
	for _, x := range []struct{ types, want, sent string }{
		{"application/json text/plain", "", "application/json"},
		{"application/json text/plain", "text/plain", "text/plain"},
		{"text/*", "", "text/plain"},
		{"multipart/*", "", "multipart/form-data"},
		{"image/*", "", "application/octet-stream"},
		{"application/json text/*", "text/csv; header=present", "text/csv; header=present"},
		{"application/json", "application/json; charset=utf-8", "application/json; charset=utf-8"},
		{"application/json */*", "a/b", "a/b"},
		{"application/json", "text/csv", ""},
		{"application/json", "TEXT", ""},
		{"*/*", "a/b\r\nX: y", ""},
	} {
		o := &Operation{}
		for _, typ := range strings.Fields(x.types) {
			o.Bodies = append(o.Bodies, NewMedia(typ, nil))
		}
		args := orderedjson.New()
		if x.want != "" {
			args.Set(ContentTypeArgument, x.want)
		}
		_, sent, problem := o.ChooseMedia(args)
		if sent != x.sent || (problem == nil) != (x.sent != "") || problem != nil && problem.Field != ContentTypeArgument {
			t.Errorf("%s of %s: %q, %v", x.want, x.types, sent, problem)
		}
	}
}

// TestKindOf tells the kinds of media types apart.
func TestKindOf(t *testing.T) {
	for typ, want := range map[string]Kind{
		"application/json": JSON, "Application/Problem+JSON; charset=x": JSON, "text/json": JSON,
		"application/x-www-form-urlencoded": Form, "multipart/mixed": Multipart,
		"application/yaml": YAML, "text/x-yaml": YAML, "application/openapi+yaml": YAML,
		"text/xml": XML, "application/atom+xml": XML, "text/csv": Text, "application/graphql": Text, "application/json-seq": Text,
		"application/x-sh": Text, "image/png": Binary, "": Binary, "application/jsonx": Binary, "a/b; =": Binary, "text/csv; =": Text,
	} {
		if got := KindOf(typ); got != want {
			t.Errorf("%s: %d, want %d", typ, got, want)
		}
	}
}

// TestContentCodings applies the content coding that an argument names, and refuses those that it
// does not know.
func TestContentCodings(t *testing.T) {
	for coding, isKnown := range map[string]bool{"": true, "identity": true, "GZIP": true, "x-gzip": true, "deflate": true, "br": false} {
		o := withBody(t, "text/plain", textSchema, nil)
		o.Parameters = []*Parameter{{Argument: "x", Name: "content-encoding", In: "header", Schema: schemaOf(t, textSchema)}}
		c, problem := o.Request(objectOf(t, `{"x":"`+coding+`","requestBody":"text text text"}`))
		if (problem == nil) != isKnown {
			t.Errorf("%q: %v", coding, problem)
			continue
		}
		if problem != nil {
			if problem.Field != ContentEncoding || !strings.Contains(problem.Reason, "must be gzip, deflate or identity") {
				t.Errorf("%q: %v", coding, problem)
			}
			continue
		}
		plain := coding == "" || coding == "identity"
		if got := string(DecodeContent(c.Body, coding)); got != "text text text" || plain != (string(c.Body) == got) {
			t.Errorf("%q: %q", coding, got)
		}
	}
	broken := []byte("\x1f\x8bx")
	for _, coding := range []string{"gzip", "deflate", "br"} {
		if got := DecodeContent(broken, coding); !bytes.Equal(got, broken) {
			t.Errorf("%s: %q", coding, got)
		}
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(bytes.Repeat([]byte("a"), 1000))
	w.Flush()
	if cut := b.Bytes(); !bytes.Equal(DecodeContent(cut, "gzip"), cut) {
		t.Error("a cut body was decoded")
	}
}

// TestBodyUnreadable says why a captured body is no argument.
func TestBodyUnreadable(t *testing.T) {
	part := func(name string) string {
		return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n1\r\n"
	}
	const malformed = "the body is not what its media type says"
	for _, x := range []struct{ name, typ, sent, body, want string }{
		{"type", "application/json", "text/csv; x=y", "a", "a body of type text/csv is not in the document"},
		{"no type", "text/plain", "", "a", "a body of type  is not in the document"},
		{"json", "application/json", "application/json", "{", malformed},
		{"json twice", "application/json", "application/json", `{"a":1,"a":2}`, "the body has the same name twice in one object"},
		{"form name", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "%zz=1", "the body a name in the query has invalid escapes"},
		{"form value", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "a=%zz", "the body has invalid escapes"},
		{"form json", "application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "j=x", "the body is not JSON"},
		{"boundary", "multipart/form-data", "multipart/form-data", "--B--", malformed},
		{"no end", "multipart/form-data", "multipart/form-data; boundary=B", part("a"), malformed},
		{"no header", "multipart/form-data", "multipart/form-data; boundary=B", "--B\r\nx\r\n\r\n--B--", malformed},
		{"twice", "multipart/form-data", "multipart/form-data; boundary=B", part("a") + part("a") + "--B--",
			"the body has a field more than once that is not an array"},
		{"parts boundary", "multipart/mixed", "multipart/mixed", "--B--", malformed},
		{"parts no end", "multipart/mixed", "multipart/mixed; boundary=B", part("a"), malformed},
		{"parts no header", "multipart/mixed", "multipart/mixed; boundary=B", "--B\r\nx\r\n\r\n--B--", malformed},
	} {
		t.Run(x.name, func(t *testing.T) {
			o := withBody(t, x.typ, `{}`, map[string]*openapi3.Encoding{"j": {ContentType: "application/json"}})
			r := &flow.Request{Header: flow.Header{{Name: "Content-Type", Value: x.sent}}, Body: flow.Body{Data: []byte(x.body)}}
			if _, err := o.Arguments(nil, r); err == nil || err.Error() != x.want {
				t.Errorf("%v, want %s", err, x.want)
			}
		})
	}
	o := withBody(t, "application/json", `{}`, nil)
	if _, err := o.Arguments(nil, &flow.Request{Body: flow.Body{Data: []byte("{}"), Truncated: true}}); err == nil ||
		!strings.Contains(err.Error(), "truncated") {
		t.Error(err)
	}
	r := &flow.Request{Header: flow.Header{{Name: "Content-Encoding", Value: "gzip"}}, Body: flow.Body{Data: []byte("{}")}}
	if _, err := o.Arguments(nil, r); err == nil || !strings.Contains(err.Error(), "content coding") {
		t.Error(err)
	}
}

// TestBodyTypes names the content type of a captured body if the operation has several or a range,
// and takes JSON without a type as JSON.
func TestBodyTypes(t *testing.T) {
	for _, x := range []struct{ types, sent, body, want string }{
		{"application/json", "application/json", `[1]`, `{"requestBody":[1]}`},
		{"application/json", "", `[1]`, `{"requestBody":[1]}`},
		{"application/json text/plain", "text/plain; charset=x", `[1]`, `{"requestContentType":"text/plain","requestBody":"[1]"}`},
		{"text/*", "text/csv; header=present", "a", `{"requestContentType":"text/csv; header=present","requestBody":"a"}`},
		{"*/*", "", "\xff", `{"requestContentType":"application/octet-stream","requestBody":"/w=="}`},
		{"text/plain", "text/plain", "\xff", `{"requestBody":{"base64":"/w=="}}`},
		{"image/png", "image/png", "a", `{"requestBody":"YQ=="}`},
		{"application/json", "application/json", "", `{}`},
	} {
		o := &Operation{}
		for _, typ := range strings.Fields(x.types) {
			o.Bodies = append(o.Bodies, NewMedia(typ, nil))
		}
		r := &flow.Request{Header: flow.Header{{Name: "Content-Type", Value: x.sent}}, Body: flow.Body{Data: []byte(x.body)}}
		if got, err := o.Arguments(nil, r); err != nil || string(orderedjson.Encode(got)) != x.want {
			t.Errorf("%s as %q: %s, %v", x.types, x.sent, orderedjson.Encode(got), err)
		}
	}
}
