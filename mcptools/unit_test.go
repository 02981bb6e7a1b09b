package mcptools

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var testParams = []param{
	{name: "flow_id", kind: flowID, required: true, doc: "a flow"},
	{name: "limit", kind: whole, least: 1, most: 500, otherwise: 20},
	{name: "query", kind: text, maxLen: 10},
	{name: "format", kind: text, enum: []string{"json", "yaml"}, otherwise: "json"},
	{name: "full", kind: toggle, otherwise: false},
	{name: "ids", kind: words},
}

func TestParseArgs(t *testing.T) {
	for _, c := range []struct{ name, in, argument, message string }{
		{"none", ``, "flow_id", "is missing"},
		{"null", `null`, "flow_id", "is missing"},
		{"no object", `[1]`, "", "not a JSON object"},
		{"cut off", `{"flow_id":`, "", "not a JSON object"},
		{"null value", `{"flow_id":null}`, "flow_id", "is missing"},
		{"no number", `{"flow_id":"x"}`, "flow_id", "must be a flow's number"},
		{"zero", `{"flow_id":0}`, "flow_id", "must be a flow's number"},
		{"negative", `{"flow_id":-1}`, "flow_id", "must be a flow's number"},
		{"huge", `{"flow_id":1e999}`, "flow_id", "must be a flow's number"},
		{"object", `{"flow_id":{"a":1}}`, "flow_id", "not an object"},
		{"out of range", `{"flow_id":1,"limit":501}`, "limit", "must be from 1 to 500"},
		{"fraction", `{"flow_id":1,"limit":1.5}`, "limit", "must be a whole number"},
		{"text for number", `{"flow_id":1,"limit":"5"}`, "limit", "not a string"},
		{"too long", `{"flow_id":1,"query":"12345678901"}`, "query", "11 bytes long"},
		{"not in list", `{"flow_id":1,"format":"xml"}`, "format", "json, yaml"},
		{"number for flag", `{"flow_id":1,"full":1}`, "full", "must be true or false"},
		{"mixed list", `{"flow_id":1,"ids":["a",2]}`, "ids", "not of a number"},
		{"unknown", `{"flow_id":1,"zzz":1,"aaa":1}`, "aaa", "not an argument of this tool"},
		{"other case", `{"Flow_ID":1}`, "flow_id", "is missing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseArgs(testParams, json.RawMessage(c.in))
			var te *toolError
			if !errors.As(err, &te) {
				t.Fatalf("parseArgs(%s) = %v, want a tool error", c.in, err)
			}
			if te.Code != CodeBadArgument || te.Argument != c.argument || !strings.Contains(te.Message, c.message) {
				t.Errorf("parseArgs(%s) = %+v, want %q about %q", c.in, te, c.message, c.argument)
			}
		})
	}
}

func TestParseArgsTakes(t *testing.T) {
	for _, in := range []string{`{"flow_id":17}`, `{"flow_id":"17"}`, `{"flow_id":"#17"}`, `{"flow_id":17.0}`} {
		a, err := parseArgs(testParams, json.RawMessage(in))
		if err != nil || a.flow("flow_id") != 17 || a.whole("limit") != 20 || a.text("format") != "json" {
			t.Errorf("parseArgs(%s) = %v, %v", in, a, err)
		}
	}
	a, err := parseArgs(testParams, json.RawMessage(`{"flow_id":9007199254740993,"limit":7.0,"query":null,"ids":["a","b"],"full":true}`))
	if err != nil || a.flow("flow_id") != 9007199254740993 || a.whole("limit") != 7 || a.has("query") || len(a.words("ids")) != 2 || !a.toggle("full") {
		t.Errorf("got %v, %v", a, err)
	}
}

func FuzzParseArgs(f *testing.F) {
	f.Add(`{"flow_id":17}`)
	f.Add(`{"flow_id":"1","limit":1e3,"ids":[[[]]]}`)
	f.Fuzz(func(t *testing.T, in string) {
		a, err := parseArgs(testParams, json.RawMessage(in))
		var te *toolError
		if err != nil && !errors.As(err, &te) {
			t.Fatalf("an error without a code: %v", err)
		}
		if err == nil && a.flow("flow_id") == 0 {
			t.Fatal("a required argument is missing")
		}
	})
}

func TestCursor(t *testing.T) {
	c := cursorFor(42, "search", "a", "b")
	if s, err := readCursor(c, "search", "a", "b"); s != 42 || err != nil {
		t.Errorf("read back %d, %v", s, err)
	}
	for _, bad := range []struct {
		cursor string
		parts  []string
	}{{c, []string{"search", "ab", ""}}, {c, []string{"summary", "a", "b"}}, {"x", []string{"search", "a", "b"}}, {strings.Repeat("A", 60), nil}} {
		_, err := readCursor(bad.cursor, bad.parts...)
		var te *toolError
		if !errors.As(err, &te) || te.Code != CodeBadCursor {
			t.Errorf("cursor %q for %q: %v, want %s", bad.cursor, bad.parts, err, CodeBadCursor)
		}
	}
}

func TestFenceCannotBeForged(t *testing.T) {
	first := fence("x")
	name := strings.TrimPrefix(strings.Split(first, "\n")[1], "<<<")
	second := fence(first)
	if strings.Count(second, name+">>>") != 1 || strings.HasSuffix(second, name+">>>") {
		t.Error("captured text closed the fence")
	}
}

func TestInDomain(t *testing.T) {
	for _, c := range []struct {
		authority, domain string
		want              bool
	}{
		{"api.example.com", "api.example.com", true},
		{"api.example.com", "example.com", true},
		{"api.example.com", "https://API.example.com/v1", true},
		{"api.example.com", "*.example.com", true},
		{"evil-example.com", "example.com", false},
		{"example.com.evil.net", "example.com", false},
		{"example.com:8443", "example.com", true},
		{"example.com:8443", "example.com:8443", true},
		{"example.com:8443", "example.com:443", false},
		{"[::1]:80", "::1", true},
		{"[::1]", "[::1]", true},
	} {
		if got := inDomain(c.authority, bareDomain(c.domain)); got != c.want {
			t.Errorf("inDomain(%q, %q) = %v", c.authority, c.domain, got)
		}
	}
}

// All of a long list is had in parts, each once.
func TestPartOf(t *testing.T) {
	all := []int{0, 1, 2, 3, 4, 5, 6}
	var got []int
	for offset, calls := 0, 0; ; calls++ {
		part, p := partOf(all, offset, 3)
		got = append(got, part...)
		if p.Total != 7 || calls > 3 {
			t.Fatalf("%+v after %d calls", p, calls)
		}
		if !p.Truncated {
			break
		}
		offset = p.NextOffset
	}
	if !slices.Equal(got, all) {
		t.Errorf("got %v", got)
	}
	if part, p := partOf(all, 100, 3); len(part) != 0 || p.Truncated {
		t.Errorf("beyond the end there is %v, %+v", part, p)
	}
}

func TestFindValueSaysWhatItLeavesOut(t *testing.T) {
	many := answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "application/json", "["+strings.Repeat(`"oak",`, maxPlaces)+`"oak"]`)
	few := answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "application/json", "["+strings.Repeat(`"oak",`, maxPlaces-1)+`"oak"]`)
	s := connect(t, newStore(t, many, few))
	got := s.fine("find_value", object{"value": "oak", "limit": 500})
	if n := len(list(t, got, "occurrences")); n != 2*maxPlaces || fmt.Sprint(got["capped_flows"]) != "[1]" {
		t.Errorf("%d places, capped are %v", n, got["capped_flows"])
	}
}
