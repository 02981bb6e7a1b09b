package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/corpustest"
)

// largeDocument is the path of a real document of 1,223 operations and 10 MB, outside the project.
func largeDocument(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large.json")
	noError(t, os.WriteFile(path, corpustest.Read(t, "github", corpustest.Document), 0o600))
	return path
}

// serveLarge starts the program, lists its tools, calls one, and returns the CPU time and memory
// used. Wall-clock time means nothing on a shared machine.
func serveLarge(t testing.TB, document string) (tools int, cpu time.Duration, peakMB float64) {
	t.Helper()
	cmd := exec.Command("spectap", "serve", document, "--mode", "static", "--base-url", "http://127.0.0.1:1")
	in := must(cmd.StdinPipe())
	out := must(cmd.StdoutPipe())
	noError(t, cmd.Start())
	answers := bufio.NewReader(out)
	ask := func(message string) []byte {
		must(io.WriteString(in, message+"\n"))
		return must(answers.ReadBytes('\n'))
	}
	ask(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}`)
	var list struct {
		Result struct{ Tools []struct{ Name string } }
	}
	noError(t, json.Unmarshal(ask(`{"jsonrpc":"2.0","id":2,"method":"tools/list"}`), &list))
	ask(`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"` + list.Result.Tools[len(list.Result.Tools)/2].Name + `","arguments":{"no":1}}}`)
	peakMB = peakMemory(t, cmd.Process.Pid)
	in.Close()
	noError(t, cmd.Wait())
	return len(list.Result.Tools), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), peakMB
}

// peakMemory returns the peak resident size of a process, in MB. That of getrusage counts what the
// parent used before the child's exec.
func peakMemory(t testing.TB, pid int) float64 {
	t.Helper()
	status := readFile(t, fmt.Sprintf("/proc/%d/status", pid))
	_, after, found := strings.Cut(string(status), "VmHWM:")
	var kB float64
	if _, err := fmt.Sscan(after, &kB); !found || err != nil {
		t.Fatalf("no VmHWM in %s: %v", status, err)
	}
	return kB / 1024
}

// TestServeLarge limits the memory that serving 1,200 operations takes. On an idle machine it is
// 112 MB; the garbage collector lags on a busy one.
func TestServeLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	tools, cpu, peak := serveLarge(t, largeDocument(t))
	t.Logf("%d tools, %v of a processor, %.0f MB", tools, cpu, peak)
	if tools < 1200 {
		t.Errorf("%d tools", tools)
	}
	if b, ok := debug.ReadBuildInfo(); ok && slices.Contains(b.Settings, debug.BuildSetting{Key: "-race", Value: "true"}) {
		return // the race detector makes it many times slower
	}
	if peak > 200 {
		t.Errorf("%.0f MB, at most 200", peak)
	}
}
