package redact

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/flow/redact/mark"
)

// TestSitesCannotGuess holds that what a site returns, makes a browser send to another site or gets
// back from a changed request has no placeholder of what another site knows and that can be
// guessed. Generated values have one placeholder everywhere.
func TestSitesCannotGuess(t *testing.T) {
	const token, id = "tok_9f8Ka72mQx01LpZw", "3f2b8c1e-5d4a-4e6f-9a7b-1c2d3e4f5a6b"
	r := New([]byte("key of a store"), Config{})
	marksOf := func(origin, fetchedFrom string, changed flow.Change, password string) (marks []string) {
		scheme, authority, _ := strings.Cut(origin, "://")
		f := flow.Flow{ID: flow.NewID(), Request: flow.Request{Method: "POST", Scheme: scheme, Authority: authority, Path: "/in", Changed: changed}}
		if fetchedFrom != "" {
			f.Request.Header = flow.Header{{Name: "Sec-Fetch-Site", Value: "cross-site"}, {Name: "Origin", Value: fetchedFrom}}
		}
		f.Request.Body = bodyOf(fmt.Sprintf(`{"password":%q,"token":%q,"secret":%q,"pin":48291}`, password, token, id))
		binary := flow.Body{Data: []byte("\x00\x01" + password), Size: int64(2 + len(password))}
		f.Response = &flow.Response{Status: 200, Header: flow.Header{{Name: "Content-Type", Value: "application/grpc"}}, Body: binary}
		out := r.Flow(f)
		for _, text := range []string{string(out.Request.Body.Data), out.Response.Body.Omitted} {
			for start, end, ok := mark.Next(text); ok; start, end, ok = mark.Next(text) {
				marks, text = append(marks, text[start:end]), text[end:]
			}
		}
		return marks // password, token, secret, pin, body
	}
	const bank = "https://bank.example"
	known := marksOf(bank, "", 0, "sesame2026")
	if again := marksOf(bank, "", 0, "sesame2026"); len(known) != 5 || fmt.Sprint(known) != fmt.Sprint(again) {
		t.Fatalf("of one origin: %v, %v", known, again)
	}
	for name, other := range map[string][]string{
		"another site":           marksOf("https://evil.example", "", 0, "sesame2026"),
		"another port":           marksOf("https://bank.example:8443", "", 0, "sesame2026"),
		"a page of another site": marksOf(bank, "https://evil.example", 0, "sesame2026"),
		"a rule":                 marksOf(bank, "", flow.HeaderChanged, "sesame2026"),
		"a key of another site":  marksOf("https://evil.example", "", 0, "https://bank.example\x00sesame2026"),
	} {
		for i, m := range other {
			if isGenerated := i == 1 || i == 2; (m == known[i]) != isGenerated {
				t.Errorf("%s: %d is %s, at the bank %s", name, i, m, known[i])
			}
		}
	}
}

func bodyOf(s string) flow.Body { return flow.Body{Data: []byte(s), Size: int64(len(s))} }
