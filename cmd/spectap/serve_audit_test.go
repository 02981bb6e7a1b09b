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

// TestServeAuditFormats keeps the journal of serve without a policy and the audit of a policy out of
// each other's files.
func TestServeAuditFormats(t *testing.T) {
	dir := t.TempDir()
	spec := writeSpec(t, dir, "shop.yaml", "http://127.0.0.1:1")
	policy, chain, plain := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "chain.jsonl"), filepath.Join(dir, "plain.jsonl")
	if err := os.WriteFile(policy, []byte("version: 1\ndefault: allow\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	serve := func(args ...string) (int, string) {
		var notes bytes.Buffer
		call := `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"getThing","arguments":{"id":"1"}}}` + "\n"
		status := run(t.Context(), append([]string{"serve", spec, "--base-url", "http://127.0.0.1:1"}, args...), strings.NewReader(call), io.Discard, &notes)
		return status, notes.String()
	}
	if status, notes := serve("--policy", policy, "--audit", chain); status != 0 {
		t.Fatalf("with a policy: %s", notes)
	}
	if status, notes := serve("--audit", plain); status != 0 {
		t.Fatalf("without a policy: %s", notes)
	}
	if text, err := os.ReadFile(plain); err != nil || len(text) == 0 {
		t.Fatalf("the journal is %q, %v", text, err)
	}
	if status, notes := serve("--audit", chain); status == 0 || !strings.Contains(notes, "chain of hashes other lines would break") {
		t.Errorf("without a policy, in the file of one: exit status %d: %s", status, notes)
	}
	if status, notes := serve("--policy", policy, "--audit", plain); status == 0 || !strings.Contains(notes, "open the audit") {
		t.Errorf("with a policy, in the file of none: exit status %d: %s", status, notes)
	}
	if r, err := audit.Verify(t.Context(), chain, nil); err != nil || r.Records < 2 {
		t.Errorf("the chain: %+v, %v", r, err)
	}
}
