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
		strings.Repeat("a", maxEventName+1): false, "joe@example.com": false, "a b": false,
	} {
		if isEventName(name) != want {
			t.Errorf("isEventName(%q) = %t", name, !want)
		}
	}
}
