package infer_test

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/test/must"
)

// formTypes are the media types of the bodies in forms.txt that leave facts.
var formTypes = map[string]string{
	"json": "application/json", "xml": "application/xml", "form": form, "yaml": "application/yaml",
	"multipart": "multipart/form-data; boundary=b", "events": "text/event-stream", "lines": "application/x-ndjson",
}

// TestFormsLeaveNoText learns from the bodies of forms.txt with words as secrets. What redaction
// hides in a flow stands neither in the document nor in the model.
func TestFormsLeaveNoText(t *testing.T) {
	data := must.Get(os.ReadFile("../flow/redact/testdata/forms.txt"))
	secret := regexp.MustCompile(`«.*?»`)
	breaks := strings.NewReplacer("␍", "\r\n", "␊", "\n", "␉", "\t")
	red := redact.New(nil, redact.Config{})
	n := 0
	for line := range strings.Lines(string(data)) {
		kind, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if formTypes[kind] == "" || !strings.Contains(text, "«") {
			continue
		}
		for _, word := range []string{"swordfish", "sw0rdfish"} {
			body := secret.ReplaceAllString(breaks.Replace(strings.TrimLeft(text, " ")), word)
			f := call("POST", "/a", 200, formTypes[kind], body, "application/json", "{}")
			if bytes.Contains(red.Flow(f).Request.Body.Data, []byte(word)) {
				continue
			}
			n++
			m := modelOf(slices.Repeat([]flow.Flow{f}, 4))
			if bytes.Contains(document(t, m, "3.1"), []byte(word)) {
				t.Errorf("the document holds %s of %s", word, line)
			}
			if bytes.Contains(encoded(t, m), []byte(word)) {
				t.Errorf("the model holds %s of %s", word, line)
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d forms", n)
	}
}

// TestHiddenTextIsKeptInAnyOrder learns a text that redaction hides in one flow and shows in
// another.
func TestHiddenTextIsKeptInAnyOrder(t *testing.T) {
	hidden := call("POST", "/a", 200, "application/json", `{"args":["password","catfish"]}`, "application/json", "{}")
	shown := call("POST", "/a", 200, "application/json", `{"args":["catfish","trout"]}`, "application/json", "{}")
	both := []flow.Flow{hidden, hidden, shown, hidden, shown, shown, hidden}
	want := encoded(t, modelOf(both))
	if !bytes.Contains(want, []byte("catfish")) {
		t.Error("the facts lack a text that redaction shows")
	}
	slices.Reverse(both)
	if got := encoded(t, modelOf(both)); !bytes.Equal(got, want) {
		t.Error("the order of flows changes the facts")
	}
	merged := modelOf([]flow.Flow{hidden, hidden, hidden, hidden})
	merged.Merge(modelOf([]flow.Flow{shown, shown, shown}))
	if got := encoded(t, merged); !bytes.Equal(got, want) {
		t.Error("merging two models gives other facts")
	}
}

// TestPathsLeaveNoText holds that documents have no text that redaction hides by the path of its
// request.
func TestPathsLeaveNoText(t *testing.T) {
	const token = "k3Jd92LqPz7x4sQ8"
	for _, tt := range []struct{ method, path, contentType, body, word string }{
		{"PUT", "/me/password", "application/json", `{"curr":"swordfish","next":"swordfish"}`, "swordfish"},
		{"PUT", "/env/db.password", "application/json", `{"value":"swordfish"}`, "swordfish"},
		{"PUT", "/kv/app/db/password", "text/plain", "swordfish", "swordfish"},
		{"POST", "/v1/secret/data/app", "application/json", `{"data":{"db":"swordfish"}}`, "swordfish"},
		{"POST", "/security-questions", "application/json", `{"answers":[{"id":3,"answer":"swordfish"}]}`, "swordfish"},
		{"POST", "/login/2fa", "application/json", `{"code":"A48291"}`, "A48291"},
		{"POST", "/account/activate/MjM/" + token, "application/json", "{}", token},
		{"POST", "/mail", "application/json", `{"reset_link":"https://x.example/r?t=` + token + `"}`, token},
	} {
		m := modelOf(slices.Repeat([]flow.Flow{call(tt.method, tt.path, 200, tt.contentType, tt.body, "application/json", "{}")}, 4))
		if bytes.Contains(document(t, m, "3.1"), []byte(tt.word)) {
			t.Errorf("%s %s: the document holds %s", tt.method, tt.path, tt.word)
		}
		if bytes.Contains(encoded(t, m), []byte(tt.word)) {
			t.Errorf("%s %s: the model holds %s", tt.method, tt.path, tt.word)
		}
	}
}
