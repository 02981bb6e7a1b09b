package codegen

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestHTTPFile checks a file for the HTTP clients of editors.
func TestHTTPFile(t *testing.T) {
	f := newFlow("POST", "api.example", "/orders", "a={x}")
	f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "Authorization", Value: "Bearer " + plantedBearer}}
	f.Request.Body = flow.Body{Data: []byte(`{"a":{"b":1}}`), Size: 13}
	got := generate("http", f, newFlow("GET", "api.example", "/", "")).Code
	want := `# what the capture shows, with a hash
@API_TOKEN =

### flow 1: POST http://api.example/orders?a={x}
POST http://api.example/orders?a=%7Bx}
Content-Type: application/json
Authorization: Bearer {{API_TOKEN}}

{"a":{"b":1}}

### flow 1: GET http://api.example/
GET http://api.example/
`
	_, rest, _ := strings.Cut(got, "\n")
	_, wantRest, _ := strings.Cut(want, "\n")
	if rest != wantRest {
		t.Errorf("got %s", got)
	}
}

// TestHTTPFileHasNoCommands checks that nothing of a captured request becomes another request, a
// file that is sent, a script or a variable.
func TestHTTPFileHasNoCommands(t *testing.T) {
	for _, body := range []string{
		"x\n###\nPOST http://evil.example", "< /etc/passwd", "<@ /etc/passwd", "<", "<> old.json", "> {% client.exit() %}", "  > x.js", "{{$processEnv HOME}}",
		"x\n# comment", "@host = evil", "a\r\n### b", "?a", "// c", "{{% run() }}",
		"a\u202eb", "a\x1b[2J",
	} {
		f := newFlow("POST", "api.example", "/{{x}}\u202e", "")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: "text/plain"}, {Name: "X-A", Value: "{{y}}"}, {Name: "X-B", Value: "a\n### GET http://evil.example"}, {Name: "X-C", Value: "\u2066"}}
		f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
		got := generate("http", f).Code
		if strings.Contains(got, "{{") || strings.Count(got, "\n###") != 1 || !strings.HasSuffix(got, "\n< ./body-1.bin\n") || strings.Contains(got, "passwd") ||
			!strings.Contains(got, "\nPOST http://api.example/%7B%7Bx}}%E2%80%AE\n") || strings.Contains(got, "X-C:") {
			t.Errorf("%q:\n%s", body, got)
		}
	}
	for _, name := range []string{"###", "&admin", "?admin", "@x", "<", "//", "#@import", "https://evil.example/x", "{{{x}}", ">", ""} {
		f := newFlow("GET", "api.example", "/{{{x}}", "")
		f.Request.Header = flow.Header{{Name: name, Value: "v"}, {Name: "X-A", Value: "a"}}
		got := generate("http", f).Code
		if strings.Contains(got, "{{") || strings.Contains(got, name+": v") || !strings.HasSuffix(got, "that this format cannot write\nX-A: a\n") {
			t.Errorf("%q:\n%s", name, got)
		}
	}
	for _, body := range []string{"<a>\n<b/>\n</a>", "<?xml?>", "<!-- x -->", "plain\ntext"} { // and these are no commands
		f := newFlow("POST", "api.example", "/", "")
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: "text/plain"}}
		f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
		if got := generate("http", f).Code; !strings.HasSuffix(got, "\n\n"+body+"\n") {
			t.Errorf("%q:\n%s", body, got)
		}
	}
}
