package capture

import (
	"context"
	"slices"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/store"
)

// slowImport is an import whose Append waits for a value of results.
type slowImport struct {
	store.Import
	results chan error
	sizes   []int
	flows   []flow.Seq
}

func (im *slowImport) Append(_ context.Context, fs ...flow.Flow) error {
	im.sizes = append(im.sizes, len(fs))
	for _, f := range fs {
		im.flows = append(im.flows, f.Seq)
	}
	return <-im.results
}

// TestImportAppender checks that flows are appended in order and in bounded batches, while the next
// batch is filled.
func TestImportAppender(t *testing.T) {
	im := &slowImport{results: make(chan error)}
	a := &importAppender{tx: im}
	n := flow.Seq(0)
	add := func(k, body int) {
		t.Helper()
		for range k {
			n++
			must.Do(t, a.add(t.Context(), flow.Flow{Seq: n, Request: flow.Request{Body: flow.Body{Data: make([]byte, body)}}}))
		}
	}
	add(2*BatchFlows-1, 0) // the first batch is still being appended
	im.results <- nil
	add(1, 0)
	im.results <- nil
	add(1, batchBytes)
	im.results <- nil
	add(1, 0)
	close(im.results)
	must.Do(t, a.flush(t.Context()))
	if want := []int{BatchFlows, BatchFlows, 1, 1}; !slices.Equal(im.sizes, want) {
		t.Errorf("batches of %d, want %d", im.sizes, want)
	}
	if len(im.flows) != int(n) || !slices.IsSorted(im.flows) {
		t.Errorf("%d of %d flows, in order: %v", len(im.flows), n, slices.IsSorted(im.flows))
	}
}
