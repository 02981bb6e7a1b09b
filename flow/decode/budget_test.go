package decode

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
)

// TestBudget decompresses many large bodies: a few of them, in each minute, and all of a usual
// ratio.
func TestBudget(t *testing.T) {
	packed := func(data []byte) flow.Body {
		var z bytes.Buffer
		w, _ := gzip.NewWriterLevel(&z, gzip.BestSpeed)
		w.Write(data) // into memory
		w.Close()
		return flow.Body{Data: z.Bytes(), Size: int64(z.Len())}
	}
	h := flow.Header{{Name: "Content-Encoding", Value: "gzip"}}
	bomb, usual := packed(make([]byte, 32<<20)), packed([]byte("a text of usual size, which is read in any case"))
	synctest.Test(t, func(t *testing.T) {
		var g Budget
		for minute := range 2 {
			read := 0
			for range 20 {
				switch data, complete, err := g.Body(h, bomb, 16<<20); {
				case err == nil && len(data) == 16<<20 && !complete:
					read++
				case !errors.Is(err, ErrBudget) || data != nil:
					t.Errorf("%d bytes, %v", len(data), err)
				}
				if data, complete, err := g.Body(h, usual, 16<<20); err != nil || !complete || len(data) != 47 {
					t.Errorf("a usual body: %d bytes, %v", len(data), err)
				}
			}
			if read < 8 || read > 10 || !g.Exceeded() {
				t.Errorf("minute %d: %d of 20 are read", minute, read)
			}
			time.Sleep(time.Minute)
		}
	})
	if _, _, err := (*Budget)(nil).Body(h, bomb, 0); err != nil || (*Budget)(nil).Exceeded() {
		t.Errorf("without a budget: %v", err)
	}
}
