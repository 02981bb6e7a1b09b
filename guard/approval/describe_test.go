package approval

import (
	"strings"
	"testing"
	"time"
)

// No part of a call can pass for a line of its description.
func TestTextOfACallMakesNoLine(t *testing.T) {
	const forged = "x\n  amount = 1\u202e"
	h := Held{ID: "a", Call: Call{
		Grant: forged, Tool: forged, Inner: forged, Server: forged, Reason: forged, Effect: forged,
		Arguments: []byte(`{"x\n  amount":{"y\n  amount = 1":"z\n  amount = 1"}}`),
		Request:   &Request{Method: "POST", URL: "https://api.example/" + forged, Header: []string{"X: " + forged}, Body: forged, Size: 9, Hash: "00", MayBe: forged},
	}, Decisions: []Decision{{By: forged, Note: forged}}}
	for l := range strings.Lines(Describe(&h, &Held{Call: Call{Arguments: []byte(`{"w\n  amount":1}`)}})) {
		if strings.HasPrefix(l, "  amount") || strings.Contains(l, "\u202e") {
			t.Errorf("a line of the call: %q", l)
		}
	}
	s := Standing{Terms: Terms{Grant: forged, Tool: forged, If: []string{forged}}, Decisions: h.Decisions}
	for l := range strings.Lines(DescribeStanding(&s)) {
		if strings.HasPrefix(l, "  amount") {
			t.Errorf("a line of the call: %q", l)
		}
	}
}

// A person sees the whole request that leaves, and what differs from the last one.
func TestDescribeRequest(t *testing.T) {
	h := Held{ID: "a", State: Waiting, Created: time.Now(), Call: Call{
		Tool: "pay", Arguments: []byte(`{"to":"pаyroll","n":2}`),
		Request: &Request{Method: "POST", URL: "https://api.example/pay", Header: []string{"Content-Type: text/plain"}, Body: "one\ntwo", Size: 7, Hash: "ab12"},
	}}
	got := Describe(&h, &Held{Call: Call{Arguments: []byte(`{"n":1,"k":0}`)}})
	for _, want := range []string{
		"  POST https://api.example/pay\n", "  Content-Type: text/plain\n", "  a body of 7 bytes, SHA-256 ab12\n  | one\n  | two\n",
		`/to = "pа[U+0430]yroll"`, "/n = 2\n    was 1\n", "/k is not there, was 0\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}
