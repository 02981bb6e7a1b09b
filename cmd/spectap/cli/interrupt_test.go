package cli

import (
	"context"
	"errors"
	"testing"

	"github.com/spf13/cobra"
)

// TestInterruptWaitsForFiles interrupts a command that writes a file: the file is completed.
func TestInterruptWaitsForFiles(t *testing.T) {
	p, order := new(Program), make(chan string, 2)
	ctx, cancel := context.WithCancel(t.Context())
	root := EndsAtOnce(&cobra.Command{RunE: func(*cobra.Command, []string) error {
		p.Writing.Lock()
		cancel()
		go func() {
			order <- "written"
			p.Writing.Unlock()
		}()
		select {}
	}})
	root.SetArgs(nil)
	err := p.execute(ctx, root, nil)
	order <- "ended"
	if first := <-order; first != "written" || !errors.Is(err, context.Canceled) {
		t.Error(first, err)
	}
}
