package replay

import (
	"bytes"
	"compress/gzip"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/mcptools/placeholder"
)

// TestEditErrors says which part of an edit is wrong, and what the request has instead.
func TestEditErrors(t *testing.T) {
	template := &Template{Path: "/v1/users/{user}", Params: map[string]string{"user": "a"}}
	json, form := `{"s":"t","list":[1,2]}`, "a=1"
	headers := func(media string) []egress.Pair { return []egress.Pair{{Name: "content-type", Value: media}} }
	whole := Draft{Path: "/v1/users/a", Query: "q=1", Header: headers("application/json"), Body: &json}
	for _, c := range []struct {
		name     string
		d        Draft
		template *Template
		edits    []string
		want     string
	}{
		{"segment", whole, template, []string{"path.4=x"}, "argument path.4: the path has 3 segments"},
		{"segment 0", whole, template, []string{"path.0=x"}, "argument path.0: the path has 3 segments"},
		{"empty segment", whole, template, []string{"path.1="}, "argument path.1: a part of a path cannot be empty"},
		{"parameter", whole, template, []string{"path.id=x"}, "argument path.id: the operation has no such parameter; it has user"},
		{"no template", whole, nil, []string{"path.id=x"}, "argument path.id: the path has no parameter of this name: write the number of a segment, from 1"},
		{"shorter path", whole, template, []string{"path=/v1/users", "path.user=x"}, "argument path.user: the path no longer has this parameter"},
		{"query", whole, nil, []string{"-query.z"}, "argument query.z: the request has no such parameter"},
		{"header", whole, nil, []string{"-header.X-A"}, "argument header.X-A: the request has none"},
		{"cookie", whole, nil, []string{"-cookie.c"}, "argument cookie.c: the request has none"},
		{"element", whole, nil, []string{"body.list.4=1"}, "argument body.list.4: the array has 2 elements; - adds one"},
		{"member of a string", whole, nil, []string{"body.s.x=1"}, `argument body.s.x: "x" is in a value that has no members`},
		{"no member", whole, nil, []string{"-body.none"}, `argument body.none: the body has no "none" there`},
		{"below no member", whole, nil, []string{"body.none.x=1"}, `argument body.none.x: the body has no "none" there`},
		{"no text", Draft{}, nil, []string{"body.a=1"}, "argument body.a: the body is not text: give another one with --body"},
		{"no body", Draft{Body: new(string)}, nil, []string{"body.a=1"}, "argument body.a: the request has no body: give one with --body"},
		{"neither", Draft{Body: &form}, nil, []string{"body.a=1"}, "argument body.a: the body is neither JSON nor a form: give another one with --body"},
		{"field", Draft{Body: &form, Header: headers("application/x-www-form-urlencoded")}, nil, []string{"-body.b"}, "argument body.b: the request has no such parameter"},
	} {
		if _, err := edited(t, c.d, c.template, c.edits...); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"x=1": "x=1: it names no part of a request; write ", "query.=1": "query.=1: the name is missing; write ", "query.a": "query.a: the value is missing; write ",
		`body."a=1`: `body."a=1: a name in quotes does not end; write `, "body.a:=x": "body.a:=x: the value after := is not JSON; write ",
	} {
		if _, err := ParseEdit(text, false); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	if _, err := ParseEdit("path.1", true); err == nil || !strings.HasPrefix(err.Error(), "path.1: it cannot be removed; write ") {
		t.Error(err)
	}
}

// TestEditPaths sets parameters of several segments and those beside them, one after the other, and
// keeps all others as they are.
func TestEditPaths(t *testing.T) {
	template := &Template{
		Path:   "/files/{owner}/{path}/{name}.{form}/raw",
		Params: map[string]string{"owner": "o%20p", "path": "a/b", "name": "n", "form": "txt"},
	}
	for edits, want := range map[string]string{
		"path.path=c/d e/f":                       "/files/o%20p/c/d%20e/f/n.txt/raw",
		"path.owner=x/y":                          "/files/x%2Fy/a/b/n.txt/raw",
		"path.form=md":                            "/files/o%20p/a/b/n.md/raw",
		"path.form=md path.name=m":                "/files/o%20p/a/b/m.md/raw",
		"path.path=c path.form=md path.path=d/e":  "/files/o%20p/d%2Fe/n.md/raw",
		"path.path=c/d/e path.name=m":             "/files/o%20p/c/d/e/m.txt/raw",
		"path.1=all path.name=m":                  "/all/o%20p/a/b/m.txt/raw",
		"path.owner=[redacted:secret:0123456789]": "/files/[redacted:secret:0123456789]/a/b/n.txt/raw",
	} {
		d, err := edited(t, Draft{Path: "/files/o%20p/a/b/n.txt/raw"}, template, strings.Split(strings.ReplaceAll(edits, " path", "\n"+"path"), "\n")...)
		if err != nil || d.Path != want {
			t.Errorf("%s: %s, %v, want %s", edits, d.Path, err, want)
		}
	}
}

// TestEditSpacing writes new parts of a body like those beside them.
func TestEditSpacing(t *testing.T) {
	for _, c := range []struct{ body, edit, want string }{
		{`{"a": 1}`, "body.b=2", `{"a": 1,"b": 2}`},
		{`{"a":1, "b":2}`, "body.c=3", `{"a":1, "b":2, "c":3}`},
		{`{}`, `body."c\"d"=x`, `{"c\"d":"x"}`},
		{`[]`, "body.0=1", `[1]`},
		{`[]`, "body.-=x", `["x"]`},
		{`[1]`, "body.-=2", `[1,2]`},
		{`[ 1 ]`, "-body.0", `[  ]`},
		{`{ "a": 1 }`, "-body.a", `{  }`},
		{`{ "a": 1, "b": 2 }`, "-body.a", `{ "b": 2 }`},
		{`{ "a": 1, "b": 2 }`, "-body.b", `{ "a": 1 }`},
		{`{"a": {"b": [0, {"c": 1}]}}`, "body.a.b.1.c= 2 ", `{"a": {"b": [0, {"c": 2}]}}`},
		{`{"a": 1}`, "body.a:= [ 1 ] ", `{"a": [ 1 ]}`},
		{`{"a": "x"}`, "body.a=null", `{"a": "null"}`},
		{`{"a": "x"}`, `body.a=[redacted:secret:0123456789]"`, `{"a": "[redacted:secret:0123456789]\""}`},
	} {
		d, err := edited(t, Draft{Body: &c.body}, nil, c.edit)
		if err != nil {
			t.Errorf("%s %s: %v", c.body, c.edit, err)
		} else if *d.Body != c.want {
			t.Errorf("%s %s: %s, want %s", c.body, c.edit, *d.Body, c.want)
		}
	}
}

// packed returns data in gzip.
func packed(t *testing.T, data string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestDraftOfEncodedBody shows the text of a compressed body. It is sent as captured while nobody
// changes it, else as it was written. A body that is not text is kept.
func TestDraftOfEncodedBody(t *testing.T) {
	const text = `{"user":"ann"}`
	for _, c := range []struct {
		name, coding, media string
		data                []byte
		shown               string // "-" for no text
	}{
		{"plain", "", "application/json", []byte(text), text},
		{"compressed", "gzip", "application/json", packed(t, text), text},
		{"binary", "", "application/octet-stream", []byte("\x00\x01\x02"), "-"},
		{"no UTF-8", "", "application/json", []byte("{\"a\":\"\xff\"}"), "-"},
		{"said to be compressed", "gzip", "application/json", []byte(text), "-"},
	} {
		f := capturedFlow("http://a.example")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: c.media}}
		if c.coding != "" {
			f.Request.Header = append(f.Request.Header, flow.Field{Name: "Content-Encoding", Value: c.coding})
		}
		f.Request.Body = flow.Body{Data: c.data, Size: int64(len(c.data))}
		r := newRequest(t, f)
		d := r.Draft()
		got := "-"
		if d.Body != nil {
			got = *d.Body
		}
		if got != c.shown {
			t.Errorf("%s: shown as %q, want %q", c.name, got, c.shown)
		}
		if slices.ContainsFunc(d.Header, isCoding) {
			t.Errorf("%s: the draft has a coding: %v", c.name, d.Header)
		}
		if err := r.Rewrite(d); err != nil || !bytes.Equal(r.Call.Body, c.data) || slices.ContainsFunc(r.Call.Header, isCoding) != (c.coding != "") {
			t.Errorf("%s: sent %q %v, %v", c.name, r.Call.Body, r.Call.Header, err)
		}
		other := `{"user":"bo"}`
		d.Body = &other
		if err := r.Rewrite(d); err != nil || string(r.Call.Body) != other || slices.ContainsFunc(r.Call.Header, isCoding) {
			t.Errorf("%s: changed: sent %q %v, %v", c.name, r.Call.Body, r.Call.Header, err)
		}
		if shown := r.ShownCall(); string(shown.Body) != other {
			t.Errorf("%s: changed: shown as %q", c.name, shown.Body)
		}
	}
}

// TestEditForm changes a field of a form, and sends the others as captured. A secret stays in its
// field.
func TestEditForm(t *testing.T) {
	f := capturedFlow("http://a.example")
	f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}}
	f.Request.Body = flow.Body{Data: []byte("user=ann&password=hunter2%26+hunter2&x=%7e"), Size: 42}
	for edit, want := range map[string]string{
		"body.user=bo&": "user=bo%26&password=hunter2%26+hunter2&x=%7e", "body.user=MARK": "", "body.MARK=1": "", "-body.x": "user=ann&password=hunter2%26+hunter2",
	} {
		r := newRequest(t, f)
		d := r.Draft()
		mark := placeholder.Find(placeholder.Unescape(*d.Body))
		d, err := edited(t, d, nil, strings.ReplaceAll(edit, "MARK", mark))
		if err != nil {
			t.Fatal(err)
		}
		err = r.Rewrite(d)
		if (err == nil) != (want != "") || err == nil && string(r.Call.Body) != want {
			t.Errorf("%s: sent %q, %v, want %q", edit, r.Call.Body, err, want)
		}
	}
}

// TestPlaceholderAsName refuses a placeholder as the name of a member or field: what stands there
// is not hidden when it comes back.
func TestPlaceholderAsName(t *testing.T) {
	for _, body := range []string{`{"MARK":1}`, `{"a":{"MARK":"x"}}`, `{"a":[{"b":1,"MARK":2}]}`, `{"password":{"x":1},"user":"MARK"}`, `{"password":"x"} MARK`} {
		r := newRequest(t, capturedFlow("http://a.example"))
		d := r.Draft()
		mark := strings.TrimSuffix(strings.TrimPrefix(*d.Body, `{"password":"`), `","user":"ann"}`)
		text := strings.ReplaceAll(body, "MARK", mark)
		d.Body = &text
		if err := r.Rewrite(d); err == nil || !strings.Contains(err.Error(), "where the flow does not have it") {
			t.Errorf("%s: sent as %s, %v", body, r.Call.Body, err)
		}
	}
	for _, body := range []string{`{"user":"bo","password":"MARK"}`, `{"a":{"PASSWORD":"MARK"}}`, `{"x":{"y":1},"password":["MARK"]}`, `[[],{"password":"MARK"}]`} {
		r := newRequest(t, capturedFlow("http://a.example"))
		d := r.Draft()
		mark := strings.TrimSuffix(strings.TrimPrefix(*d.Body, `{"password":"`), `","user":"ann"}`)
		text := strings.ReplaceAll(body, "MARK", mark)
		d.Body = &text
		if err := r.Rewrite(d); err != nil || string(r.Call.Body) != strings.ReplaceAll(body, "MARK", "hunter2-hunter2") {
			t.Errorf("%s: sent as %s, %v", body, r.Call.Body, err)
		}
	}
}
