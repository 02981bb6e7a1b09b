package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
)

// TestApprovalTakenBack denies a call that was approved, before the agent makes it again.
func TestApprovalTakenBack(t *testing.T) {
	file := filepath.Join(t.TempDir(), "approvals.json")
	b, err := approval.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	call := approval.Call{Grant: "agent", Tool: "pay", Arguments: []byte(`{"amount":1}`), Approvers: 1}
	h, err := b.Ask(call, time.Hour, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	command(t, "approvals", "approve", "--approvals", file, h.ID, "--yes")
	command(t, "approvals", "deny", "--approvals", file, h.ID, "--yes", "--note", "a mistake")
	if used, err := b.Use(h.ID, time.Now()); used || err != nil {
		t.Errorf("the approval is used: %v, %v", used, err)
	}
}
