package front

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcp/front/fronttest"
)

// TestDuplicateNames checks that stdio and HTTP refuse a message that names a member twice, at any
// depth and in any spelling, and accept the others.
func TestDuplicateNames(t *testing.T) {
	token := NewToken()
	url := start(t, Config{Token: token})
	const call = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","arguments":%}}`
	for name, tt := range map[string]struct {
		message string
		refused bool
	}{
		"argument": {strings.Replace(call, "%", `{"a":1,"a":2}`, 1), true},
		"escaped":  {strings.Replace(call, "%", `{"a":1,"\u0061":2}`, 1), true},
		"nested":   {strings.Replace(call, "%", `{"o":[{"a":1,"a":2}]}`, 1), true},
		"params":   {`{"jsonrpc":"2.0","id":7,"method":"ping","params":{},"params":{}}`, true},
		"id":       {`{"jsonrpc":"2.0","method":"ping","method":"ping","id":7}`, true},
		"case":     {`{"jsonrpc":"2.0","id":7,"method":"ping","Method":"ping"}`, true},
		"single":   {strings.Replace(call, "%", `{"a":{"a":1},"b":{"a":1}}`, 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			noError(t, ServeStdio(t.Context(), fronttest.Unguarded(newServer()), strings.NewReader(tt.message), &out, nil))
			if got := refusedName(out.String()); got != tt.refused || !strings.Contains(out.String(), `"id":7`) {
				t.Errorf("stdio: refused %t, want %t: %s", got, tt.refused, &out)
			}
			status, body := post(t, url, token, strings.NewReader(tt.message))
			if got := refusedName(body); got != tt.refused ||
				tt.refused && (status != http.StatusBadRequest || !strings.Contains(body, `"id":7`)) {
				t.Errorf("HTTP: status %d, refused %t, want %t: %s", status, got, tt.refused, body)
			}
		})
	}
}

func refusedName(answer string) bool {
	return strings.Contains(answer, "same name") || strings.Contains(answer, "differ in case only")
}

// post sends a message and returns the status and body of the response.
func post(t *testing.T, url, token string, message io.Reader) (int, string) {
	t.Helper()
	r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, url, message))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	res := must(http.DefaultClient.Do(r))
	defer res.Body.Close()
	data, _ := io.ReadAll(res.Body)
	if json.Valid(data) && res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the media type of %s is %q", data, res.Header.Get("Content-Type"))
	}
	return res.StatusCode, string(data)
}
