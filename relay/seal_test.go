package relay

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSealedFacts writes facts of days and reads them, and values that are not as they should be.
func TestSealedFacts(t *testing.T) {
	m := newMemory(t)
	s := load(t, m).sealed
	const key = "days/3-x"
	s.partition = 3
	if err := s.Save(t.Context(), "x", []byte("facts")); err != nil {
		t.Fatal(err)
	}
	good := m.m[key]
	for _, tt := range []struct {
		name string
		v    Value
		want string
		is   error
	}{
		{"as they were written", good, "facts", nil},
		{"never written", Value{}, "", errMissing},
		{"removed", Value{Key: key}, "", errMissing},
		{"replaced while they were read", Value{Key: key, Data: good.Data}, "", errMissing},
		{"empty", Value{Key: key, Revision: 1}, "", errMissing},
		{"only a version", Value{Key: key, Revision: 1, Data: good.Data[:1]}, "", nil},
		{"of an older version", Value{Key: key, Revision: 1, Data: append([]byte{0}, good.Data[1:]...)}, "", ErrVersion},
		{"of a newer version", Value{Key: key, Revision: 1, Data: append([]byte{2}, good.Data[1:]...)}, "", ErrVersion},
		{"damaged", Value{Key: key, Revision: 1, Data: append([]byte{1, 7}, good.Data[1:]...)}, "", ErrMalformed},
	} {
		m.m = map[string]Value{key: tt.v}
		data, err := s.Load(t.Context(), "x")
		if string(data) != tt.want || !errors.Is(err, tt.is) || (err == nil) != (tt.is == nil) || err != nil && !strings.Contains(err.Error(), key) {
			t.Errorf("%s: %q, %v, want %q, %v", tt.name, data, err, tt.want, tt.is)
		}
		if isMissing := errors.Is(tt.is, errMissing); s.missing.IsZero() == isMissing {
			t.Errorf("%s: missing since %v", tt.name, s.missing)
		}
	}
	for call, do := range map[string]func() error{
		"get " + key: func() error { _, err := s.Load(t.Context(), "x"); return err },
		"put " + key: func() error { return s.Save(t.Context(), "x", nil) },
	} {
		if m.fail, m.err = call, errMemory; !errors.Is(do(), errMemory) {
			t.Errorf("%s does not fail", call)
		}
	}
}

// TestLostFacts checks how long a worker looks for facts that are missing. A reader cannot go on
// without them, and what was found begins the time anew.
func TestLostFacts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t)
		s := load(t, m).sealed
		if err := s.Save(t.Context(), "there", []byte("facts")); err != nil {
			t.Fatal(err)
		}
		look := func(name string, want error) {
			t.Helper()
			if data, err := s.Load(t.Context(), name); !errors.Is(err, want) || (err == nil) != (want == nil) || (len(data) > 0) != (name == "there") {
				t.Errorf("%s: %q, %v, want %v", name, data, err, want)
			}
		}
		look("x", errMissing)
		time.Sleep(lostFacts)
		look("y", errMissing)
		time.Sleep(time.Nanosecond)
		look("x", nil)
		look("y", nil)
		look("there", nil)
		look("x", errMissing)
		time.Sleep(lostFacts + 1)
		s.enc = nil
		look("x", errMissing)
	})
}
