package relay_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/test/must"
	"github.com/spectap/spectap/relay"
	"github.com/spectap/spectap/relay/logtest"
)

// scripted is a log whose writes have scripted results.
type scripted struct {
	*logtest.MemoryLog
	appends []func(e *relay.Entry) (took bool, err error) // the first ones; later ones take place
	tried   int
	newest  error // of reads, while it is not nil
	puts    int
	put     error
}

func (l *scripted) Append(ctx context.Context, e *relay.Entry, after relay.Position) (relay.Position, error) {
	if l.tried++; l.tried > len(l.appends) {
		return l.MemoryLog.Append(ctx, e, after)
	}
	took, err := l.appends[l.tried-1](e)
	if took {
		if _, err := l.MemoryLog.Append(ctx, e, after); err != nil {
			return 0, err
		}
	}
	return 0, err
}

func (l *scripted) Newest(ctx context.Context, source string) (relay.Entry, error) {
	if l.newest != nil {
		err := l.newest
		l.newest = nil
		return relay.Entry{}, err
	}
	return l.MemoryLog.Newest(ctx, source)
}

func (l *scripted) Put(ctx context.Context, key string, revision uint64, data []byte) (uint64, error) {
	if l.puts++; l.put != nil {
		return 0, l.put
	}
	return l.MemoryLog.Put(ctx, key, revision, data)
}

func newImporter(t *testing.T, l relay.Log) *relay.Importer {
	t.Helper()
	im := relay.NewImporter(relay.ImporterConfig{Log: l, Source: "import.01", Prepare: func(f *flow.Flow) { f.Request.Path = "/prepared" }})
	return im
}

// TestImportIsSentOnce checks what an import does when a write fails: it sends each part once, and
// gives up only where that can never work.
func TestImportIsSentOnce(t *testing.T) {
	lost := func(took bool) func(*relay.Entry) (bool, error) {
		return func(*relay.Entry) (bool, error) { return took, logtest.ErrFault }
	}
	fails := func(err error) func(*relay.Entry) (bool, error) {
		return func(*relay.Entry) (bool, error) { return false, err }
	}
	for _, tt := range []struct {
		name    string
		appends []func(*relay.Entry) (bool, error)
		newest  error
		want    error
		tried   int
		entries int
	}{
		{"no failure", nil, nil, nil, 2, 2},
		{"a lost request", []func(*relay.Entry) (bool, error){lost(false)}, nil, nil, 3, 2},
		{"a lost answer", []func(*relay.Entry) (bool, error){lost(true)}, nil, nil, 2, 2},
		{"a lost answer of the commit", []func(*relay.Entry) (bool, error){lost(false), lost(true), lost(true)}, nil, nil, 3, 2},
		{"a lost request and a lost read", []func(*relay.Entry) (bool, error){lost(false), lost(false)}, logtest.ErrFault, nil, 4, 2},
		{"credentials that do not allow it", []func(*relay.Entry) (bool, error){fails(relay.ErrDenied)}, nil, relay.ErrDenied, 1, 0},
		{"too large a part", []func(*relay.Entry) (bool, error){fails(relay.ErrTooLarge)}, nil, relay.ErrTooLarge, 1, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := &scripted{MemoryLog: logtest.NewMemoryLog(1, logtest.Faults{}), appends: tt.appends, newest: tt.newest}
			im := newImporter(t, l)
			must.Do(t, im.Append(t.Context(), request(1)))
			began := time.Now()
			err := im.Commit(t.Context())
			if !errors.Is(err, tt.want) || tt.want == nil && err != nil || l.tried != tt.tried || l.Len() != tt.entries {
				t.Errorf("%s: %v after %d writes, %d entries", tt.name, err, l.tried, l.Len())
			}
			if took := time.Since(began); took > time.Second {
				t.Errorf("%s: it took %s", tt.name, took)
			}
		})
	}
}
