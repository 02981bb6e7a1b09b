package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
)

// heldCalls writes a file of held calls, one for each.
func heldCalls(t *testing.T, calls ...approval.Call) (file string, b *approval.Book, ids []string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "approvals.json")
	b = must(approval.Open(file))
	for _, c := range calls {
		h := must(b.Ask(c, time.Hour, time.Now()))
		ids = append(ids, h.ID)
	}
	return file, b, ids
}

func payCall(amount string, approvers int) approval.Call {
	return approval.Call{Grant: "agent", Tool: "pay", Rule: "/tools/pay", Policy: "v7", Arguments: []byte(`{"amount":` + amount + `}`), Approvers: approvers}
}

// TestShowLongValues shows a long value from both ends, and with --whole all of it.
func TestShowLongValues(t *testing.T) {
	file, _, ids := heldCalls(t, payCall(`"`+strings.Repeat("x", 5000)+`"`, 1))
	for _, whole := range []string{"--whole=false", "--whole"} {
		n := strings.Count(command(t, "approvals", "show", "--approvals", file, ids[0], whole), "x")
		if (n >= 5000) != (whole == "--whole") {
			t.Errorf("%s: %d of 5000 characters", whole, n)
		}
	}
}
