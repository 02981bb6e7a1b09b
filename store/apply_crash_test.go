package store_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// crashApply, if set, makes the writer of the crash test apply blocks.
const crashApply = "SPECTAP_CRASH_APPLY"

// applySources is the number of sources whose blocks the writer applies at the same time.
const applySources = 3

// appliedFlow returns the flow of a source whose only record has a number.
func appliedFlow(source, n uint64) *flow.Flow {
	f := crashFlow(source<<32|n, true)
	f.Session = 1
	return &f
}

// applyWriter applies blocks of several sources until it is killed, some of them twice, and prints
// what was acknowledged. Each source goes on at the position that the store has recorded.
func applyWriter(path string, w io.Writer) error {
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		return err
	}
	ctx := context.Background()
	marks, err := db.Marks(ctx)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	fail := make(chan error)
	for source := range uint64(applySources) {
		go func() {
			mark := store.Mark{Source: fmt.Sprint("pod", source)}
			mark.Last = marks[mark.Source]
			for {
				mark.After = mark.Last
				mark.Last += 1 + rand.Uint64N(20)
				var flows []*flow.Flow
				for n := mark.After + 1; n <= mark.Last; n++ {
					flows = append(flows, appliedFlow(source, n))
				}
				for range 1 + rand.IntN(2) {
					if _, err := db.Apply(ctx, mark, flows); err != nil {
						fail <- err
					}
				}
				mu.Lock()
				fmt.Fprintf(w, "%d %d\n", source, mark.Last) // one write, one line
				mu.Unlock()
			}
		}()
	}
	return <-fail
}

// TestApplyCrash kills a writer that applies blocks, and checks that each source has exactly the
// flows up to its position, which is not before the last acknowledged one.
func TestApplyCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "flows.db")
	acked := map[uint64]uint64{}
	for round := range 4 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), crashFile+"="+path, crashApply+"=1")
		cmd.Stderr = os.Stderr
		out := must(cmd.StdoutPipe())
		noError(t, cmd.Start())
		kill := 20 + rand.IntN(60)
		for n, sc := 0, bufio.NewScanner(out); sc.Scan(); n++ {
			var source, last uint64
			if _, err := fmt.Sscan(sc.Text(), &source, &last); err != nil {
				t.Fatalf("the writer printed %q", sc.Text())
			}
			acked[source] = last
			if n == kill {
				cmd.Process.Kill()
			}
		}
		cmd.Wait()
		checkApplied(t, path, acked)
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
}

func checkApplied(t *testing.T, path string, acked map[uint64]uint64) {
	t.Helper()
	checkPages(t, path)
	db := must(store.Open(path, store.Options{}))
	defer checkSound(t, path)
	defer db.Close()
	marks := must(db.Marks(t.Context()))
	stored := map[uint64]uint64{} // newest number by source
	for _, f := range collect(t, db, store.Query{}) {
		id := binary.BigEndian.Uint64(f.ID[:])
		source, n := id>>32, id&(1<<32-1)
		if n != stored[source]+1 {
			t.Errorf("flow %d of source %d follows %d", n, source, stored[source])
		}
		stored[source] = n
	}
	for source := range uint64(applySources) {
		if at := marks[fmt.Sprint("pod", source)]; stored[source] != at || at < acked[source] {
			t.Errorf("source %d: %d flows, position %d, acknowledged %d", source, stored[source], at, acked[source])
		}
	}
	list, err := db.Sessions(t.Context())
	if err != nil || len(list) != len(marks) {
		t.Errorf("%d sessions of %d sources, %v: %v", len(list), len(marks), list, err)
	}
}
