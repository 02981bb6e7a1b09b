package mcptools

import (
	"fmt"
	"testing"
)

// Patterns in a document cannot be used to guess a secret.
func TestCheckFlowsDoesNotRevealSecrets(t *testing.T) {
	spec := func(pattern string) string {
		return `{"openapi":"3.1.0","info":{"title":"t","version":"1"},"paths":{"/oauth/token":{"post":{
			"requestBody":{"content":{"application/x-www-form-urlencoded":{"schema":{"type":"object","properties":{"password":{"type":"string","pattern":"` + pattern + `"}}}}}},
			"responses":{"200":{"description":""},"400":{"description":""}}}}}}`
	}
	s := connect(t, newStore(t, shopFlows(t)...))
	right := s.fine("diff_spec", object{"violations": true, "spec": spec("^alice")})
	wrong := s.fine("diff_spec", object{"violations": true, "spec": spec("^zzzzz")})
	delete(right, "notice")
	delete(wrong, "notice")
	if fmt.Sprint(right) != fmt.Sprint(wrong) {
		t.Errorf("a right guess is told from a wrong one:\n%v\n%v", right, wrong)
	}
}

// TestInspectShowsServerName shows that a client named another host in its TLS handshake.
func TestInspectShowsServerName(t *testing.T) {
	f := shopFlows(t)[0]
	f.Tags = []string{"sni:front.example"}
	got := connect(t, newStore(t, f)).fine("inspect_flows", object{"flow_ids": 1})
	if v := list(t, got, "flows")[0]; v["foreign_server_name"] != "front.example" {
		t.Errorf("got %v", v)
	}
}
