package cli

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

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

// TestInterruptWaitsForWatch interrupts commands that take long to end. Only the status of one that
// runs until then is waited for.
func TestInterruptWaitsForWatch(t *testing.T) {
	for _, lasts := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := new(Program)
			ctx, cancel := context.WithCancel(t.Context())
			root := EndsAtOnce(&cobra.Command{RunE: func(*cobra.Command, []string) error {
				p.Lasts.Store(lasts)
				cancel()
				time.Sleep(10 * grace)
				return ExitStatus(ExitFound)
			}})
			root.SetArgs(nil)
			root.SilenceErrors, root.SilenceUsage = true, true
			err := p.execute(ctx, root, nil)
			if want := map[bool]error{false: context.Canceled, true: ExitStatus(ExitFound)}[lasts]; err != want {
				t.Errorf("lasts %t: %v, want %v", lasts, err, want)
			}
			time.Sleep(20 * grace) // the command ends
		})
	}
}
