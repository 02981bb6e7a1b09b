package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/guard/approval"
)

// heldCalls writes a file of held calls, one for each.
func heldCalls(t *testing.T, calls ...approval.Call) (file string, b *approval.Book, ids []string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "approvals.json")
	b, err := approval.Open(file)
	noError(t, err)
	for _, c := range calls {
		h, err := b.Ask(c, time.Hour, time.Now())
		noError(t, err)
		ids = append(ids, h.ID)
	}
	return file, b, ids
}

func payCall(amount string, approvers int) approval.Call {
	return approval.Call{Grant: "agent", Tool: "pay", Rule: "/tools/pay", Policy: "v7", Arguments: []byte(`{"amount":` + amount + `}`), Approvers: approvers}
}
