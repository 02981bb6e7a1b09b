package session

import (
	"testing"
	"time"
)

// Each change on which a decision may depend changes the version, so that a call which was decided
// before must be decided again. Other events do not.
func TestVersions(t *testing.T) {
	b := NewBook()
	w := Who{"a", "1"}
	version := func() uint64 {
		_, v := b.Look(w, "s", true, noon)
		return v
	}
	for _, step := range []struct {
		name    string
		do      func()
		changes bool
	}{
		{"a call", func() { b.Succeeded(w, "s", "x") }, true},
		{"the same call", func() { b.Succeeded(w, "s", "x") }, false},
		{"a call of another server", func() { b.Succeeded(w, "s2", "x") }, true},
		{"a taint", func() { enter(t, b, w, 0, noon, "web") }, true},
		{"the same taint", func() { enter(t, b, w, 0, noon, "web") }, false},
		{"a taint of the identity", func() { enter(t, b, w, time.Hour, noon, "web") }, true},
		{"the same a moment later", func() { enter(t, b, w, time.Hour, noon.Add(time.Second), "web") }, false},
		{"a taint of another session", func() { enter(t, b, Who{"a", "2"}, 0, noon, "mail") }, true},
		{"another identity", func() { enter(t, b, Who{"b", "1"}, time.Hour, noon, "mail") }, false},
		{"the end of a session", func() { b.End(Who{"a", "2"}, noon) }, true},
		{"the end of another identity", func() { b.End(Who{"c", "1"}, noon) }, false},
	} {
		before := version()
		step.do()
		if after := version(); (after != before) != step.changes {
			t.Errorf("%s: version %d became %d", step.name, before, after)
		}
	}
	if ok, err := b.Enter(w, version()+1, nil, 0, noon); ok || err != nil {
		t.Errorf("of another version: %v, %v", ok, err)
	}
	if ok, err := b.Enter(Who{"new", "1"}, 1, nil, 0, noon); ok || err != nil {
		t.Errorf("of nobody's version: %v, %v", ok, err)
	}
	if ok, err := b.Enter(Who{"new", "1"}, 0, nil, 0, noon); !ok || err != nil || b.identities["new"] != nil {
		t.Errorf("nothing done, and kept: %v, %v", ok, err)
	}
}
