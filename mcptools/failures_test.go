package mcptools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
)

// The agent sends a guess, and compares its own flow with the one that has the secret. Right and
// wrong guesses look alike.
func TestComparisonTestsNoGuess(t *testing.T) {
	const secret = "plantedHeaderKey5521"
	up := newUpstream(t)
	f := answered(newFlow("GET", "http", up.authority(), "/a", ""), 200, "", "")
	f.Request.Header = flow.Header{{Name: "X-Api-Key", Value: secret}}
	st := newStore(t, f, answered(newFlow("GET", "http", up.authority(), "/a", ""), 200, "", ""))
	s := connect(t, st, up.allow())
	var seen []string
	for _, guess := range []string{secret, "plantedHeaderKey5522"} {
		sent := s.fine("replay_flow", object{"flow_id": 2, "headers_json": `{"X-Api-Key":"` + guess + `"}`})
		id, ok := sent["flow_id"]
		if !ok { // the flow was not stored: store what a recorder would
			g := f
			g.ID, g.Source = flow.NewID(), "replay"
			g.Request.Header = flow.Header{{Name: "X-Api-Key", Value: guess}}
			last := must(st.Append(t.Context(), g))
			id = uint64(last)
		}
		for _, d := range list(t, s.fine("compare_flows", object{"a": 1, "b": id}), "request") {
			if d["name"] == "x-api-key" {
				seen = append(seen, fmt.Sprint(d["change"]))
			}
		}
	}
	if len(seen) != 2 || seen[0] != seen[1] {
		t.Errorf("the comparison tells a right guess from a wrong one: %v", seen)
	}
}

// The values of a difference are those of the flows that the row names, not of other successes.
func TestFailuresCompareWithTheNamedFlow(t *testing.T) {
	post := func(status int, query, body string) flow.Flow {
		f := newFlow("POST", "https", "api.example", "/orders", query)
		f.Request.Header = flow.Header{{Name: "Content-Type", Value: "application/json"}}
		f.Request.Body = flow.Body{Data: []byte(body), Size: int64(len(body))}
		return answered(f, status, "application/json", `{"error":"bad"}`)
	}
	similar, near := post(201, "", `{"count":"2","name":"b","size":1}`), post(201, "x=1&y=2", `{"count":"3","name":"c","size":2,"more":true}`)
	s := connect(t, newStore(t, similar, near, post(400, "", `{"count":"many","name":"a","size":1}`), near))
	rows := list(t, s.fine("find_failures", nil), "failures")
	if len(rows) != 1 || rows[0]["success"] != 1.0 {
		t.Fatalf("got %v", rows)
	}
	values := map[any]any{}
	for _, d := range list(t, rows[0], "differences") {
		values[d["name"]] = d["succeeded"]
	}
	if values["$.count"] != `"2"` || values["$.name"] != "b" {
		t.Errorf("the values are %v", values)
	}
}

// A search says when placeholders may hide what it looks for, whether or not they do.
func TestSearchNamesRedaction(t *testing.T) {
	s := connect(t, newStore(t, shopFlows(t)...))
	for query, want := range map[string]string{
		"nothing like this": "secrets are searched as placeholders", "sk_live_abcdefghijklmnopqrstuvwx": "the form of a secret", "/oauth/token": "",
	} {
		note, _ := s.fine("search_traffic", object{"query": query})["note"].(string)
		if want == "" && note != "" || !strings.Contains(note, want) {
			t.Errorf("%s: %q", query, note)
		}
	}
	for since, want := range map[string]int{"2020-01-01": 1, "2020-01-01T09:00:00Z": 1, "-2h": 1, "2100-01-01": 0} {
		if n := len(list(t, s.fine("search_traffic", object{"since": since, "limit": 1}), "flows")); n != want {
			t.Errorf("since %s: %d flows", since, n)
		}
	}
}
