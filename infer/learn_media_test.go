package infer_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
	"github.com/spectap/spectap/infer/schema"
	"github.com/spectap/spectap/internal/test/must"
)

// call returns a flow of api.example.com. A body with the media type "" is left out.
func call(method, path string, status int, requestType, request, responseType, response string) flow.Flow {
	f := flow.Flow{Done: true, Response: &flow.Response{Status: status},
		Request: flow.Request{Method: method, Scheme: "https", Authority: "api.example.com", Path: path}}
	if requestType != "" {
		send(&f.Request.Header, &f.Request.Body, requestType, request)
	}
	if responseType != "" {
		send(&f.Response.Header, &f.Response.Body, responseType, response)
	}
	return f
}

// operation returns an operation of a document.
func operation(t testing.TB, d infer.Document, method, path string) infer.Operation {
	t.Helper()
	for _, op := range d.Operations {
		if op.Method == method && op.Path == path {
			return op
		}
	}
	t.Fatalf("no operation %s %s", method, path)
	return infer.Operation{}
}

// property returns a property of a schema, or of the component that it refers to.
func property(t testing.TB, d infer.Document, s *schema.Schema, name string) *schema.Schema {
	t.Helper()
	for _, c := range d.Components {
		if s != nil && s.Ref == c.Name {
			s = c.Schema
		}
	}
	if s != nil {
		for _, p := range s.Properties {
			if p.Name == name {
				return p.Schema
			}
		}
	}
	t.Fatalf("no property %s", name)
	return nil
}

// soundBoth is sound for both versions of OpenAPI. It returns the document.
func soundBoth(t *testing.T, fs []flow.Flow) infer.Document {
	t.Helper()
	d := modelOf(fs).Document(infer.Options{})
	soundDocument(t, d, fs, "3.0")
	soundDocument(t, d, fs, "3.1")
	return d
}

func TestYAMLBodies(t *testing.T) {
	var fs []flow.Flow
	for i := range 6 {
		doc := fmt.Sprintf("# one\nname: web\nreplicas: %d\nports:\n  - {port: 80, on: true}\nversion: \"1.10\"\nmade: 2024-01-01T10:00:00Z\n", i+1)
		fs = append(fs,
			call("POST", "/apps", 201, "application/yaml", doc, "text/yaml; charset=utf-8", doc+"uid: 7\n"),
			call("GET", "/bundle", 200, "", "", "application/yaml", "---\nn: 1\n---\nn: 2\nm: x\n"),
			call("GET", "/odd", 200, "", "", "application/yaml", "? {a: 1}\n: b\n"),
			call("PATCH", "/apps", 200, "application/merge-patch+yaml", fmt.Sprintf("replicas: %d\n", i), "", ""))
	}
	d := soundBoth(t, fs)
	s := operation(t, d, "POST", "/apps").Request.Content[0].Schema
	if got := property(t, d, s, "replicas"); got.Kind != schema.Integer {
		t.Errorf("replicas: %+v", got)
	}
	if got := property(t, d, s, "version"); got.Kind != schema.String {
		t.Errorf("version: %+v", got)
	}
	if got := property(t, d, s, "made"); got.Format != "date-time" {
		t.Errorf("made: %+v", got)
	}
	if got := property(t, d, property(t, d, s, "ports").Items, "on"); got.Kind != schema.Boolean {
		t.Errorf("ports: %+v", got)
	}
	bundle := operation(t, d, "GET", "/bundle").Responses[0].Content[0].Schema
	if property(t, d, bundle, "n").Kind != schema.Integer || property(t, d, bundle, "m").Kind != schema.String {
		t.Errorf("bundle: %+v", bundle)
	}
	if len(d.Excluded) != 0 {
		t.Errorf("excluded: %v", d.Excluded)
	}
}

func TestYAMLMalformed(t *testing.T) {
	good, bad := call("GET", "/a", 200, "", "", "text/yaml", "a: 1\n"), call("GET", "/a", 200, "", "", "text/yaml", "a: [1\nb: }")
	d := soundBoth(t, []flow.Flow{good, good, bad})
	if len(d.Excluded) != 1 || d.Excluded[0] != (infer.Exclusion{Reason: infer.ReasonMalformed, Count: 1}) {
		t.Errorf("excluded: %v", d.Excluded)
	}
}

// TestYAMLCut holds that no property of a truncated body is required.
func TestYAMLCut(t *testing.T) {
	var fs []flow.Flow
	for range 10 {
		f := call("GET", "/a", 200, "", "", "application/yaml", "a: 1\nlist:\n  - x\n  - yes it is\nb: 22222")
		f.Response.Body.Truncated, f.Response.Body.Size = true, 1<<20
		fs = append(fs, f)
	}
	d := soundBoth(t, fs)
	s := operation(t, d, "GET", "/a").Responses[0].Content[0].Schema
	if len(s.Properties) != 2 || s.Properties[0].Required || s.Properties[1].Required {
		t.Errorf("%+v", s)
	}
}

// TestCostlyBodies holds that a body of very many fields, parts or lines leaves no facts, and is
// neither malformed nor a reason to leave out its operation.
func TestCostlyBodies(t *testing.T) {
	for kind, body := range map[string]string{
		"application/x-www-form-urlencoded": strings.Repeat("a=1&", 200_000),
		"application/yaml":                  strings.Repeat("- a: 1\n", 1<<20),
		"multipart/form-data; boundary=b":   strings.Repeat("--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n", 20_000) + "--b--\r\n",
	} {
		var fs []flow.Flow
		for range 3 {
			fs = append(fs, call("POST", "/a", 200, kind, body, "application/json", `{"ok":true}`))
		}
		m := infer.New()
		start := time.Now()
		learn(m, fs)
		d := m.Document(infer.Options{})
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: %v", kind, took)
		}
		c := operation(t, d, "POST", "/a").Request.Content
		if len(c) != 1 || c[0].Schema != nil && len(c[0].Schema.Properties) > 0 || len(d.Excluded) > 0 {
			t.Errorf("%s: %+v, excluded %v", kind, c, d.Excluded)
		}
	}
}

// TestUploadIsRecord holds that the parts of a form are properties, even if their names look like
// data.
func TestUploadIsRecord(t *testing.T) {
	const b = "multipart/form-data; boundary=B"
	part := func(name, more, value string) string {
		return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n\r\n" + value + "\r\n"
	}
	var fs []flow.Flow
	for range 5 {
		body := part("operations", "", `{"query":"mutation Up($f: Upload!) { up(f: $f) }"}`) +
			part("map", "", `{"0":["variables.f"]}`) +
			part("0", "; filename=\"a.txt\"\r\nContent-Type: text/plain", "abc") + "--B--\r\n"
		fs = append(fs, call("POST", "/graphql", 200, b, body, "application/json", `{"data":{"up":1}}`))
	}
	d := soundBoth(t, fs)
	s := operation(t, d, "POST", "/graphql#Up").Request.Content[0].Schema
	if property(t, d, s, "0").Format != "binary" || property(t, d, s, "map").Kind != schema.String || s.Additional != nil {
		t.Errorf("%+v", s)
	}
}

// TestJSONParts holds that a part with a JSON object has its schema, and that JSON files and lists
// are encoded as in other forms.
func TestJSONParts(t *testing.T) {
	const b = "multipart/form-data; boundary=B"
	part := func(name, more, kind, value string) string {
		return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"" + more + "\r\n" +
			"Content-Type: " + kind + "\r\n\r\n" + value + "\r\n"
	}
	var fs []flow.Flow
	for i := range 12 {
		meta := fmt.Sprintf(`{"title":"No. %d","tags":["a","b"],"size":{"w":%d,"h":2.5}}`, i, i)
		body := part("meta", "", "application/json", meta) +
			part("raw", "; filename=\"raw.json\"", "application/json", `{"iso":100}`) +
			part("order", "", "application/json", `[1,2]`) +
			part("image", "; filename=\"a.png\"", "image/png", "\x89PNG") + "--B--\r\n"
		fs = append(fs, call("POST", "/photos", 201, b, body, "application/json", `{"id":1}`))
	}
	d := soundBoth(t, fs)
	media := operation(t, d, "POST", "/photos").Request.Content[0]
	meta := property(t, d, media.Schema, "meta")
	if property(t, d, property(t, d, meta, "size"), "h").Kind != schema.Number || property(t, d, meta, "tags").Items.Kind != schema.String {
		t.Errorf("meta: %+v", meta)
	}
	for _, file := range []string{"raw", "image"} {
		if s := property(t, d, media.Schema, file); s.Format != "binary" {
			t.Errorf("%s: %+v", file, s)
		}
	}
	if s := property(t, d, media.Schema, "order"); s.Kind != schema.String || s.Format != "" {
		t.Errorf("order: %+v", s)
	}
	kinds := map[string]string{}
	for _, e := range media.Encoding {
		kinds[e.Field] = e.ContentType
	}
	for field, want := range map[string]string{"meta": "application/json", "raw": "application/json", "order": "application/json", "image": "image/png"} {
		if kinds[field] != want {
			t.Errorf("%s has type %q", field, kinds[field])
		}
	}
}

// TestNamedEvents holds that server-sent events of each name have their own schema, and that names
// that are data are pooled.
func TestNamedEvents(t *testing.T) {
	var fs []flow.Flow
	for i := range 12 {
		chat := fmt.Sprintf("event: chat.begin\ndata: {\"chat\":{\"id\":\"c%d\",\"model\":\"m\"}}\n\n"+
			"event: delta\ndata: {\"index\":0,\"text\":\"a\"}\n\nevent: delta\ndata: {\"index\":1,\"text\":\"b\"}\n\n"+
			"data: {\"beat\":true}\n\nevent: chat.end\ndata: {\"tokens\":%d}\n\ndata: [DONE]\n\n", i, i)
		room := fmt.Sprintf("event: %[1]c.news\ndata: {\"said\":\"x\"}\n\n"+
			"event: %[1]c.chat\ndata: {\"said\":\"y\",\"by\":7}\n\nevent: %[1]c.end\ndata: {\"said\":\"z\"}\n\n", 'a'+i)
		fs = append(fs, call("POST", "/v1/chats", 200, "application/json", `{"stream":true}`, "text/event-stream", chat),
			call("GET", "/v1/rooms", 200, "", "", "text/event-stream", room))
	}
	d := soundBoth(t, fs)
	media := operation(t, d, "POST", "/chats").Responses[0].Content[0]
	got := map[string]*schema.Schema{}
	for _, e := range media.Events {
		got[e.Name] = e.Schema
	}
	if len(got) != 4 || len(media.Schema.AnyOf) != 4 {
		t.Fatalf("events %v, schema %+v", got, media.Schema)
	}
	if property(t, d, got["delta"], "index").Kind != schema.Integer || property(t, d, got["message"], "beat").Kind != schema.Boolean ||
		property(t, d, got["chat.end"], "tokens").Kind != schema.Integer || property(t, d, property(t, d, got["chat.begin"], "chat"), "model").Kind != schema.String {
		t.Errorf("events %v", got)
	}
	for name, want := range map[string]bool{
		"order.created": true, "chat:v2": true, "oauth2_done": true, "content_block_delta": true, "$/progress": true,
		"room-1": false, "v12": false, "a b": false, "x@example.com": false, "": false} {
		f := call("GET", "/feed", 200, "", "", "text/event-stream", "event: "+name+"\ndata: {\"a\":1}\n\n")
		m := operation(t, modelOf([]flow.Flow{f}).Document(infer.Options{}), "GET", "/feed").Responses[0].Content[0]
		if named := len(m.Events) == 1 && m.Events[0].Name == name; named != want {
			t.Errorf("event name %q: got %v, want %t", name, m.Events, want)
		}
	}
	rooms := operation(t, d, "GET", "/rooms").Responses[0].Content[0]
	if rooms.Events != nil || property(t, d, rooms.Schema, "by").Kind != schema.Integer {
		t.Errorf("rooms: %v, %+v", rooms.Events, rooms.Schema)
	}
}

// TestPartsWithoutNames holds that parts without names are a list, and parts with names a form, in
// all multipart types.
func TestPartsWithoutNames(t *testing.T) {
	var fs []flow.Flow
	for i := range 3 {
		list := fmt.Sprintf("--B\r\nContent-Type: application/json\r\n\r\n{\"title\":\"No. %d\"}\r\n--B\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--B\r\nContent-Type: text/plain\r\n\r\n%d \"q\"\\ \xff\r\n--B--\r\n", i, i)
		form := fmt.Sprintf("--B\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n%d\r\n--B--\r\n", i)
		fs = append(fs, call("POST", "/pictures", 200, "multipart/related; boundary=B", list, "multipart/mixed; boundary=B", list),
			call("POST", "/numbers", 200, "multipart/mixed; boundary=B", form, "multipart/mixed; boundary=B", "--B--\r\n"))
	}
	d := soundBoth(t, fs)
	op := operation(t, d, "POST", "/pictures")
	for _, m := range []infer.Media{op.Request.Content[0], op.Responses[0].Content[0]} {
		if m.Schema.Kind != schema.Array || len(m.Schema.Items.AnyOf) != 2 || fmt.Sprint(m.Parts) != "[application/json image/png text/plain]" {
			t.Errorf("%s: parts %v, %+v", m.Type, m.Parts, m.Schema)
		}
	}
	if n := property(t, d, operation(t, d, "POST", "/numbers").Request.Content[0].Schema, "n"); n.Kind != schema.Integer {
		t.Errorf("n: %+v", n)
	}
}

// TestMediaTypesAreApart holds that one media type does not change how another is decided: the
// fields of a form are no map, but the data of an event may be.
func TestMediaTypesAreApart(t *testing.T) {
	events := "event: tick\ndata: {\"2024-01-01\":1,\"2024-01-02\":2}\n\nevent: tock\ndata: {\"a\":1}\n\n"
	form := "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--B--\r\n"
	d := modelOf([]flow.Flow{
		call("GET", "/feed", 200, "", "", "multipart/form-data; boundary=B", form),
		call("GET", "/feed", 200, "", "", "text/event-stream", events),
	}).Document(infer.Options{})
	for _, m := range d.Operations[0].Responses[0].Content {
		for _, e := range m.Events {
			if e.Name == "tick" && e.Schema.Additional == nil {
				t.Errorf("the data of tick is no map: %+v", e.Schema)
			}
		}
	}
}

// TestPartialBodies checks that an operation tells of which bodies only the first values were read.
func TestPartialBodies(t *testing.T) {
	many := `{"items":[` + strings.Repeat("0,", 1<<21) + `0],"total":1}`
	const few = `{"items":[0]}`
	events := "event: a\ndata: " + few + "\n\nevent: b\ndata: " + many + "\n\n"
	fs := []flow.Flow{
		call("POST", "/a", 200, "application/json", many, "application/json", few),
		call("POST", "/a", 200, "application/json", few, "text/event-stream", events),
	}
	m := modelOf(fs)
	d := m.Document(infer.Options{})
	op := operation(t, d, "POST", "/a")
	if n := op.Request.Content[0].Partial; n != 1 {
		t.Errorf("%d requests were read in part, want 1", n)
	}
	if c := op.Responses[0].Content; len(c) != 2 || c[0].Partial != 0 || c[1].Partial != 1 {
		t.Errorf("responses: %+v", c)
	}
	x := must.Get(m.Explain(infer.Options{}, "POST", "/a"))
	var told []string
	for _, f := range x.Findings {
		if strings.HasSuffix(f.Result, "; of bodies with more than two million names and values, the first were read (1)") {
			told = append(told, f.About+" "+f.Subject)
		}
	}
	if got := strings.Join(told, ", "); got != "request application/json, response 200 text/event-stream" {
		t.Errorf("the explanation tells of %q", got)
	}
}
