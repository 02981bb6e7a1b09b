package control

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
	"github.com/spectap/spectap/store/storetest"
)

// leaving is a store whose owner ends after some flows of each scan.
type leaving struct {
	*brokenStore
	flows int
}

func (l *leaving) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		n := 0
		for f, err := range l.Memory.Scan(ctx, q) {
			if n++; n > l.flows {
				yield(flow.Flow{}, ErrOwnerGone)
				return
			}
			if !yield(f, err) {
				return
			}
		}
		if n == l.flows {
			yield(flow.Flow{}, ErrOwnerGone)
		}
	}
}

// TestLeaseScanContinues checks that a scan whose owner ends continues after the last flow, within
// its limit, and is retried only once.
func TestLeaseScanContinues(t *testing.T) {
	m := storetest.NewMemory()
	for _, path := range []string{"1", "2", "3", "4", "5"} {
		must(m.Append(t.Context(), sample("/"+path)))
	}
	for _, tt := range []struct {
		name  string
		query store.Query
		first int // flows of the first owner
		next  int // and of those after it
		stop  int // flows after which the reader stops, or 0
		want  string
		opens int
		err   error
	}{
		{"oldest first", store.Query{}, 2, 9, 0, "/1/2/3/4/5", 2, nil},
		{"newest first", store.Query{Newest: true}, 2, 9, 0, "/5/4/3/2/1", 2, nil},
		{"all but the first flow", store.Query{Newest: true}, 4, 9, 0, "/5/4/3/2/1", 2, nil},
		{"limit in the second", store.Query{Limit: 3}, 2, 9, 0, "/1/2/3", 2, nil},
		{"limit at the end of the first", store.Query{Limit: 2}, 2, 9, 0, "/1/2", 1, nil},
		{"behind the last flow", store.Query{}, 5, 9, 0, "/1/2/3/4/5", 2, nil},
		{"behind the last flow, newest first", store.Query{Newest: true}, 5, 9, 0, "/5/4/3/2/1", 1, nil},
		{"no flow of the first", store.Query{}, 0, 9, 0, "/1/2/3/4/5", 2, nil},
		{"both end", store.Query{}, 1, 1, 0, "/1/2", 2, ErrOwnerGone},
		{"both end before the first flow", store.Query{}, 0, 0, 0, "", 2, ErrOwnerGone},
		{"reader stops", store.Query{}, 9, 9, 2, "/1/2", 1, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opens := 0
			l := NewLease(func(o store.Options) (Store, error) {
				if !o.ReadOnly {
					t.Error("opened for writing")
				}
				if opens++; opens == 1 {
					return &leaving{&brokenStore{m, nil}, tt.first}, nil
				}
				return &leaving{&brokenStore{m, nil}, tt.next}, nil
			})
			defer l.Close()
			var got strings.Builder
			var last error
			n := 0
			for f, err := range l.Scan(t.Context(), tt.query) {
				if last = err; err != nil {
					continue
				}
				got.WriteString(f.Request.Path)
				if n++; n == tt.stop {
					break
				}
			}
			if got.String() != tt.want || opens != tt.opens || !errors.Is(last, tt.err) {
				t.Errorf("got %s, %v after %d owners, want %s, %v after %d", &got, last, opens, tt.want, tt.err, tt.opens)
			}
		})
	}
}
