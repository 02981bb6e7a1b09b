package browser

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestAddFlags checks what becomes of requests for sessions.
func TestAddFlags(t *testing.T) {
	flags := []string{"--proxy-server=http://127.0.0.1:1", "--disable-features=A,B"}
	const added = `"--proxy-server=http://127.0.0.1:1","--disable-features=A,B"`
	for _, tt := range []struct{ name, driver, body, want string }{
		{"no options", "chromedriver", `{"capabilities":{}}`,
			`{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":[` + added + `]}}}}`},
		{"Edge", "msedgedriver", `{"capabilities":{"alwaysMatch":{"browserName":"MicrosoftEdge"}}}`,
			`{"capabilities":{"alwaysMatch":{"browserName":"MicrosoftEdge","ms:edgeOptions":{"args":[` + added + `]}}}}`},
		{"own arguments follow", "chromedriver", `{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["--headless"],"binary":"/x"}},"firstMatch":[{}]}}`,
			`{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":[` + added + `,"--headless"],"binary":"/x"}},"firstMatch":[{}]}}`},
		{"features are joined", "chromedriver", `{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["disable-features=C","--disable-features=D"]}}}}`,
			`{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["--proxy-server=http://127.0.0.1:1","--disable-features=A,B,C,D"]}}}}`},
		{"alternatives", "chromedriver", `{"capabilities":{"firstMatch":[{"goog:chromeOptions":{"args":["x"]}},{"platformName":"linux"}]}}`,
			`{"capabilities":{"alwaysMatch":{},"firstMatch":[{"goog:chromeOptions":{"args":[` + added + `,"x"]}},` +
				`{"goog:chromeOptions":{"args":[` + added + `]},"platformName":"linux"}]}}`},
		{"own proxy", "chromedriver", `{"capabilities":{"alwaysMatch":{"proxy":{"proxyType":"direct"}}}}`, ""},
		{"own proxy of an alternative", "chromedriver", `{"capabilities":{"alwaysMatch":{},"firstMatch":[{"proxy":{"proxyType":"direct"}}]}}`, ""},
		{"own proxy as argument", "chromedriver", `{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["proxy-server=http://x"]}}}}`, ""},
		{"an empty proxy of its own", "chromedriver", `{"capabilities":{"alwaysMatch":{"proxy":{}}}}`, ""},
		{"large numbers stay", "chromedriver", `{"capabilities":{},"n":12345678901234567890}`,
			`{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":[` + added + `]}}},"n":12345678901234567890}`},
		{"options of all and of an alternative", "chromedriver",
			`{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":["x"]}},"firstMatch":[{"goog:chromeOptions":{"args":["y"]}},{}]}}`,
			`{"capabilities":{"alwaysMatch":{"goog:chromeOptions":{"args":[` + added + `,"x"]}},"firstMatch":[{"goog:chromeOptions":{"args":["y"]}},{}]}}`},
		{"no JSON", "chromedriver", `{"capabilities":`, ""},
		{"two values", "chromedriver", `{} {}`, ""},
		{"other types", "chromedriver", `{"capabilities":[1]}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodPost, "/session", strings.NewReader(tt.body))
			addFlags(r, tt.driver, flags)
			got, err := io.ReadAll(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" {
				tt.want = tt.body
			}
			if !sameJSON(string(got), tt.want) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if r.ContentLength != int64(len(got)) {
				t.Errorf("length %d of %d", r.ContentLength, len(got))
			}
		})
	}
}

// sameJSON reports whether two texts are the same, or the same values in JSON.
func sameJSON(a, b string) bool {
	if a == b {
		return true
	}
	decode := func(text string, v *any) error {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		return d.Decode(v)
	}
	var x, y any
	if decode(a, &x) != nil || decode(b, &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return string(p) == string(q)
}
