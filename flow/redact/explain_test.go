package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/packed"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/flow/redact/redacttest"
	"github.com/spectap/spectap/internal/test/must"
)

// TestExplain checks what redaction says of each value it hides: its place in the body as it was
// read, its names, the rule and the length. It hides what [redact.Redactor.Body] hides.
func TestExplain(t *testing.T) {
	const github = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
	own := must.Get(redact.Compile([]redact.Rule{{JSON: "$.note"}, {Name: "plate"}, {Regexp: "ACME-[0-9]+"}}))
	r := redact.New([]byte("k"), redact.Config{Rules: own})
	for _, tt := range []struct{ name, contentType, body, want string }{
		{"JSON", "", "{\"user\": {\n  \"password\": \"hunter2\"},\n \"a\":[1,{\"t\":\"" + github + "\"}],\"pin\":4711}",
			"2:16 user.password name password 7; 3:15 a.t github-token 40; 3:65 pin name pin 4"},
		{"a pair", "", `{"name":"password","value":"hunter2"}`, "1:29 value pair 7"},
		{"JSON in JSON", "", `{"d":"{\"x\":{\"pwd\":\"hunter2\"}}"}`, "1:25 d.x.pwd name pwd 7"},
		{"text", "", "key " + github + "\nä password=hunter2, ACME-12 mail ann@example.com",
			"1:5  github-token 40; 2:12  name password 7; 2:21  regexp ACME-[0-9]+ 7; 2:34  email 15"},
		{"form", "application/x-www-form-urlencoded", "a=1&password=first%26tail", "1:14 password name password 10"},
		{"HTML", "text/html", "<label>Password</label>\n<input value='hunter2'>", "2:15 input.value pair 7"},
		{"a code", "text/html", "Your code is <b>482913</b>", "1:17 b pair 6"},
		{"events", "text/event-stream", "event: x\ndata: {\"a\":1}\n\ndata: {\"token\":\"hunter2x\"}\n", "4:17 token name token 8"},
		{"split over events", "text/event-stream", "data: {\"text\":\"the pass\"}\n\ndata: {\"text\":\"word: hun\"}\n\ndata: {\"text\":\"ter2x\",\"token\":\"hunter3x\"}\n",
			"3:22  name password 8; 5:32 token name token 8"},
		{"multipart", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter2\r\n--b--\r\n",
			"4:1  name password 7"},
		{"the user's", "", `{"note":"x1","plate":"y2"}`, "1:10 note json 2; 1:23 plate name plate 2"},
		{"MessagePack", "application/msgpack", string(redacttest.Pack(packed.MessagePack, []byte(`{"password":"hunter2"}`))), "0:0 password name password 7"},
		{"binary", "application/octet-stream", "\x00\x01\x02\xff", "1:1  unread 4"},
		{"a secret in a name", "", `{"` + github + `":{"pin":"4711"}}`, "1:3 [redacted:token:*] github-token 40; 1:53 [redacted:token:*].pin name pin 4"},
		{"nothing", "", `{"a":"b"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, found := r.Explain(tt.contentType, []byte(tt.body))
			var got []string
			for _, f := range found {
				got = append(got, fmt.Sprintf("%d:%d %s %s %d", f.Line, f.Column, f.Path, f.Rule, f.Length))
				if f.Reason == "" {
					t.Errorf("%s has no reason", f.Rule)
				}
			}
			if got := stars(strings.Join(got, "; ")); got != tt.want {
				t.Errorf("got  %s\nwant %s\n%s", got, tt.want, out)
			}
			if want := r.Body(tt.contentType, []byte(tt.body)); tt.name != "binary" && string(out) != string(want) {
				t.Errorf("got  %s\nwant %s", out, want)
			}
		})
	}
}

// TestExplainHidesTheSame checks that Explain hides the same values as Body.
func TestExplainHidesTheSame(t *testing.T) {
	for _, f := range formLines(t) {
		if !strings.Contains(f.contentType, "/") {
			continue
		}
		out, found := red.Explain(f.contentType, []byte(f.text))
		if want := red.Body(f.contentType, []byte(f.text)); string(out) != string(want) || string(want) != f.text && len(found) == 0 {
			t.Errorf("%s: %d findings\ngot  %s\nwant %s", f.line, len(found), out, want)
		}
	}
}
