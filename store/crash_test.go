package store_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/store"
)

// The crash test runs this program again as a writer that prints what it was told is stored, kills
// it with SIGKILL at a random moment, and looks whether all of that is there. It proves what
// happens when the process dies. What happens when the machine does rests on fdatasync, which is
// never switched off, and on bbolt's own tests.
const (
	crashFile   = "SPECTAP_CRASH_FILE" // set: be the writer, on this file
	crashRounds = "SPECTAP_CRASH_ROUNDS"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		if err := crashWriter(path, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// crashFlow is a flow that can be told from its number, so that the parent knows what must be in
// it.
func crashFlow(n uint64, done bool) flow.Flow {
	f := sample(int(n % 1000))
	f.ID = flow.ID{}
	binary.BigEndian.PutUint64(f.ID[:], n)
	f.Request.Path = "/" + strconv.FormatUint(n, 10)
	if n%50 != 0 { // a body of several chunks now and then
		f.Response.Body.Data = f.Response.Body.Data[:2000]
	}
	if !done {
		f.Response, f.Done = nil, false
	}
	return f
}

// crashWriter never ends by itself. Six goroutines append requests and completions, one
// imports and aborts, one appends and deletes.
func crashWriter(path string, w io.Writer) error {
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	tell := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(w, format, args...) // one write, one line
	}
	ctx := context.Background()
	base := uint64(time.Now().UnixNano())
	fail := make(chan error)
	for g := range uint64(6) {
		go func() {
			for i := uint64(0); ; i++ {
				n := base + g<<20 + i
				if _, err := db.Append(ctx, crashFlow(n, false)); err != nil {
					fail <- err
				}
				tell("open %d\n", n)
				if i%5 == 4 {
					continue // an answer that never comes
				}
				if _, err := db.Append(ctx, crashFlow(n, true)); err != nil {
					fail <- err
				}
				tell("done %d\n", n)
			}
		}()
	}
	go func() { fail <- crashImports(ctx, db, base+7<<20, tell) }()
	go func() { fail <- crashDeletes(ctx, db, base+8<<20, tell) }()
	return <-fail
}

// crashDeletes appends flows of a host of their own, some of them not done, and deletes them again.
func crashDeletes(ctx context.Context, db *store.DB, n uint64, tell func(string, ...any)) error {
	for ; ; n += 300 {
		fs := make([]flow.Flow, 300)
		for i := range fs {
			fs[i] = crashFlow(n+uint64(i), i%7 != 0)
			fs[i].Request.Authority = "gone.example"
		}
		if _, err := db.Append(ctx, fs...); err != nil {
			return err
		}
		if _, err := db.Delete(ctx, store.Query{Authority: "gone.example"}); err != nil {
			return err
		}
		tell("gone %d\n", n)
	}
}

func crashImports(ctx context.Context, db *store.DB, n uint64, tell func(string, ...any)) error {
	for ; ; n += 700 {
		im, err := db.Import(ctx, "import:crash")
		if err != nil {
			return err
		}
		tell("import %d\n", n)
		for i := range uint64(700) {
			if err := im.Append(ctx, crashFlow(n+i, true)); err != nil {
				return err
			}
		}
		if n%3 == 0 {
			if err := im.Abort(); err != nil {
				return err
			}
			continue
		}
		if err := im.Commit(ctx); err != nil {
			return err
		}
		tell("commit %d\n", n)
	}
}

func TestCrash(t *testing.T) {
	rounds := 4
	if n, err := strconv.Atoi(os.Getenv(crashRounds)); err == nil {
		rounds = n
	}
	path := filepath.Join(t.TempDir(), "flows.db")
	told := crashed{open: map[uint64]bool{}, done: map[uint64]bool{}, begun: map[uint64]bool{}, committed: map[uint64]bool{}, gone: map[uint64]bool{}}
	for i := range rounds {
		told.run(t, path, 40+rand.IntN(400))
		told.check(t, path)
		if t.Failed() {
			t.Fatalf("round %d", i)
		}
	}
	t.Logf("%d rounds, %d requests, %d completions, %d imports, %d deletions",
		rounds, len(told.open), len(told.done), len(told.committed), len(told.gone))
}

// crashed is what the writers told.
type crashed struct{ open, done, begun, committed, gone map[uint64]bool }

// run starts a writer, kills it after so many lines, and takes down what it told.
func (c *crashed) run(t *testing.T, path string, lines int) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashFile+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(out)
	for n := 0; sc.Scan(); n++ {
		var what string
		var id uint64
		if _, err := fmt.Sscan(sc.Text(), &what, &id); err != nil {
			t.Fatalf("writer says %q", sc.Text())
		}
		map[string]map[uint64]bool{"open": c.open, "done": c.done, "import": c.begun, "commit": c.committed, "gone": c.gone}[what][id] = true
		if n == lines {
			cmd.Process.Kill()
		}
	}
	cmd.Wait()
}

// check opens the file and looks for everything that was told.
func (c *crashed) check(t *testing.T, path string) {
	checkPages(t, path)
	db, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sound(t, path)
	defer db.Close()
	there := map[uint64]bool{} // and whether it is done
	for _, f := range collect(t, db, store.Query{}) {
		n := binary.BigEndian.Uint64(f.ID[:])
		if _, twice := there[n]; twice {
			t.Errorf("flow %d is there twice", n)
		}
		there[n] = f.Done
		want := crashFlow(n, f.Done)
		if f.Request.Path != want.Request.Path || string(f.Request.Body.Data) != string(want.Request.Body.Data) ||
			f.Done && string(f.Response.Body.Data) != string(want.Response.Body.Data) {
			t.Errorf("flow %d is not what was stored", n)
		}
	}
	for n := range c.open {
		if _, ok := there[n]; !ok {
			t.Errorf("request %d is lost", n)
		}
	}
	for n := range c.done {
		if !there[n] {
			t.Errorf("completion %d is lost", n)
		}
	}
	for n := range c.gone {
		for i := range uint64(300) {
			if _, ok := there[n+i]; ok {
				t.Errorf("flow %d was deleted and is there", n+i)
			}
		}
	}
	for n := range c.begun {
		// An import that was begun is there as a whole or not at all; one that was committed is
		// there.
		all := 0
		for i := range uint64(700) {
			if there[n+i] {
				all++
			}
		}
		if all != 0 && all != 700 || c.committed[n] && all == 0 || n%3 == 0 && all != 0 {
			t.Errorf("%d flows of import %d are there (committed: %t)", all, n, c.committed[n])
		}
	}
	if st, err := db.Stat(t.Context()); err != nil || st.Flows != int64(len(there)) {
		t.Errorf("stat says %d flows, %d are there; %v", st.Flows, len(there), err)
	}
}

// checkPages has bbolt check its pages.
func checkPages(t *testing.T, path string) {
	t.Helper()
	b, err := bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	err = b.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
