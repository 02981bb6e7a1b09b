package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/filter"
	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/store"
)

// TestOwnFindsTheSame holds that a sieve of who may read all flows finds what another one finds:
// what redaction writes, such as placeholders and text without its escapes, too.
func TestOwnFindsTheSame(t *testing.T) {
	bodies := []string{
		`{"password": "hunter2hunter2", "note": "out of stock"}`,
		`{"email": "anna@example.com", "note": "\u006fut of stock"}`,
		`{"note": "call anna@example.com, \u006fut of\u0020stock"}`,
		`note=%6fut+of+stock&password=hunter2hunter2`,
		`<a password="hunter2hunter2">&#111;ut of stock anna@example.com</a>`,
		`out of stock`,
	}
	r := redact.New([]byte("0123456789abcdef0123456789abcdef"), redact.Config{})
	for _, body := range bodies {
		f := flow.Flow{Request: flow.Request{Method: "POST", Path: "/", Body: flow.Body{Data: []byte(body), Size: int64(len(body))}}}
		shown := string(r.Flow(f).Request.Body.Data)
		for start := range len(shown) {
			for _, n := range []int{1, 2, 4, 7, 12} {
				text := shown[start:min(len(shown), start+n)]
				if strings.ContainsAny(text, `"\`) || strings.HasPrefix(text, "~") {
					continue
				}
				where := must(filter.Parse(fmt.Sprintf("body:%q", text), time.Now()))
				s := store.Sieve{Where: where, Redact: r.Flow, Own: true}
				if !s.Matches(&f) {
					t.Errorf("body:%q does not find %s, which is shown as %s", text, body, shown)
				}
			}
		}
	}
	where, _ := filter.Parse("body:hunter2hunter2", time.Now())
	f := flow.Flow{Request: flow.Request{Body: flow.Body{Data: []byte(bodies[0])}}}
	if s := (store.Sieve{Where: where, Redact: r.Flow, Own: true}); s.Matches(&f) {
		t.Error("it finds a secret")
	}
}
