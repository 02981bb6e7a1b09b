package redact_test

import (
	"strings"
	"testing"

	"github.com/spectap/spectap/flow/redact"
)

// TestEventData joins JSON that an event stream spreads over data lines, if it has a secret, and
// keeps all other lines.
func TestEventData(t *testing.T) {
	const split = "data: {\"token\":\ndata: \"x1\"}\n"
	for in, want := range map[string]string{
		split: "data: {\"token\": \"[]\"}\n", split + "\n": "data: {\"token\": \"[]\"}\n\n", "\n" + split: "\ndata: {\"token\": \"[]\"}\n",
		"id: 1\n" + split + "id: 2\n" + split:         "id: 1\ndata: {\"token\": \"[]\"}\nid: 2\ndata: {\"token\": \"[]\"}\n",
		strings.ReplaceAll(split, "\n", "\r\n"):       "data: {\"token\": \"[]\"}\n",
		strings.ReplaceAll(split, ": ", ":"):          "data: {\"token\":\"[]\"}\n",
		"data: {\"token\":\ndata: \"x1":               "data: {\"token\": \"[]\n",
		"data: [{\"token\":\ndata: \"x1":              "data: [{\"token\": \"[]\n",
		"data: {\"token\":\ndata: \"x1\n\ndata: hi\n": "data: {\"token\":\ndata: \"x1\n\ndata: hi\n",
		"data: x {\"token\":\ndata: \"x1":             "data: x {\"token\":\ndata: \"x1",
		"data: {\"color\":\ndata: \"x1\"}\n":          "data: {\"color\":\ndata: \"x1\"}\n",
		"data: a\ndata: b\n":                          "data: a\ndata: b\n",
		"data: {\"token\":\nid: 1\ndata: \"x1\"}\n":   "data: {\"token\":\nid: 1\ndata: \"x1\"}\n",
		"data:\ndata:":                                "data:\ndata:",
		"data: {\"pin\":4711}\n":                      "data: {\"pin\":\"[]\"}\n",
		"note: {\"pin\":4711}\n":                      "note: {\"pin\":[]}\n",
		"{\"pin\":4711}\n":                            "{\"pin\":\"[]\"}\n",
	} {
		got := red.Body("text/event-stream", []byte(in))
		if emptied(string(got)) != want {
			t.Errorf("%q: %q, want %q", in, emptied(string(got)), want)
		}
		if again := red.Body("text/event-stream", got); string(again) != string(got) {
			t.Errorf("%q: redacted twice: %q", in, again)
		}
	}
}

// TestTables redacts tables by the names in their first row, also those of rules, and keeps their
// separators and line breaks. Rows with too many cells are read as text.
func TestTables(t *testing.T) {
	rules, err := redact.Compile([]redact.Rule{{Name: "colour"}})
	if err != nil {
		t.Fatal(err)
	}
	r := redact.New([]byte("key"), redact.Config{Rules: rules})
	wide := func(n int) string { return strings.Repeat(",", n) + "\n" }
	for _, tt := range []struct{ contentType, in, want string }{
		{"text/csv", "a,password\r\n1,x\r\n", "a,password\r\n1,[]\r\n"}, {"text/csv", "a,password\n1,x", "a,password\n1,[]"},
		{"text/csv", "a,password\r\n1,x", "a,password\r\n1,[]"},
		{"text/tab-separated-values", "a,b\tpassword\n1\tx\n", "a,b\tpassword\n1\t[]\n"},
		{"text/csv", "a\tpassword\n1\tx\n", "a\tpassword\n1\t[]\n"}, {"text/csv", "a|password\n1|x\n", "a|password\n1|[]\n"},
		{"text/csv", "n,Colour\n1,red\n", "n,Colour\n1,[]\n"}, {"text/csv", "n,color\n1,red\n", "n,color\n1,red\n"},
		{"text/csv", "n,tokens,pin\n1,12,4711\n", "n,tokens,pin\n1,12,[]\n"}, {"text/csv", "n,tokens\n1,x2\n", "n,tokens\n1,[]\n"},
		{"text/csv", "password\n", "password\n"}, {"text/csv", "password", "password"}, {"text/csv", "\n\n", "\n\n"},
		{"text/csv", "# joe@example.com\na,password\n1,x\n", "# []\na,password\n1,[]\n"},
		{"text/csv", "a,password\n1,\"x\ny\"\n2,z\n", "a,password\n1,[]\n2,[]\n"},
		{"text/csv", "a,password\n1,x,joe@example.com\n2\n", "a,password\n1,[],[]\n2\n"},
		{"text/csv", "a,password\n1,x\n" + wide(100_001) + "pin: 4711\n", "a,password\n1,[]\n" + wide(100_001) + "pin: []\n"},
		{"text/csv", "a,b\n1,x\n" + wide(100_001) + "pin: 4711\n", "a,b\n1,x\n" + wide(100_001) + "pin: []\n"},
		{"text/csv", "a,b,password" + wide(100_002) + "1,2,x\n", "a,b,password" + wide(100_002) + "1,2,[]\n"},
	} {
		if got := emptied(string(r.Body(tt.contentType, []byte(tt.in)))); got != tt.want {
			t.Errorf("%.100q: %.200q, want %.200q", tt.in, got, tt.want)
		}
	}
}
