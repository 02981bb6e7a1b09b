package session

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// An identity has a bounded number of sessions that did something, and a session of tools. What has
// no room is refused, or counts as if it had not been.
func TestBounds(t *testing.T) {
	b := NewBook()
	for i := range 10_000 {
		b.Succeeded(Who{"a", fmt.Sprint(i)}, "s", "x")
	}
	more := Who{"a", "more"}
	_, version := b.Look(more, "s", true, noon)
	if ok, err := b.Enter(more, version, []string{"web"}, time.Hour, noon); ok || !errors.Is(err, errMany) || err.Error() != "the identity has too many sessions" {
		t.Errorf("a session more is tainted: %v, %v", ok, err)
	}
	b.Succeeded(more, "s", "x")
	if s, _ := b.Look(more, "s", false, noon); s.Called != nil {
		t.Error("a session more is kept")
	}
	_, version = b.Look(more, "s", true, noon)
	if ok, err := b.Enter(more, version, nil, 0, noon); !ok || err != nil {
		t.Errorf("a call that taints nothing: %v, %v", ok, err)
	}
	b.End(Who{"a", "0"}, noon)
	b.Succeeded(more, "s", "x")
	if s, _ := b.Look(more, "s", false, noon); len(s.Called) != 1 {
		t.Error("the end of a session makes no room")
	}
	enter(t, b, more, time.Hour, noon, "web")
	b.End(more, noon.Add(time.Hour+grace))
	if left := b.identities["a"].taints; len(left) != 0 {
		t.Errorf("%v is kept beyond its time", left)
	}
	one := Who{"b", "1"}
	for i := range 1000 {
		b.Succeeded(one, "s", fmt.Sprint(i))
		b.Succeeded(one, "s", fmt.Sprint(i)) // counts once
	}
	b.Succeeded(one, "s", "more")
	if s, _ := b.Look(one, "s", false, noon); len(s.Called) != 1000 || slices.Contains(s.Called, "more") {
		t.Errorf("%d tools are kept", len(s.Called))
	}
}

// Whatever a decision may depend on changes the version, so that a call which was decided before has
// to be decided again; what changes nothing does not.
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

// Taints that have expired leave the file with the next taint, those of other identities too. The
// file has whole seconds.
func TestFileOfTaints(t *testing.T) {
	path := filepath.Join(t.TempDir(), "taints")
	b, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	enter(t, b, Who{"a", "1"}, time.Hour, noon, "web", "mail")
	enter(t, b, Who{"b", "1"}, 3*time.Hour, noon.Add(time.Hour), "web")
	enter(t, b, Who{"c", "1"}, time.Hour, noon.Add(2*time.Hour+999*time.Millisecond), "web")
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), `"a"`) || !strings.Contains(string(text), `"b"`) || !strings.Contains(string(text), `"web": "2026-05-04T15:01:00Z"`) {
		t.Errorf("%v: %s", err, text)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := taints(again, Who{"b", "2"}, true, noon.Add(2*time.Hour)); got != "web" {
		t.Errorf("after a restart: %q", got)
	}
	for name, text := range map[string]string{"another version": `{"version":2,"taints":{}}`, "no taints": `{"version":1}`, "no JSON": "{"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path)
		if err == nil || !strings.HasPrefix(err.Error(), "read the taints of sessions: ") || name != "no JSON" && !strings.Contains(err.Error(), "it is not a file of taints in version 1 of the format") {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, version := b.Look(Who{"a", "1"}, "s", true, noon)
	if ok, err := b.Enter(Who{"a", "1"}, version, []string{"new"}, time.Hour, noon); ok || err == nil || !strings.HasPrefix(err.Error(), "keep the taints of sessions: ") {
		t.Errorf("a damaged file: %v, %v", ok, err)
	}
	if got := taints(b, Who{"a", "2"}, true, noon); strings.Contains(got, "new") {
		t.Errorf("what is not in the file counts: %s", got)
	}
}
