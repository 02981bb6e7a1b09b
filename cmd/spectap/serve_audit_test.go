package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/audit"
)

// TestServeAudits writes the records of serve with and without a policy to one audit, a chain of
// hashes that the commands read.
func TestServeAudits(t *testing.T) {
	dir := t.TempDir()
	spec := writeSpec(t, dir, "shop.yaml", "http://127.0.0.1:1")
	policy, chain := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "chain.jsonl")
	noError(t, os.WriteFile(policy, []byte("version: 1\ndefault: allow\n"), 0o600))
	for _, args := range [][]string{{"--policy", policy}, nil, {"--audit-key", filepath.Join(dir, "key")}} {
		var notes bytes.Buffer
		call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"getThing","arguments":{"id":"1"}}}` + "\n"
		args = append([]string{"serve", spec, "--base-url", "http://127.0.0.1:1", "--audit", chain}, args...)
		if status := run(t.Context(), args, strings.NewReader(call), io.Discard, &notes); status != 0 {
			t.Fatalf("%v: exit status %d: %s", args, status, notes.String())
		}
	}
	if info, err := os.Stat(chain); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	r, err := audit.Verify(t.Context(), chain, nil)
	if err != nil || r.Records < 12 {
		t.Errorf("the chain: %+v, %v", r, err)
	}
	text := command(t, "audit", "tail", chain)
	if strings.Count(text, "getThing  GET /things") != 3 {
		t.Errorf("not three requests in\n%s", text)
	}
}
