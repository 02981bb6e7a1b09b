package mcptools

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spectap/spectap/mcptools/trace"
)

func TestFindValueReportsCappedFlows(t *testing.T) {
	many := answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "application/json", "["+strings.Repeat(`"oak",`, trace.Max)+`"oak"]`)
	few := answered(newFlow("GET", "https", "a.example", "/x", ""), 200, "application/json", "["+strings.Repeat(`"oak",`, trace.Max-1)+`"oak"]`)
	s := connect(t, newStore(t, many, few))
	got := s.fine("find_value", object{"value": "oak", "limit": 500})
	if n := len(list(t, got, "occurrences")); n != 2*trace.Max || fmt.Sprint(got["capped_flows"]) != "[1]" {
		t.Errorf("%d places, capped are %v", n, got["capped_flows"])
	}
}
