package mcptools

import (
	"fmt"
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
			last, err := st.Append(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
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
