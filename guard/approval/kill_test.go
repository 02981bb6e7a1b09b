package approval

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/spectap/spectap/internal/test/must"
)

// TestKill kills a process again and again while it uses single approvals and a standing one. No
// approval is used twice, and at most one is lost with each kill: the one that was used before the
// call could be sent.
func TestKill(t *testing.T) {
	const singles, times = 15, 25
	path := filepath.Join(t.TempDir(), "approvals.json")
	b := open(t, path)
	c := payment()
	for i := range singles {
		c.Arguments = fmt.Appendf(nil, `{"n":%d}`, i)
		approve(t, b, ask(t, b, c, noon), "user:anna", noon)
	}
	c.Tool = "write"
	allow(t, b, ask(t, b, c, noon), times, anna)
	sent := map[string]int{}
	for round := 1; ; round++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), "APPROVALS="+path)
		out := must.Get(cmd.StdoutPipe())
		must.Do(t, cmd.Start())
		lines, done := bufio.NewScanner(out), false
		for n := 1; lines.Scan(); n++ {
			if done = lines.Text() == "end"; done {
				break
			}
			sent[lines.Text()]++
			if n == round {
				cmd.Process.Kill()
			}
		}
		io.Copy(io.Discard, out)
		cmd.Process.Kill()
		cmd.Wait()
		if !done {
			continue
		}
		for id, n := range sent {
			if id != "rule" && n != 1 {
				t.Errorf("the approval %s was used %d times", id, n)
			}
		}
		all := len(sent) - 1 + sent["rule"]
		if sent["rule"] > times || all > singles+times || all < singles+times-2*round {
			t.Errorf("%d single calls and %d by rule were sent in %d rounds", len(sent)-1, sent["rule"], round)
		}
		return
	}
}

// TestMain is the process that TestKill kills. It writes a line for each call that it sends.
func TestMain(m *testing.M) {
	path := os.Getenv("APPROVALS")
	if path == "" {
		os.Exit(m.Run())
	}
	b, err := Open(path)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	all, _ := b.List(time.Time{})
	for i := range all {
		if used, err := b.Use(all[i].ID, noon); used && err == nil {
			os.Stdout.WriteString(all[i].ID + "\n")
		}
		c := payment()
		c.Tool, c.Arguments = "write", fmt.Appendf(nil, `{"n":%d}`, i)
		for range 2 {
			if _, ok, err := b.UseStanding(c, always, func() error { return nil }, noon); ok && err == nil {
				os.Stdout.WriteString("rule\n")
			}
		}
	}
	os.Stdout.WriteString("end\n")
}
