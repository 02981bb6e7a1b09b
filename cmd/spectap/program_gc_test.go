package main

import (
	"bytes"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// TestRunLeavesTheProcessAlone checks that a command that shares its process changes neither when
// garbage is collected nor the limit of memory: a proxy that had ended left its limit to all that
// followed, which then collected garbage all the time.
func TestRunLeavesTheProcessAlone(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	setting := func() (int, int64) {
		percent := debug.SetGCPercent(100)
		debug.SetGCPercent(percent)
		return percent, debug.SetMemoryLimit(-1)
	}
	percent, limit := setting()
	dir := t.TempDir()
	db := filepath.Join(dir, "s.db")
	for _, args := range [][]string{
		{"run", "--db", db, "--ca-dir", filepath.Join(dir, "ca"), "--", "true"},
		{"flows", "ls", "--db", db},
		{"serve", filepath.Join(dir, "missing.yaml")},
	} {
		var out, errs bytes.Buffer
		run(t.Context(), args, strings.NewReader(""), &out, &errs)
		if p, l := setting(); p != percent || l != limit {
			t.Errorf("%s: GOGC %d and a limit of %d, want %d and %d", args[0], p, l, percent, limit)
		}
	}
}

// TestTuneGCIsUndone checks the settings of a process that runs one command.
func TestTuneGCIsUndone(t *testing.T) {
	t.Setenv("GOGC", "")
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetMemoryLimit(-1)
	p := newProgram(nil, nil, nil)
	p.alone = true
	restore := p.tuneGC(300, 1<<30)
	if l := debug.SetMemoryLimit(-1); l != 1<<30 {
		t.Errorf("limit %d", l)
	}
	restore()
	if l := debug.SetMemoryLimit(-1); l != before {
		t.Errorf("limit %d after the command, want %d", l, before)
	}
}

// TestStandardLog checks that what libraries print with the standard logger goes nowhere: net/http
// prints bodies.
func TestStandardLog(t *testing.T) {
	old := log.Writer()
	defer log.SetOutput(old)
	log.SetOutput(os.Stderr)
	p := newProgram(strings.NewReader(""), io.Discard, io.Discard)
	p.alone = true
	if status := p.run(t.Context(), []string{"version"}); status != exitFine {
		t.Fatal(status)
	}
	if log.Writer() != io.Discard {
		t.Error("the standard logger prints")
	}
}
