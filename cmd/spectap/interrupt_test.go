package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"
)

// blockedReader cancels a context when it is read, and never returns.
type blockedReader struct{ cancel context.CancelFunc }

func (r blockedReader) Read([]byte) (int, error) {
	r.cancel()
	select {}
}

// TestInterruptEndsAtOnce interrupts commands that are busy and do not watch their context.
func TestInterruptEndsAtOnce(t *testing.T) {
	for _, args := range []string{"lint -", "validate -", "filter -", "diff - -", "doc -"} {
		t.Run(args, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var stderr bytes.Buffer
			status := run(ctx, strings.Fields(args), blockedReader{cancel}, io.Discard, &stderr)
			if status != exitFailed || stderr.String() != "spectap: context canceled\n" {
				t.Errorf("status %d, %q", status, stderr.String())
			}
		})
	}
}

// TestInterruptLeavesImport interrupts an import that is busy: it ends without a file.
func TestInterruptLeavesImport(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	t.Setenv("TMP", dir)
	var stderr bytes.Buffer
	run(ctx, []string{"import", "--db", filepath.Join(dir, "flows.db"), "-"}, blockedReader{cancel}, io.Discard, &stderr)
	if want := "spectap: nothing was imported\nspectap: context canceled\n"; stderr.String() != want {
		t.Errorf("stderr is %q, want %q", stderr.String(), want)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 && runtime.GOOS != "windows" { // which keeps files that are open
		t.Errorf("the import left %v, %v", left, err)
	}
}

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
	if err := late.commit(func() error { begun <- true; return nil }); err != nil || <-left || undone != 0 {
		t.Errorf("left after the commit: %v, %d undone", err, undone)
	}
	early.undo(func() { undone++ })
	if first := early.leave(); !first || !early.leave() || undone != 1 { // the second interrupt undoes nothing
		t.Errorf("an import that was left undid %d times", undone)
	}
	if err := early.commit(func() error { t.Error("committed"); return nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if early.undo(func() { undone++ }); undone != 2 {
		t.Error("what was made after the end stays")
	}
}

// TestInterruptWaitsForFiles interrupts a command that writes a file: the file is completed.
func TestInterruptWaitsForFiles(t *testing.T) {
	p, order := new(program), make(chan string, 2)
	ctx, cancel := context.WithCancel(t.Context())
	root := endsAtOnce(&cobra.Command{RunE: func(*cobra.Command, []string) error {
		p.writing.Lock()
		cancel()
		go func() {
			order <- "written"
			p.writing.Unlock()
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
			p := new(program)
			ctx, cancel := context.WithCancel(t.Context())
			root := endsAtOnce(&cobra.Command{RunE: func(*cobra.Command, []string) error {
				p.lasts.Store(lasts)
				cancel()
				time.Sleep(10 * grace)
				return exitStatus(exitFound)
			}})
			root.SetArgs(nil)
			root.SilenceErrors, root.SilenceUsage = true, true
			err := p.execute(ctx, root, nil)
			if want := map[bool]error{false: context.Canceled, true: exitStatus(exitFound)}[lasts]; err != want {
				t.Errorf("lasts %t: %v, want %v", lasts, err, want)
			}
			time.Sleep(20 * grace) // the command ends
		})
	}
}

// TestEveryCommandEnds lists the commands that end by themselves when they are interrupted, because
// they must close or undo something. All others must be marked to end at once.
func TestEveryCommandEnds(t *testing.T) {
	byItself := []string{
		"spectap", "spectap flows", "spectap ca", "spectap store", "spectap system-proxy", "spectap policy", "spectap audit", "spectap pins", "spectap grant", "spectap approvals", "spectap sessions", "spectap correct", "spectap model", "spectap hub", // only help
		"spectap run", "spectap webdriver", "spectap replay", "spectap completion", "spectap man", "spectap hub key", "spectap worker", "spectap browser", "spectap proxy", "spectap ui", "spectap sessions rm", "spectap audit key", "spectap import", "spectap flows tail", "spectap flows export", "spectap flows rm",
		"spectap mcp", "spectap serve", "spectap client", "spectap demo", "spectap version", "spectap gateway", "spectap policy init", "spectap policy schema", "spectap pins accept", "spectap pins reject",
		"spectap grant add", "spectap grant rotate", "spectap grant revoke", "spectap approvals approve", "spectap approvals deny", "spectap approvals allow", "spectap approvals revoke",
	}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		_, atOnce := cmd.Annotations[annotationAtOnce]
		path := cmd.CommandPath()
		changes := strings.HasPrefix(path, "spectap ca ") || strings.HasPrefix(path, "spectap store ") ||
			strings.HasPrefix(path, "spectap system-proxy ")
		if cmd.IsAdditionalHelpTopicCommand() {
			return
		}
		if listed := slices.Contains(byItself, path) || changes; atOnce == listed {
			t.Errorf("%s: marked %v, listed %v", path, atOnce, listed)
		}
		for _, c := range cmd.Commands() {
			visit(c)
		}
	}
	visit(newRootCmd(new(program)))
}
