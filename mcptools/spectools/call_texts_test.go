package spectools

import (
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"crypto/sha256"

	"github.com/spectap/spectap/egress"
	"github.com/spectap/spectap/guard"
)

// TestRequestForApproval checks what a person sees of a request: all of it, with a digest of what is
// sent, and a description of a body that is no text.
func TestRequestForApproval(t *testing.T) {
	u, _ := url.Parse("https://api.example/a?b=c")
	sum := sha256.Sum256([]byte("text"))
	for _, tt := range []struct {
		name             string
		call             egress.Call
		methods          guard.Methods
		header, mayBe    string
		body, hash, near string
	}{
		{"no body", egress.Call{Method: "GET", URL: u}, guard.Methods{"GET"}, "", "", "", "", ""},
		{"a text", egress.Call{Method: "POST", URL: u, Body: []byte("text"), Header: []egress.Pair{{Name: "X", Value: "y"}},
			Cookies: []egress.Pair{{Name: "sid", Value: "z"}}}, guard.Methods{"POST"}, "X: y|Cookie: sid=z", "", "text", hex.EncodeToString(sum[:]), ""},
		{"bytes", egress.Call{Method: "PUT", URL: u, Body: []byte{0xff, 0, 1}}, guard.Methods{"PUT"}, "", "", "", "", "ff 00 01"},
		{"a method that another may replace", egress.Call{Method: "POST", URL: u}, guard.Methods{"POST", "DELETE"}, "", "DELETE", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := requestOf(tt.call, tt.methods)
			if r.Method != tt.call.Method || r.URL != u.String() || r.Size != len(tt.call.Body) || strings.Join(r.Header, "|") != tt.header {
				t.Errorf("%+v", r)
			}
			if !strings.Contains(r.MayBe, tt.mayBe) || (tt.mayBe == "") != (r.MayBe == "") {
				t.Errorf("may be %q", r.MayBe)
			}
			if tt.near == "" && r.Body != tt.body || !strings.Contains(strings.ReplaceAll(r.Body, " ", ""), strings.ReplaceAll(tt.near, " ", "")) {
				t.Errorf("body %q", r.Body)
			}
			if tt.hash != "" && r.Hash != tt.hash || (len(tt.call.Body) == 0) != (r.Hash == "") {
				t.Errorf("hash %q", r.Hash)
			}
		})
	}
}
