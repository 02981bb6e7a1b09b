package infer

import (
	"strings"
	"testing"
)

// TestIsEventName tells names that code gives to events from data.
func TestIsEventName(t *testing.T) {
	for name, want := range map[string]bool{
		"message": true, "order.created": true, "chat:v2": true, "v2.created": true, "V2/created": true, "a1-b": true, "a1_b": true, "z9": true,
		"Z9.x": true, strings.Repeat("a", maxEventName): true,
		"": false, "room-17": false, "17": false, "2v": false, "v22": false, "v2x": false, "v2=": false, "[1": false, "{1": false, "-1": false,
		strings.Repeat("a", maxEventName+1): false, "joe@example.com": false, "a b": false, "room-9": false, "room.0": false,
		"vGbnkLpqRtdWcsMhzKxTqYwPbN": false,
	} {
		if isEventName(name) != want {
			t.Errorf("isEventName(%q) = %t", name, !want)
		}
	}
}

// TestBracketBase checks which parameters are one property of an object, and of which.
func TestBracketBase(t *testing.T) {
	for name, want := range map[string]string{
		"filter[status]": "filter", "filter[a][b]": "filter", "filter[a][]": "filter",
		"ids[]": "", "filter": "", "[a]": "", "filter[a": "", "filter[a]b": "", "": "", "[]": "",
	} {
		base, isDeep := bracketBase(name)
		if want == "" && (isDeep || base != name) || want != "" && (!isDeep || base != want) {
			t.Errorf("%q: got %q, %t", name, base, isDeep)
		}
	}
}
