package natslog

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/spectap/spectap/relay"
)

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
