package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// sweepEvery is the time between two looks for sources that have vanished.
const sweepEvery = time.Hour

// sweep removes what the log has of sources of the partition that neither sent nor reported
// anything for [WorkerConfig.Forget]: their marks, status and requests. A source that comes back
// after all begins where its spool does.
func (l *learning) sweep(ctx context.Context, now time.Time) error {
	if now.Sub(l.swept) < sweepEvery {
		return nil
	}
	list, err := l.w.cfg.Log.Get(ctx, keySources)
	if err != nil {
		return fmt.Errorf("read the sources: %w", err)
	}
	for _, v := range list {
		source := v.Key[len(keySources):]
		var st SourceStatus
		if Partition(source) != l.head.Partition || json.Unmarshal(v.Data, &st) != nil || now.Sub(st.At) <= l.w.cfg.Forget {
			continue
		}
		if m, ok := l.head.Marks[source]; ok && now.Sub(m.Seen) <= l.w.cfg.Forget {
			continue
		}
		switch err := l.remove(ctx, v); {
		case errors.Is(err, ErrDenied): // by a hub of an older version
			l.swept = now
			return nil
		case err != nil:
			return fmt.Errorf("forget %s: %w", source, err)
		}
	}
	l.swept = now
	return nil
}

// remove removes the values of a source, its status last, by which it is found.
func (l *learning) remove(ctx context.Context, status Value) error {
	source := status.Key[len(keySources):]
	for _, key := range []string{keyMarks + source, keyAsks + source} {
		v, err := getOne(ctx, l.w.cfg.Log, key)
		if err == nil && v.Revision != 0 {
			err = l.w.cfg.Log.Remove(ctx, key, v.Revision)
		}
		if err != nil {
			return err
		}
	}
	return l.w.cfg.Log.Remove(ctx, status.Key, status.Revision)
}
