package overrides

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLaws compares random texts with few different lines: a diff makes the second text of the
// first, and has as many changes as the longest common subsequence leaves.
func TestLaws(t *testing.T) {
	patch, err := exec.LookPath("patch")
	if err != nil {
		t.Log("no program patch: the diffs are not applied")
	}
	r := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	text := func() []string {
		out := make([]string, r.IntN(25))
		for i := range out {
			out[i] = strings.Repeat(" ", r.IntN(2)) + string(rune('a'+r.IntN(3))) + "\n"
		}
		return out
	}
	for n := range 400 {
		a, b := text(), text()
		before, after := strings.Join(a, ""), strings.Join(b, "")
		got := LineDiff("f", []byte(before), []byte(after))
		changes := 0
		for _, l := range strings.SplitAfter(got, "\n")[min(2, strings.Count(got, "\n")):] {
			if strings.HasPrefix(l, "+") || strings.HasPrefix(l, "-") {
				changes++
			}
		}
		if want := len(a) + len(b) - 2*common(a, b); changes != want {
			t.Fatalf("%d changes, want %d:\n%q\n%q\n%s", changes, want, a, b, got)
		}
		if patch == "" || n%8 > 0 || before == after || before == "" || after == "" {
			continue
		}
		file := filepath.Join(dir, "f")
		noError(t, os.WriteFile(file, []byte(before), 0o600))
		cmd := exec.Command(patch, "-s", file)
		cmd.Stdin = strings.NewReader(got)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("patch: %v: %s\n%s", err, out, got)
		}
		if have, _ := os.ReadFile(file); string(have) != after {
			t.Fatalf("the patch makes %q, want %q", have, after)
		}
	}
}

// common returns the length of the longest common subsequence.
func common(a, b []string) int {
	row := make([]int, len(b)+1)
	for _, x := range a {
		last := 0
		for j, y := range b {
			above := row[j+1]
			if x == y {
				row[j+1] = last + 1
			} else {
				row[j+1] = max(row[j+1], row[j])
			}
			last = above
		}
	}
	return row[len(b)]
}

// TestLargeTexts compares texts that differ more than the minimal comparison takes.
func TestLargeTexts(t *testing.T) {
	before := strings.Repeat("a: 1\n", 3000) + "end\n"
	after := strings.Repeat("b: 2\n", 3000) + "end\n"
	got := LineDiff("f", []byte(before), []byte(after))
	if strings.Count(got, "\n-a") != 3000 || strings.Count(got, "\n+b") != 3000 {
		t.Errorf("%d bytes", len(got))
	}
}
