package cli

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"
)

// TestCompletionTime checks that a shell gets its answer if the values do not come.
func TestCompletionTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		slow := func(context.Context, *cobra.Command, []string, string) []Candidate {
			<-release // does not watch its context, like a page fault
			return []Candidate{{Value: "late"}}
		}
		cmd := &cobra.Command{}
		cmd.SetContext(t.Context())
		began := time.Now()
		if got, directive := Answer(slow)(cmd, nil, ""); len(got) > 0 || directive != cobra.ShellCompDirectiveNoFileComp {
			t.Errorf("got %q, %d", got, directive)
		}
		if took := time.Since(began); took > completionTime+grace {
			t.Errorf("the answer took %s", took)
		}
	})
}
