package policy

import (
	"strings"
	"testing"
)

func TestAllow(t *testing.T) {
	for _, tt := range []struct{ name, before, after, fails string }{
		{"new", "version: 1 # mine\ntools:\n  a: {} # why\n", "version: 1 # mine\ntools:\n  a: {} # why\n  x: {}\n", ""},
		{"no tools", "version: 1\n", "version: 1\ntools:\n  x: {}\n", ""},
		{"allowed", "version: 1\ntools: {x: {}}\n", "version: 1\ntools: {x: {}}\n", ""},
		{"denied", "version: 1\ntools: {x: {action: deny}}\n", "", "/tools/x denies the operation"},
		{"hidden", "version: 1\nhide: [x]\ntools: {}\n", "", "(hidden) denies the operation"},
		{"for others too", "version: 1\ntools: {'*': {action: deny}}\n", "", "/tools/* denies"},
		{"a condition", "version: 1\ntools: {x: {require: {path: args.n, op: eq, value: 1}}}\n", "", "/tools/x/require"},
	} {
		out, err := Allow(t.Context(), "p.yaml", []byte(tt.before), "x")
		switch {
		case tt.fails != "" && (err == nil || !strings.Contains(err.Error(), tt.fails)):
			t.Errorf("%s: error %v", tt.name, err)
		case tt.fails == "" && (err != nil || string(out) != tt.after):
			t.Errorf("%s: %q, %v", tt.name, out, err)
		}
	}
}
