package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/spectap/spectap/cmd/spectap/cli"
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
			if status != cli.ExitFailed || stderr.String() != "spectap: context canceled\n" {
				t.Errorf("status %d, %q", status, stderr.String())
			}
		})
	}
}

// TestEveryCommandEnds lists the commands that end by themselves when they are interrupted, because
// they must close or undo something. All others must be marked to end at once.
func TestEveryCommandEnds(t *testing.T) {
	byItself := []string{
		"spectap", "spectap flows", "spectap ca", "spectap store", "spectap policy", "spectap audit", "spectap pins", "spectap grant", "spectap approvals", "spectap sessions", "spectap correct", "spectap model", "spectap hub", "spectap auth", // only help
		"spectap run", "spectap replay", "spectap test", "spectap completion", "spectap man", "spectap hub key", "spectap worker", "spectap browser", "spectap proxy", "spectap ui", "spectap sessions rm", "spectap audit key", "spectap import", "spectap flows tail", "spectap flows export", "spectap flows rm",
		"spectap mcp", "spectap mock", "spectap serve", "spectap client", "spectap demo", "spectap version", "spectap gateway", "spectap policy init", "spectap policy schema", "spectap pins accept", "spectap pins reject",
		"spectap grant add", "spectap grant rotate", "spectap grant revoke", "spectap approvals approve", "spectap approvals deny", "spectap approvals allow", "spectap approvals revoke",
		"spectap rules", "spectap rules add", "spectap rules off", "spectap rules on", "spectap rules release", "spectap rules rm", "spectap inside", "spectap auth login", "spectap auth logout",
	}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		_, atOnce := cmd.Annotations[cli.AnnotationAtOnce]
		path := cmd.CommandPath()
		changes := strings.HasPrefix(path, "spectap ca ") || strings.HasPrefix(path, "spectap store ")
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
	visit(newRootCmd(new(cli.Program)))
}
