package main

import (
	"strings"
	"testing"
)

// TestFlowsShowServerName checks that people and agents are shown that a client named another host
// in its TLS handshake than that of its connection.
func TestFlowsShowServerName(t *testing.T) {
	f := getOf("a.example", "/x", "application/json", "{}")
	other := f
	f.Tags = []string{"nightly", "sni:front.example"}
	db := storeOf(t, f, other)
	for _, tt := range []struct{ args, want string }{
		{"flows show", "(the TLS handshake names another host than the URL: front.example)"},
		{"flows show --json", `"foreign_server_name":"front.example"`},
	} {
		for _, id := range []string{"1", "2"} {
			_, out, errs := runHere(append(strings.Fields(tt.args), id, "--db", db)...)
			if strings.Contains(out, tt.want) != (id == "1") || out == "" {
				t.Errorf("%s %s: %s%s", tt.args, id, out, errs)
			}
		}
	}
}
