package infer_test

import (
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/infer"
)

// TestNotModified: an answer that says nothing but that the client has it already is left out, and counted, where there
// are others. Where something was to change, 304 says that nothing did (RFC 9110, 15.4.5, knows it for GET and HEAD alone).
func TestNotModified(t *testing.T) {
	fs := []flow.Flow{call("POST", "/lamps/off", 304, "", "", "", ""), call("GET", "/lamps", 200, "", "", "application/json", `{"a":1}`), call("GET", "/lamps", 304, "", "", "", ""), call("GET", "/lamps", 304, "", "", "", "")}
	fs = append(fs, call("GET", "/switches", 304, "", "", "", ""))
	d := learnt(fs).Document(infer.Policy{})
	if op := operation(t, d, "GET", "/switches"); op.Seen != 1 || op.Responses[0].Status != 304 {
		t.Errorf("nothing else tells of the switches: %+v", op)
	}
	if op := operation(t, d, "GET", "/lamps"); op.Seen != 1 {
		t.Errorf("%d flows tell of the lamps", op.Seen)
	}
	if rs := operation(t, d, "GET", "/lamps").Responses; len(rs) != 1 || rs[0].Status != 200 {
		t.Errorf("answers %+v", rs)
	}
	if rs := operation(t, d, "POST", "/lamps/off").Responses; len(rs) != 1 || rs[0].Status != 304 {
		t.Errorf("nothing changed, as the lamps are off: %+v", rs)
	}
	if !slices.Contains(d.Excluded, infer.Exclusion{Reason: infer.ReasonUnchanged, Count: 2}) {
		t.Errorf("left out: %v", d.Excluded)
	}
}
