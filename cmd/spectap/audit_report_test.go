package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/cmd/spectap/cli/gateway"
	"github.com/spectap/spectap/guard/audit"
	"github.com/spectap/spectap/guard/book"
)

func TestAuditReport(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	log, err := audit.Open(path, 0)
	noError(t, err)
	now := time.Now().UTC().Truncate(time.Second)
	decision := func(ago time.Duration, decision, name, rule, reason, confirmed string) audit.Record {
		return audit.Record{Event: audit.EventDecision, Time: now.Add(-ago), Identity: "ci", Method: "tools/call", Name: name, Decision: decision, Rule: rule, Reason: reason, Confirmed: confirmed}
	}
	for _, r := range []audit.Record{
		decision(240*time.Hour, "allow", "old", "/tools/old", "", ""),
		{Event: audit.EventStart, Time: now.Add(-2 * time.Hour), Policy: "p1"},
		decision(time.Hour, "hold", "pay", "/tools/pay", "the call waits for a person's approval: abc", ""),
		decision(50*time.Minute, "allow", "pay", "/tools/pay", "", "approval abc of 123456789012 by anna (terminal)"),
		decision(40*time.Minute, "deny", "a|b`c", "/tools/x", "try again in 3s", ""),
		decision(40*time.Minute, "deny", "a|b`c", "/tools/x", "try again in 2s", ""),
		decision(30*time.Minute, "deny", "new", "(pins)", "its definition is new", ""),
		{Event: audit.EventDefinition, Change: &book.Change{At: now, What: "changed", Kind: "tool", Name: "pay", Server: "s", Digest: strings.Repeat("b", 64), Before: strings.Repeat("a", 64)}},
		{Event: audit.EventDefinition, Change: &book.Change{At: now, What: "accepted", Kind: "tool", Name: "pay", Server: "s", Digest: strings.Repeat("b", 64), By: "user:anna"}},
		{Event: audit.EventDefinition, Change: &book.Change{At: now, What: "accepted", Kind: "tool", Name: "pay", Server: "s", Digest: strings.Repeat("b", 64), By: "user:anna"}},
		{Event: audit.EventGrant, Change: &book.Change{At: now, What: "revoked", Name: "ci", By: "user:anna"}},
		{Event: audit.EventApproval, Identity: "ci", Change: &book.Change{
			At: now, What: "approved", Name: "pay", Grant: "ci", ID: "abc", Digest: strings.Repeat("c", 64), By: "user:anna", Channel: "terminal", Asked: now.Add(-time.Minute)}},
	} {
		if _, err := log.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	log.Close()
	var got gateway.AuditReport
	noError(t, json.Unmarshal([]byte(command(t, "audit", "report", "--since", "7d", "--json", path)), &got))
	if len(got.Calls) != 3 || len(got.Policies) != 1 || len(got.Quarantined) != 1 {
		t.Errorf("%+v", got)
	}
	if len(got.Definitions) != 2 || got.Definitions[0].What != "changed" || got.Definitions[1].By != "user:anna" || len(got.Grants) != 1 || len(got.Decisions) != 1 {
		t.Errorf("changes %+v, %+v, %+v", got.Definitions, got.Grants, got.Decisions)
	}
	if len(got.Denials) != 1 || got.Denials[0].Count != 2 || got.Denials[0].Reason != "try again in 2s" {
		t.Errorf("denials %+v", got.Denials)
	}
	if len(got.Approvals) != 1 || got.Approvals[0].Waited != 600 || got.Approvals[0].By != "anna (terminal)" {
		t.Errorf("approvals %+v", got.Approvals)
	}
	if text := command(t, "audit", "report", "--since", "7d", path); !strings.HasPrefix(text, "# Audit from 2") || strings.Contains(text, "`old`") {
		t.Errorf("a week:\n%s", text)
	}
	text := command(t, "audit", "report", path)
	if !strings.HasPrefix(text, "# Audit from the beginning to 2") {
		t.Errorf("all of it:\n%s", text)
	}
	for _, want := range []string{"| `ci` | `pay` | 1 | 0 | 1 |", "| 2 | `a¦b'c` | `/tools/x` |", "`old`", "10m0s",
		"| `s` | `tool` | `pay` | changed | `aaaaaaaaaaaa` | `bbbbbbbbbbbb` |  |", "| `ci` | revoked | `user:anna` |", "| approved | `user:anna` | `terminal` | `abc` | `cccccccccccc` | 1m0s |"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
