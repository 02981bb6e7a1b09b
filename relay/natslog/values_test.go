package natslog

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/spectap/spectap/relay"
)

// TestValuesAsMessages writes values of one key, one after the other, and reads each. A large one is
// stored in parts under subjects that the one before it does not use.
func TestValuesAsMessages(t *testing.T) {
	f := startFake(t, "")
	l := f.open(Config{})
	const head = "spectap.t.state.heads.3"
	for i, tt := range []struct {
		size     int
		revision uint64
		expected string // revision
		want     []string
	}{
		{0, 0, "0", []string{head}},
		{partSize - 1, 1, "1", []string{head}},
		{partSize, 2, "2", []string{"spectap.t.parts.0.heads.3.0", head}},
		{partSize + 1, relay.Anything, "", []string{"spectap.t.parts.1.heads.3.0", "spectap.t.parts.1.heads.3.1", head}},
		{2 * partSize, relay.Anything, "", []string{"spectap.t.parts.0.heads.3.0", "spectap.t.parts.0.heads.3.1", head}},
		{1, relay.Anything, "", []string{head}},
		{partSize, relay.Anything, "", []string{"spectap.t.parts.0.heads.3.0", head}},
	} {
		before := len(f.asked("spectap."))
		data := bytes.Repeat([]byte{byte('a' + i)}, tt.size)
		revision, err := l.Put(t.Context(), "heads/3", tt.revision, data)
		if err != nil || revision != f.seq {
			t.Fatalf("%d: %d bytes: revision %d, %v, want %d", i, tt.size, revision, err, f.seq)
		}
		sent := f.asked("spectap.")[before:]
		var got []string
		for _, m := range sent {
			got = append(got, m.Subject)
			want := ""
			if m.Subject == head {
				want = tt.expected
			}
			if got := m.Header.Get(jetstream.ExpectedLastSubjSeqHeader); got != want || len(m.Data) > partSize {
				t.Errorf("%d: a message of %d bytes after revision %q, want %q", i, len(m.Data), got, want)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%d: %d bytes are sent to %q, want %q", i, tt.size, got, tt.want)
		}
		v, err := l.Get(t.Context(), "heads/3")
		if err != nil || len(v) != 1 || v[0].Key != "heads/3" || v[0].Revision != revision || !bytes.Equal(v[0].Data, data) || v[0].Err != nil {
			t.Errorf("%d: read %d values, %v", i, len(v), err)
		}
	}
}

// TestOtherHalf checks for each present value which subjects the parts of the next one have.
func TestOtherHalf(t *testing.T) {
	for data, want := range map[string]byte{"none": 0, "": 0, "\x00": 0, "\x00\x00": 0, "\x00\x01x": 0, "\x01": 0, "\x01\x00": 1, "\x01\x01": 0, "\x01\x00x": 1, "\x01\x01x": 0, "\x01\x02": 1} {
		f := startFake(t, "")
		if data != "none" {
			f.store("spectap.t.state.heads.3", nil, data)
		}
		if half, err := f.open(Config{}).otherHalf(t.Context(), "heads/3"); err != nil || half != want {
			t.Errorf("%q: %d, %v, want %d", data, half, err, want)
		}
	}
}

// manifestOf returns the message of a value in n parts whose manifest has some bytes changed.
func manifestOf(n int, data string, change func([]byte) []byte) string {
	return string(change(manifest(n, 0, []byte(data))))
}

// TestDamagedValues reads values that our client does not write so.
func TestDamagedValues(t *testing.T) {
	same := func(b []byte) []byte { return b }
	for _, tt := range []struct {
		name, key, data string
		want            string
		is              error
	}{
		{"nothing", "heads/3", "", "", relay.ErrMalformed},
		{"inline", "heads/3", "\x00ab", "ab", nil},
		{"inline and empty", "heads/3", "\x00", "", nil},
		{"a newer kind", "heads/3", "\x02ab", "", relay.ErrVersion},
		{"only a kind", "heads/3", "\x01", "", relay.ErrVersion},
		{"no number of parts", "heads/3", "\x01\x00", "", relay.ErrMalformed},
		{"a number that does not end", "heads/3", "\x01\x00\x80", "", relay.ErrMalformed},
		{"no size", "heads/3", "\x01\x00\x01", "", relay.ErrMalformed},
		{"in two parts", "heads/3", manifestOf(2, "abcd", same), "abcd", nil},
		{"of a source", "sources/a.1", manifestOf(2, "abcd", same), "", relay.ErrMalformed},
		{"inline, of a source", "sources/a.1", "\x00ab", "ab", nil},
		{"no sum", "heads/3", manifestOf(2, "abcd", func(b []byte) []byte { return b[:len(b)-4] }), "", relay.ErrMalformed},
		{"half a sum", "heads/3", manifestOf(2, "abcd", func(b []byte) []byte { return b[:len(b)-1] }), "", relay.ErrMalformed},
		{"more after the sum", "heads/3", manifestOf(2, "abcd", func(b []byte) []byte { return append(b, 0) }), "", relay.ErrMalformed},
		{"another sum", "heads/3", manifestOf(2, "abcx", same), "", errChanged},
		{"too short", "heads/3", manifestOf(1, "abcd", same), "", errChanged},
		{"a part is missing", "heads/3", manifestOf(3, "abcd", same), "", errChanged},
		{"the last possible part is missing", "heads/3", manifestOf(maxParts, "abcd", same), "", errChanged},
		{"too many parts", "heads/3", manifestOf(maxParts+1, "abcd", same), "", relay.ErrMalformed},
		{"more bytes than parts hold", "heads/3", string([]byte{kindParts, 0, 0, 1, 0, 0, 0, 0}), "", relay.ErrMalformed},
		{"no parts and no bytes", "heads/3", string([]byte{kindParts, 0, 0, 0, 0, 0, 0, 0}), "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := startFake(t, "")
			for _, key := range []string{"heads.3", "sources.a.1"} {
				f.store("spectap.t.parts.0."+key+".0", nil, "ab")
				f.store("spectap.t.parts.0."+key+".1", nil, "cd")
			}
			revision := f.store("spectap.t.state."+strings.Replace(tt.key, "/", ".", 1), nil, tt.data)
			l := f.open(Config{})
			v, err := l.Get(t.Context(), tt.key)
			if tt.is != nil {
				if !errors.Is(err, tt.is) || len(v) > 0 || !strings.Contains(err.Error(), tt.key) {
					t.Errorf("%+v, %v, want %v", v, err, tt.is)
				}
			} else if err != nil || len(v) != 1 || string(v[0].Data) != tt.want || v[0].Revision != revision {
				t.Errorf("%+v, %v, want %q", v, err, tt.want)
			}
		})
	}
}

// TestReplacedValues reads a large value that another client replaces or removes meanwhile.
func TestReplacedValues(t *testing.T) {
	const head, key = "spectap.t.state.heads.3", "heads/3"
	old := manifest(1, 0, []byte("old"))
	for _, tt := range []struct {
		name   string
		newest string // "": removed
		parts  string
		want   relay.Value
		looks  int // at parts
		fails  bool
	}{
		{"its parts are there", "\x00new", "old", relay.Value{Key: key, Revision: 1, Data: []byte("old")}, 1, false},
		{"by a small one", "\x00new", "", relay.Value{Key: key, Revision: 7, Data: []byte("new")}, 1, false},
		{"by a large one", string(manifest(1, 0, []byte("large"))), "large", relay.Value{Key: key, Revision: 7, Data: []byte("large")}, 2, false},
		{"removed", "", "", relay.Value{Key: key}, 1, false},
		{"again and again", string(old), "", relay.Value{}, 5, true},
		{"by a damaged one", "\x02", "", relay.Value{}, 1, true},
	} {
		f := startFake(t, "")
		f.seq = 6
		if tt.newest != "" {
			f.store(head, nil, tt.newest)
		}
		if tt.parts != "" {
			f.store("spectap.t.parts.0.heads.3.0", nil, tt.parts)
		}
		v, err := f.open(Config{}).value(t.Context(), key, old, 1)
		looks := len(f.asked(directOf + "SPECTAP_t_state.spectap.t.parts."))
		if tt.fails && (err == nil || len(v.Data) > 0) || !tt.fails && (err != nil || v.Revision != tt.want.Revision || v.Key != key || !bytes.Equal(v.Data, tt.want.Data)) || looks != tt.looks {
			t.Errorf("%s: %+v, %v after %d looks at parts, want %+v after %d", tt.name, v, err, looks, tt.want, tt.looks)
		}
	}
}

// TestLists reads the values of all keys with a prefix.
func TestLists(t *testing.T) {
	value := func(key string, seq uint64, data string, pending int) delivery {
		return delivery{"spectap.t.state." + key, nil, data, seq, pending}
	}
	for _, tt := range []struct {
		name    string
		pending int
		pulls   [][]delivery
		want    string
		starts  []uint64
	}{
		{"none", 0, nil, "", []uint64{0}},
		{"one", 1, [][]delivery{{value("heads.3", 4, "\x00a", 0)}}, "heads/3 4 a", []uint64{0}},
		{"several", 2, [][]delivery{{value("heads.9", 4, "\x00a", 1), value("heads.3", 6, "\x00b", 0)}}, "heads/3 6 b; heads/9 4 a", []uint64{0}},
		{"one of them is damaged", 2, [][]delivery{{value("heads.9", 4, "\x00a", 1), value("heads.3", 6, "\x03b", 0)}}, "heads/3 6 unreadable; heads/9 4 a", []uint64{0}},
		{"one ends the answers", 3, [][]delivery{{value("heads.9", 4, "\x00a", 2), value("heads.3", 6, "", 1)}, {value("heads.4", 7, "\x00b", 0)}},
			"heads/3 6 unreadable; heads/4 7 b; heads/9 4 a", []uint64{0, 7}},
		{"the last ends the answers", 1, [][]delivery{{value("heads.3", 6, "", 0)}}, "heads/3 6 unreadable", []uint64{0}},
		{"one comes again", 2, [][]delivery{{value("heads.3", 4, "\x00a", 1), value("heads.3", 6, "\x00b", 0)}}, "heads/3 6 b", []uint64{0}},
	} {
		f := startFake(t, "")
		f.pending, f.pulls = tt.pending, tt.pulls
		l := f.open(Config{})
		list, err := l.Get(t.Context(), "heads/")
		var got []string
		for _, v := range list {
			text := string(v.Data)
			if v.Err != nil {
				text += "unreadable"
			}
			got = append(got, fmt.Sprint(v.Key, " ", v.Revision, " ", text))
		}
		if text := strings.Join(got, "; "); err != nil || text != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.name, text, err, tt.want)
		}
		var starts []uint64
		for _, c := range f.consumers() {
			if starts = append(starts, c.OptStartSeq); c.FilterSubject != "spectap.t.state.heads.>" || (c.DeliverPolicy == jetstream.DeliverLastPerSubjectPolicy) != (c.OptStartSeq == 0) {
				t.Errorf("%s: a consumer of %s that delivers by policy %v", tt.name, c.FilterSubject, c.DeliverPolicy)
			}
		}
		if !slices.Equal(starts, tt.starts) {
			t.Errorf("%s: consumers begin at %d, want %d", tt.name, starts, tt.starts)
		}
	}
}

// TestListsFail checks which errors end the reading of a list.
func TestListsFail(t *testing.T) {
	large := delivery{"spectap.t.state.heads.3", nil, string(manifest(1, 0, []byte("x"))), 4, 0}
	for subject, answer := range map[string]string{directOf: "status 408 No", "$JS.API.CONSUMER.INFO": "{", makeOf: "{"} {
		f := startFake(t, "")
		f.pending, f.pulls = 1, [][]delivery{{large}}
		f.answer(subject, answer)
		if list, err := f.open(Config{}).Get(t.Context(), "heads/"); err == nil || list != nil {
			t.Errorf("%s: %+v, %v", subject, list, err)
		}
	}
	f := startFake(t, "")
	f.pending = 1 // and never comes
	ctx, cancel := context.WithCancel(t.Context())
	f.onNext = cancel
	if list, err := f.open(Config{}).Get(ctx, "heads/"); !errors.Is(err, context.Canceled) || list != nil {
		t.Errorf("at the end of the context: %+v, %v", list, err)
	}
}

// TestRemoveParts removes a large value with its parts, and leaves those of a newer one.
func TestRemoveParts(t *testing.T) {
	const head = "spectap.t.state.heads.3"
	parts := func(half, n int) string { return fmt.Sprintf("spectap.t.parts.%d.heads.3.%d", half, n) }
	for _, tt := range []struct {
		name     string
		data     string
		revision uint64
		later    []string // stored after the value
		left     []string
	}{
		{"large", "\x01\x00", 5, nil, nil},
		{"a newer one has parts", "\x01\x00", 5, []string{parts(1, 0), parts(1, 1)}, []string{parts(1, 0), parts(1, 1)}},
		{"a newer one has the first part", "\x01\x00", 5, []string{parts(0, 0)}, []string{parts(0, 0), parts(0, 1)}},
		{"small", "\x00x", 5, nil, []string{parts(0, 0), parts(0, 1), parts(1, 0), parts(1, 1)}},
		{"empty", "", 5, nil, []string{parts(0, 0), parts(0, 1), parts(1, 0), parts(1, 1)}},
		{"an older revision", "\x01\x00", 4, nil, []string{parts(0, 0), parts(0, 1), parts(1, 0), parts(1, 1), head}},
		{"a newer revision", "\x01\x00", 6, nil, []string{parts(0, 0), parts(0, 1), parts(1, 0), parts(1, 1), head}},
	} {
		f := startFake(t, "")
		for _, subject := range []string{parts(0, 0), parts(0, 1), parts(1, 0), parts(1, 1), head} {
			f.store(subject, nil, tt.data)
		}
		for _, subject := range tt.later {
			f.store(subject, nil, "y")
		}
		if err := f.open(Config{}).Remove(t.Context(), "heads/3", tt.revision); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		var left []string
		for subject := range f.stored {
			left = append(left, subject)
		}
		if slices.Sort(left); !slices.Equal(left, tt.left) {
			t.Errorf("%s: left are %q, want %q", tt.name, left, tt.left)
		}
	}
	f := startFake(t, "")
	l := f.open(Config{})
	f.store(head, nil, "\x01\x00")
	f.answer(directOf+"SPECTAP_t_state."+parts(1, 0), "status 408 No")
	if err := l.Remove(t.Context(), "heads/3", 1); err == nil || !strings.Contains(err.Error(), "408 No") {
		t.Errorf("a part that cannot be looked for: %v", err)
	}
	f.store(head, nats.Header{}, "\x01\x00")
	f.answer(removeOf, apiError(503, 10008, "no leader"))
	if err := l.Remove(t.Context(), "heads/3", 2); err == nil || len(f.asked(removeOf)) != 2 {
		t.Errorf("a value that cannot be removed: %v after %d requests", err, len(f.asked(removeOf)))
	}
}
