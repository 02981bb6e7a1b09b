package front

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
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
		"id":       {`{"jsonrpc":"2.0","id":6,"id":7,"method":"ping"}`, true},
		"single":   {strings.Replace(call, "%", `{"a":{"a":1},"b":{"a":1}}`, 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := ServeStdio(t.Context(), newServer(), strings.NewReader(tt.message), &out, nil); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(out.String(), "duplicate name"); got != tt.refused || !strings.Contains(out.String(), `"id":7`) {
				t.Errorf("stdio: refused %t, want %t: %s", got, tt.refused, &out)
			}
			status, body := post(t, url, token, strings.NewReader(tt.message))
			if got := strings.Contains(body, "duplicate name"); got != tt.refused ||
				tt.refused && (status != http.StatusBadRequest || !strings.Contains(body, `"id":7`)) {
				t.Errorf("HTTP: status %d, refused %t, want %t: %s", status, got, tt.refused, body)
			}
		})
	}
}

// TestNamesInAnotherCase checks that members of the protocol are accepted as it writes them only, and
// that arguments may have any name.
func TestNamesInAnotherCase(t *testing.T) {
	for _, tt := range []struct {
		message string
		refused string // the member, "" if the message passes
	}{
		{`{"jsonrpc":"2.0","id":7,"method":"tools/list","Method":"tools/call"}`, "Method"},
		{`{"jsonrpc":"2.0","id":7,"METHOD":"ping"}`, "METHOD"},
		{`{"jsonrpc":"2.0","id":6,"ID":7,"method":"ping"}`, "ID"},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","Params":{}}`, "Params"},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","re\u017fult":{}}`, "re\u017fult"},
		{`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","Name":"y"}}`, "Name"},
		{`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"a":{},"ARGUMENTS":{}}}`, "ARGUMENTS"},
		{`{"params":{},"jsonrpc":"2.0","id":7,"Method":"ping"}`, "Method"},
		{`{"params":{"a":[1]},"jsonrpc":"2.0","id":7,"Method":"ping"}`, "Method"},
		{`{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"x","arguments":{"Name":1,"name":2,"Method":3}}}`, ""},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","other":{"ID":1},"params":{"_meta":{"ID":1}}}`, ""},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","params":[{"Name":1}]}`, ""},
		{`{"jsonrpc":"2.0","id":7,"method":"ping","params":["Name",1]}`, ""},
		{`[{"ID":1}]`, ""},
		{`{"ID":`, ""},
	} {
		err := checkNames([]byte(tt.message))
		if tt.refused == "" && err != nil || tt.refused != "" && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%q", tt.refused))) {
			t.Errorf("%s: error %v, want one that names %q", tt.message, err, tt.refused)
		}
	}
	for _, at := range []struct{ format, members string }{
		{`{%q:1}`, "jsonrpc id method params result error"},
		{`{"id":1,"params":{%q:1}}`, "name arguments _meta uri cursor level task requestId inputResponses requestState"},
	} {
		for member := range strings.FieldsSeq(at.members) {
			if err := checkNames(fmt.Appendf(nil, at.format, member)); err != nil {
				t.Errorf("%s: %v", member, err)
			}
			if err := checkNames(fmt.Appendf(nil, at.format, strings.ToUpper(member))); err == nil {
				t.Errorf("%s is accepted in upper case", member)
			}
		}
	}
}

// TestLargeBodyNamesLimit checks that a body over the limit is refused with the limit, whether or not
// its length is declared.
func TestLargeBodyNamesLimit(t *testing.T) {
	token := NewToken()
	url := start(t, Config{Token: token, MaxBody: 1000})
	for _, declared := range []bool{true, false} {
		var body io.Reader = strings.NewReader(strings.Repeat("x", 1001))
		if !declared {
			body = struct{ io.Reader }{body}
		}
		if status, text := post(t, url, token, body); status != http.StatusRequestEntityTooLarge || !strings.Contains(text, "1000 bytes") {
			t.Errorf("declared %t: status %d: %s", declared, status, text)
		}
	}
}

// post sends a message and returns the status and body of the response.
func post(t *testing.T, url, token string, message io.Reader) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, message)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	data, _ := io.ReadAll(res.Body)
	if json.Valid(data) && res.Header.Get("Content-Type") != "application/json" {
		t.Errorf("the media type of %s is %q", data, res.Header.Get("Content-Type"))
	}
	return res.StatusCode, string(data)
}
