package browser

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzAddFlags looks for requests that lose or change what they ask for. What is added is the flags
// alone, and a request that cannot be read stays as it is.
func FuzzAddFlags(f *testing.F) {
	f.Add(`{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["--headless"]}},"firstMatch":[{"a":1},{}]}}`)
	f.Add(`{"capabilities":{"firstMatch":[{"goog:chromeOptions":{}},null,1]},"desiredCapabilities":{"x":12345678901234567890}}`)
	f.Add(`{"capabilities":{"alwaysMatch":{"proxy":{}}}}`)
	f.Add(`{"capabilities":[]} {}`)
	f.Add(`{}}`)
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest("POST", "/session", strings.NewReader(body))
		addFlags(r, "chromedriver", []string{"--proxy-server=http://127.0.0.1:1"})
		out, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if string(out) == body {
			return
		}
		if !json.Valid(out) || !json.Valid([]byte(strings.TrimSpace(body))) {
			t.Fatalf("%q became %q", body, out)
		}
		if int64(len(out)) != r.ContentLength {
			t.Errorf("%d bytes, and a length of %d", len(out), r.ContentLength)
		}
		again := httptest.NewRequest("POST", "/session", strings.NewReader(string(out)))
		addFlags(again, "chromedriver", []string{"--proxy-server=http://127.0.0.1:1"})
		if twice, _ := io.ReadAll(again.Body); strings.Count(string(twice), "--proxy-server=http://127.0.0.1:1") > strings.Count(string(out), "--proxy-server=http://127.0.0.1:1") {
			t.Errorf("the flags are added twice: %q", twice)
		}
	})
}
