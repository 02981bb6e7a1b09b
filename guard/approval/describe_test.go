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

// No name of an argument can pass for its value, or trades places with it.
func TestNamesOfArguments(t *testing.T) {
	for arguments, want := range map[string]string{
		`{"amount = 5 (limit 10)":9}`: `  "/amount = 5 (limit 10)" = 9` + "\n",
		`{"to = \"anna\"":"eve"}`:     `  "/to = \"anna\"" = "eve"` + "\n",
		`{"z\u05d0":{"1000":5}}`:      "  /z\u05d0/1000\n    = 5\n",
		`{"\u0634":"x"}`:              "  /\u0634\n    = \"x\"\n",
		`{"привет":1}`:                "  /привет = 1\n",
		`{"q":"\u05d0 1"}`:            "  /q = \"\u05d0 1\"\n",
	} {
		if got := Describe(&Held{Call: Call{Arguments: []byte(arguments)}}, nil); !strings.HasSuffix(got, "arguments\n"+want) {
			t.Errorf("%s\nis shown as\n%s", arguments, got)
		}
	}
}

// A person sees the complete request that will be sent, and its differences from the last one.
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

// The description has each fact on which a person decides, with its name.
func TestDescribe(t *testing.T) {
	at := time.Date(2026, 5, 4, 12, 0, 0, 0, time.Local)
	h := Held{ID: "k3x7", State: Waiting, Digest: "d1", Created: at, Expires: at.Add(time.Hour), Call: Call{
		Tool: "call operation", Inner: "pay", Server: "shop", Grant: "ci", Client: `a "b`, Rule: "/tools/pay", Also: []string{"/all_tools"}, Reason: "large", Effect: "pays", Approvers: 2,
		Arguments: []byte(`{"a/b":{"~":1},"empty":{},"list":[true,"x"],"none":[],"null":null}`),
		Request:   &Request{Method: "POST", URL: "https://api.example/pay", MayBe: "DELETE"},
	}, Decisions: []Decision{{By: "user:anna", At: at.Add(time.Minute), Approve: true, Note: "fine"}, {By: "user:bob", At: at.Add(2 * time.Minute)}}}
	const want = `k3x7  waiting
  tool      "call operation"
  calls     pay
  server    shop
  asked by  ci, which says it is "a \"b"
  rule      /tools/pay, /all_tools
  reason    large
  asked at  2026-05-04 12:00:00
  until     2026-05-04 13:00:00
  approvers 2
  approved  by user:anna at 12:01:00  fine
  denied    by user:bob at 12:02:00
  digest    d1
  effect    pays
sends
  POST https://api.example/pay
  which a server may handle as DELETE
arguments
  /a~1b/~0 = 1
  /empty = {}
  /list/0 = true
  /list/1 = "x"
  /none = []
  /null = null
`
	if got := Describe(&h, nil); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	h.Arguments, h.Approvers = []byte(`{}`), 1
	if got := Describe(&h, nil); !strings.Contains(got, "\nno arguments\n") || strings.Contains(got, "approvers") {
		t.Errorf("without arguments:\n%s", got)
	}
	last := Held{Call: Call{Arguments: []byte(`{"to":"a","was":1}`)}}
	h.Arguments = []byte(`{"to":"a","new":2}`)
	got := Describe(&h, &last)
	if !strings.HasSuffix(got, "arguments\n  /new = 2\n    was not there\n  /to = \"a\"\n  /was is not there, was 1\n") {
		t.Errorf("beside the last call:\n%s", got)
	}
}
