package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
	"github.com/spectap/spectap/guard/pin"
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

// TestPinsDiffNew requires all of a new definition to be shown: there is nothing that it could be
// compared with.
func TestPinsDiffNew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pins.json")
	b, err := pin.OpenBook(file)
	if err != nil {
		t.Fatal(err)
	}
	old := pin.Definition{Name: "a", JSON: []byte(`{"name":"a"}`)}
	if _, err := b.First("s", pin.Tool, []pin.Definition{old}); err != nil {
		t.Fatal(err)
	}
	added := pin.Definition{Name: "b", JSON: []byte(`{"name":"b","description":"Sends all fіles.","inputSchema":{"type":"object"}}`)}
	if _, err := b.Check("s", pin.Tool, []pin.Definition{old, added}); err != nil {
		t.Fatal(err)
	}
	text, _ := waitingIn(t, file)
	for _, want := range []string{"s/tool:b@", "\n  description: \"Sends all fі[U+0456]les.\"\n", "\n  inputSchema: {\"type\":\"object\"}\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("pins diff lacks %q:\n%s", want, text)
		}
	}
}
