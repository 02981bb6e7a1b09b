package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// values is a log of values.
type values struct {
	Log
	m    map[string]Value
	deny error // of writes
}

func (l *values) Get(_ context.Context, key string) (list []Value, err error) {
	for _, k := range slices.Sorted(maps.Keys(l.m)) {
		if k == key || strings.HasSuffix(key, "/") && strings.HasPrefix(k, key) {
			list = append(list, l.m[k])
		}
	}
	return list, nil
}

func (l *values) Put(_ context.Context, key string, revision uint64, data []byte) (uint64, error) {
	if l.deny != nil {
		return 0, l.deny
	}
	if l.m == nil {
		l.m = map[string]Value{}
	}
	n := l.m[key].Revision + 1
	if revision != Anything && revision != n-1 {
		return 0, ErrConflict
	}
	l.m[key] = Value{Key: key, Revision: n, Data: data}
	return n, nil
}

func (l *values) set(t *testing.T, key string, v any) {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Put(t.Context(), key, Anything, b); err != nil {
		t.Fatal(err)
	}
}

// TestAwaiter waits for each source as long as it may still have something to say.
func TestAwaiter(t *testing.T) {
	now := time.Unix(1_790_000_000, 0).UTC()
	l := &values{}
	for _, s := range []SourceStatus{
		{Source: "all", Recorded: 5, Pong: "me", At: now}, {Source: "behind", Recorded: 6, Pong: "me", At: now}, {Source: "ended", Recorded: 5, Ended: true, At: now},
		{Source: "endedbehind", Recorded: 6, Ended: true, At: now}, {Source: "fresh", Recorded: 5, At: now}, {Source: "gone", Recorded: 5, At: now.Add(-gone - 1)},
		{Source: "notgone", Recorded: 5, At: now.Add(-gone)}, {Source: "other", Recorded: 5, Pong: "you", At: now},
	} {
		l.set(t, "sources/"+s.Source, s)
	}
	marks := map[string]uint64{"all": 5, "behind": 5, "ended": 5, "endedbehind": 5, "fresh": 5, "gone": 5, "notgone": 5, "other": 5}
	a := NewAwaiter(l, "me")
	look := func(after time.Duration, missing, silent string) {
		t.Helper()
		m, s, err := a.Missing(t.Context(), marks, now.Add(after))
		if err != nil || strings.Join(m, " ") != missing || strings.Join(s, " ") != silent {
			t.Errorf("after %s: missing %q, silent %q, %v; want %q, %q", after, m, s, err, missing, silent)
		}
	}
	look(0, "behind endedbehind fresh notgone other", "")
	for key, v := range l.m {
		source, asked := strings.CutPrefix(key, "asks/")
		if asked && (string(v.Data) != fmt.Sprintf(`{"after":%d,"ping":"me"}`, nothing) || v.Revision != 1 || !strings.Contains("fresh notgone other", source)) {
			t.Errorf("%s is asked %s, revision %d", source, v.Data, v.Revision)
		}
	}
	look(pingAgain-1, "behind endedbehind fresh other", "")
	if n := l.m["asks/fresh"].Revision; n != 1 {
		t.Errorf("asked %d times", n)
	}
	l.set(t, "asks/fresh", request{After: 3})
	look(pingAgain, "behind endedbehind fresh other", "")
	if v := l.m["asks/fresh"]; string(v.Data) != `{"after":3,"ping":"me"}` {
		t.Errorf("a request for lost flows became %s", v.Data)
	}
	look(patience-1, "behind endedbehind fresh other", "")
	look(patience, "behind endedbehind", "fresh other")
	// Who may not ask takes what the sources said.
	mute := NewAwaiter(&values{m: l.m, deny: ErrDenied}, "nobody")
	for i, want := range []string{"all behind endedbehind", "behind endedbehind"} {
		m, s, err := mute.Missing(t.Context(), marks, now)
		if i == 1 && strings.Join(m, " ") != want || len(s) > 0 || err != nil {
			t.Errorf("without the right to ask: missing %q, silent %q, %v", m, s, err)
		}
	}
	for failure, want := range map[error]error{ErrConflict: nil, errors.ErrUnsupported: errors.ErrUnsupported} {
		if _, _, err := NewAwaiter(&values{m: l.m, deny: failure}, "x").Missing(t.Context(), marks, now); !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%v became %v", failure, err)
		}
	}
}
