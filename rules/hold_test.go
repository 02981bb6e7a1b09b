package rules

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact"
)

// TestHold holds a message with secrets: what a person edits is sent with the secrets that stay in
// their places, other edits are refused, and without a decision it goes on unchanged.
func TestHold(t *testing.T) {
	const token, password = "tok-4f9a8e7d6c5b4a39", "hunter2hunter2"
	red := redact.New([]byte("k"), redact.Config{})
	for _, tt := range []struct {
		name   string
		edit   func(text string) string // nil: nobody decides
		refuse string
		want   flow.Change
		header string
		body   string
	}{
		{"nobody decides", nil, "", 0, "Bearer " + token, `{"password":"` + password + `","n":1}`},
		{"unchanged, with the line ends of a browser", func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }, "", 0,
			"Bearer " + token, `{"password":"` + password + `","n":1}`},
		{"the body beside a secret", func(s string) string { return strings.Replace(s, `"n":1`, `"n":22`, 1) }, "", flow.BodyChanged,
			"Bearer " + token, `{"password":"` + password + `","n":22}`},
		{"another header and target", func(s string) string {
			return strings.Replace(strings.Replace(s, "/login", "/login?x=1", 1), "X-A: 1", "X-A: 2\nX-B: 3", 1)
		}, "", flow.StartChanged | flow.HeaderChanged, "Bearer " + token, `{"password":"` + password + `","n":1}`},
		{"a secret under another name", func(s string) string { return strings.Replace(s, `"password"`, `"note"`, 1) }, "must stay where it was", 0, "", ""},
		{"a secret in another header", func(s string) string { return strings.Replace(s, "Authorization", "X-Copy", 1) }, "X-Copy has a placeholder", 0, "", ""},
		{"a header line twice", func(s string) string {
			return strings.Replace(s, "X-A: 1", s[strings.Index(s, "Authorization"):strings.Index(s, "\nContent")], 1)
		},
			"Authorization has a placeholder", 0, "", ""},
		{"a smuggled header", func(s string) string { return strings.Replace(s, "X-A: 1", "Transfer-Encoding: chunked", 1) }, "made by the transport", 0, "", ""},
		{"no request line", func(s string) string { return strings.Replace(s, "/login", "login here", 1) }, "first line", 0, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l Live
				m := &Message{
					Flow:   &flow.Flow{Request: flow.Request{Method: "POST", Scheme: "https", Authority: "a.example", Path: "/login"}},
					Method: "POST", Target: "/login", Body: []byte(`{"password":"` + password + `","n":1}`),
					Header: http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}, "X-A": {"1"}},
				}
				var changed flow.Change
				var drop bool
				done, start := make(chan bool), time.Now()
				go func() {
					changed, drop = l.Hold(t.Context(), "stop", m, red)
					close(done)
				}()
				synctest.Wait()
				var h Held
				data, err := l.Show(StateName + ".1")
				if err != nil || json.Unmarshal(data, &h) != nil {
					t.Fatal(err)
				}
				if strings.Contains(string(data), token) || strings.Contains(string(data), password) {
					t.Fatalf("a secret is shown: %s", data)
				}
				if tt.edit != nil {
					err = l.Decide(Decision{ID: 1, Text: tt.edit(h.Text)})
				}
				if (err != nil) != (tt.refuse != "") || err != nil && !strings.Contains(err.Error(), tt.refuse) {
					t.Fatalf("decide: %v, want %q", err, tt.refuse)
				}
				if err != nil {
					if err = l.Decide(Decision{ID: 1, Drop: true}); err != nil {
						t.Fatalf("after a mistake, the message is held: %v", err)
					}
				}
				<-done
				if waited := time.Since(start); tt.edit == nil && waited != HoldTime || drop != (tt.refuse != "") {
					t.Errorf("it waited %s, dropped %v", waited, drop)
				}
				if tt.refuse == "" && (changed != tt.want || m.Header.Get("Authorization") != tt.header || string(m.Body) != tt.body) {
					t.Errorf("changed %q: %v %s", changed, m.Header, m.Body)
				}
			})
		})
	}
}
