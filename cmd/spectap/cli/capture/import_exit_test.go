package capture

import (
	"context"
	"errors"
	"testing"
)

// TestImportCommitsOrLeaves interrupts an import while it is committed, and before.
func TestImportCommitsOrLeaves(t *testing.T) {
	var late, early importExit
	undone := 0
	late.undo(func() { undone++ })
	begun, left := make(chan bool), make(chan bool)
	go func() {
		<-begun
		left <- late.leave()
	}()
	if err := late.Commit(func() error { begun <- true; return nil }); err != nil || <-left || undone != 0 {
		t.Errorf("left after the commit: %v, %d undone", err, undone)
	}
	early.undo(func() { undone++ })
	if first := early.leave(); !first || !early.leave() || undone != 1 { // the second interrupt undoes nothing
		t.Errorf("an import that was left undid %d times", undone)
	}
	if err := early.Commit(func() error { t.Error("committed"); return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if early.undo(func() { undone++ }); undone != 2 {
		t.Error("what was made after the end stays")
	}
}
