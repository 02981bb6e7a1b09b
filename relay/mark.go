package relay

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Mark is the progress of the worker of a source's partition: every number up to Last is in its
// store and its committed model. The forwarder of the source may release these.
type Mark struct {
	Last uint64    `json:"last"`
	At   time.Time `json:"at"` // when it was written, by the clock of the worker
}

// SourceStatus is the status that a forwarder reports of its spool.
type SourceStatus struct {
	Source string `json:"source"`
	// Recorded is the newest number of the spool, Sent the newest that the log acknowledged,
	// Released the newest that a worker has.
	Recorded uint64 `json:"recorded"`
	Sent     uint64 `json:"sent"`
	Released uint64 `json:"released"`
	// Dropped is the number up to which the spool has nothing: workers had it, and it was released.
	Dropped uint64 `json:"dropped,omitempty"`
	// Lost counts flows that the spool could not take, because it was full for example, and flows
	// that were too large to be sent.
	Lost   int64     `json:"lost,omitempty"`
	Resent int64     `json:"resent,omitempty"` // how often somebody asked for numbers again
	Err    string    `json:"err,omitempty"`    // why nothing is sent at present
	Pong   string    `json:"pong,omitempty"`   // the last text of a reader that asked for the status
	Ended  bool      `json:"ended,omitempty"`  // the forwarder ended properly
	At     time.Time `json:"at"`               // when it was written, by the clock of the source
}

// Lag returns how many records of the spool are not in the log.
func (s *SourceStatus) Lag() uint64 { return s.Recorded - min(s.Sent, s.Recorded) }

// Statuses returns the last status of each source. An unreadable status has Err set.
func Statuses(ctx context.Context, l Log) ([]SourceStatus, error) {
	vs, err := l.Get(ctx, keySources)
	if err != nil {
		return nil, fmt.Errorf("read the sources of the log: %w", err)
	}
	list := make([]SourceStatus, len(vs))
	for i, v := range vs {
		if v.Err != nil || json.Unmarshal(v.Data, &list[i]) != nil {
			list[i] = SourceStatus{Err: "its status cannot be read"}
		}
		list[i].Source = v.Key[len(keySources):] // who may write the key is not who a text names
	}
	if !slices.ContainsFunc(list, SourceStatus.isStale) {
		return list, nil
	}
	marks, err := l.Get(ctx, keyMarks)
	if err != nil {
		return nil, fmt.Errorf("read the marks of the log: %w", err)
	}
	at := make(map[string]int, len(list)) // by key of the mark
	for i := range list {
		at[keyMarks+list[i].Source] = i
	}
	for _, v := range marks {
		var m Mark
		if i, ok := at[v.Key]; ok && list[i].Ended && json.Unmarshal(v.Data, &m) == nil {
			list[i].Released = max(list[i].Released, m.Last)
		}
	}
	return list, nil
}

// isStale reports whether the source ended before it learned that workers had all it sent.
func (s SourceStatus) isStale() bool { return s.Ended && s.Released < s.Recorded }

// put writes a value as JSON, unconditionally.
func put(ctx context.Context, l Log, key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if _, err = l.Put(ctx, key, Anything, b); err != nil {
		return fmt.Errorf("write %s to the log: %w", key, err)
	}
	return nil
}

// getMark returns the mark of a source, or a zero one.
func getMark(ctx context.Context, l Log, source string) (Mark, error) {
	return getJSON[Mark](ctx, l, keyMarks+source)
}

// getJSON decodes the value of a key, or returns the zero value for a key without one.
func getJSON[T any](ctx context.Context, l Log, key string) (x T, err error) {
	v, err := getOne(ctx, l, key)
	if err != nil || v.Revision == 0 {
		return x, err
	}
	if err := json.Unmarshal(v.Data, &x); err != nil {
		return x, fmt.Errorf("%w: %s: %w", ErrMalformed, v.Key, err)
	}
	return x, nil
}

// Sent returns for each source the newest number that its forwarder reported to be in the log.
func Sent(ctx context.Context, l Log) (map[string]uint64, error) {
	list, err := Statuses(ctx, l)
	if err != nil {
		return nil, err
	}
	sent := map[string]uint64{}
	for i := range list {
		sent[list[i].Source] = list[i].Sent
	}
	return sent, nil
}
