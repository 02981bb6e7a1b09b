package attack

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/internal/attack/targettest"
	"github.com/spectap/spectap/internal/test/must"
)

// slow adds the attacks that take much time or memory.
var slow = flag.Bool("slow", false, "run the slow attacks as well")

// binary is the path of the program under attack.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	if testing.Short() {
		fmt.Fprintln(os.Stderr, "-short: the attacks take minutes; \"make attack\" and \"make check\" run them")
		os.Exit(0)
	}
	os.Exit(run(m))
}

// run builds the program and runs the tests.
func run(m *testing.M) int {
	path, remove, err := targettest.Build()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer remove()
	binary = path
	return max(m.Run(), tally.report())
}

// tally counts the attacks of all tests.
var tally counter

type counter struct {
	mu             sync.Mutex // guards the fields below
	ran, succeeded int
	seen           map[string]bool // entries of known that ran
}

func (c *counter) add(name string, succeeded bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ran++
	if succeeded {
		c.succeeded++
	}
	if c.seen == nil {
		c.seen = map[string]bool{}
	}
	c.seen[name] = true
}

// report prints the result of all attacks. It fails for an entry of known that names no attack.
func (c *counter) report() int {
	if c.ran == 0 {
		return 0
	}
	fmt.Printf("%d attacks, %d succeeded, %d of them known\n", c.ran, c.succeeded, len(known))
	if f := flag.Lookup("test.run"); f != nil && f.Value.String() != "" {
		return 0
	}
	status := 0
	for name := range known {
		if !c.seen[name] && *slow {
			fmt.Printf("the list of known attacks has %s, which does not exist\n", name)
			status = 1
		}
	}
	return status
}

// attack is one attack in progress.
type attack struct {
	*testing.T
	dir string // its files, and the home folder of the program

	mu       sync.Mutex // guards breaches
	breaches []string
}

// breach notes that the attack succeeded.
func (a *attack) breach(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.breaches = append(a.breaches, fmt.Sprintf(format, args...))
}

// excluding notes a breach for each of the texts that data contains.
func (a *attack) excluding(where, data string, texts ...string) {
	for _, s := range texts {
		if i := strings.Index(data, s); i >= 0 {
			a.breach("%s has %q: …%.300q", where, s, data[max(0, i-100):])
		}
	}
}

// including notes a breach for each of the texts that data lacks.
func (a *attack) including(where, data string, texts ...string) {
	for _, s := range texts {
		if !strings.Contains(data, s) {
			a.breach("%s lacks %q: %.2000q", where, s, data)
		}
	}
}

// try runs an attack as a subtest. tries says what the attacker does and wants, holds what must be
// true nevertheless.
func try(t *testing.T, name, tries, holds string, run func(a *attack)) {
	t.Helper()
	full := t.Name() + "/" + strings.ReplaceAll(name, " ", "_")
	if _, isKnown := known[full]; isKnown && !*slow {
		return
	}
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		a := &attack{T: t, dir: t.TempDir()}
		t.Logf("the attacker %s; %s", tries, holds)
		run(a)
		if t.Failed() {
			return // the attack could not be made
		}
		tally.add(t.Name(), len(a.breaches) > 0)
		threat, isKnown := known[t.Name()]
		switch {
		case isKnown && len(a.breaches) == 0:
			t.Errorf("this attack (threat %s) fails now: remove it from the list of known attacks", threat)
		case isKnown:
			t.Logf("known (threat %s): %s", threat, strings.Join(a.breaches, "\n"))
		default:
			for _, b := range a.breaches {
				t.Errorf("the attack succeeded: %s", b)
			}
		}
	})
}

// trySlow is try for an attack that takes much time or memory.
func trySlow(t *testing.T, name, tries, holds string, run func(a *attack)) {
	t.Helper()
	if *slow {
		try(t, name, tries, holds, run)
	}
}

// file writes a file of the attack and returns its path.
func (a *attack) file(name, data string) string {
	a.Helper()
	path := filepath.Join(a.dir, name)
	must.Do(a, os.MkdirAll(filepath.Dir(path), 0o700))
	must.Do(a, os.WriteFile(path, []byte(data), 0o600))
	return path
}

// read returns the content of a file.
func (a *attack) read(path string) string {
	a.Helper()
	data := must.Get(os.ReadFile(path))
	return string(data)
}
