package redact_test

import (
	"os"
	"strings"
	"testing"

	"github.com/spectap/spectap/internal/test/must"
)

// formKinds are the media types of the bodies in testdata/forms.txt, and the other parts of a message there.
var formKinds = map[string]string{
	"text": "text/plain", "json": "application/json", "html": "text/html", "xml": "application/xml",
	"form": "application/x-www-form-urlencoded", "yaml": "application/yaml", "csv": "text/csv",
	"multipart": "multipart/form-data; boundary=b", "events": "text/event-stream", "markdown": "text/markdown",
	"lines": "application/x-ndjson",
	"query": "query", "path": "path", "url": "url", "header": "header", "member": "member",
}

// redactAs redacts a body of a media type or another part of a message: NAME: VALUE of a header or
// of a value with a name.
func redactAs(contentType, text string) string {
	name, value, ok := strings.Cut(text, ": ")
	switch contentType {
	case "query":
		return red.Query(text)
	case "path":
		return red.Path(text)
	case "url":
		return red.URL(text)
	case "header":
		if ok {
			return name + ": " + red.HeaderValue(name, value)
		}
		return text
	case "member":
		if ok {
			return name + ": " + red.Value(name, value)
		}
		return text
	}
	return string(red.Body(contentType, []byte(text)))
}

// formLine is a line of testdata/forms.txt: a body with « and » around its secrets.
type formLine struct {
	line, kind, contentType string
	marked                  string // as in the file
	text                    string // with the line breaks and tabs that marked has signs for
}

// formLines returns the lines of testdata/forms.txt.
func formLines(t *testing.T) []formLine { return formsOf(t, "testdata/forms.txt") }

func formsOf(t *testing.T, file string) (all []formLine) {
	t.Helper()
	data := must.Get(os.ReadFile(file))
	breaks := strings.NewReplacer("␍", "\r\n", "␊", "\n", "␉", "\t")
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		kind, text, _ := strings.Cut(line, " ")
		contentType, ok := formKinds[kind]
		if !ok {
			t.Fatalf("unknown kind: %s", line)
		}
		text = strings.TrimLeft(text, " ")
		all = append(all, formLine{line, kind, contentType, text, breaks.Replace(text)})
	}
	return all
}

// TestFormTable redacts the bodies of testdata/forms.txt: exactly the text between « and ».
func TestFormTable(t *testing.T) {
	lines := formLines(t)
	if len(lines) < 300 {
		t.Errorf("the table has %d forms", len(lines))
	}
	for _, f := range lines {
		line, contentType, text := f.line, f.contentType, f.text
		t.Run(line[:min(len(line), 60)], func(t *testing.T) {
			want := emptiedMarks(text)
			got := redactAs(contentType, strings.NewReplacer("«", "", "»", "").Replace(text))
			if emptied(got) != want {
				t.Errorf("%s\ngot  %s\nwant %s", line, emptied(got), want)
			}
			if again := redactAs(contentType, got); again != got {
				t.Errorf("%s: redacting twice differs from once:\n%s", line, again)
			}
		})
	}
}
