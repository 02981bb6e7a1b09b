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

// The crash test runs the test binary as a writer that prints each acknowledged change, kills it
// with SIGKILL at a random moment, and checks that every printed change is stored. It proves what
// happens when the process is killed. What happens when the machine fails depends on fdatasync,
// which is never disabled, and on the tests of bbolt.
const (
	crashFile   = "SPECTAP_CRASH_FILE" // if set, the test binary is the writer of this file
	crashRounds = "SPECTAP_CRASH_ROUNDS"
)

// TestMain runs the writer if the environment names a file, and the tests otherwise.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashFile); path != "" {
		write := crashWriter
		if os.Getenv(crashApply) != "" {
			write = applyWriter
		}
		if err := write(path, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// crashFlow returns the flow of number n, so that the parent process knows its content.
func crashFlow(n uint64, done bool) flow.Flow {
	f := sample(int(n % 1000))
	f.ID = flow.ID{}
	binary.BigEndian.PutUint64(f.ID[:], n)
	f.Request.Path = "/" + strconv.FormatUint(n, 10)
	if n%50 != 0 { // every 50th flow has a body of several chunks
		f.Response.Body.Data = f.Response.Body.Data[:2000]
	}
	if !done {
		f.Response, f.Done = nil, false
	}
	return f
}

// crashWriter writes until it is killed. Six goroutines append requests and completions, one
// imports, commits and aborts, one appends and deletes.
func crashWriter(path string, w io.Writer) error {
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		return err
	}
	var mu sync.Mutex
	printLine := func(format string, args ...any) {
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
				printLine("open %d\n", n)
				if i%5 == 4 {
					continue // a request without a response
				}
				if _, err := db.Append(ctx, crashFlow(n, true)); err != nil {
					fail <- err
				}
				printLine("done %d\n", n)
			}
		}()
	}
	go func() { fail <- crashImports(ctx, db, base+7<<20, printLine) }()
	go func() { fail <- crashDeletes(ctx, db, base+8<<20, printLine) }()
	return <-fail
}

// crashDeletes appends flows of a host of their own, some of them not done, and deletes them.
func crashDeletes(ctx context.Context, db *store.DB, n uint64, printLine func(string, ...any)) error {
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
		printLine("gone %d\n", n)
	}
}

// crashImports commits two of three imports and aborts the third.
func crashImports(ctx context.Context, db *store.DB, n uint64, printLine func(string, ...any)) error {
	for ; ; n += 700 {
		im, err := db.Import(ctx, "import:crash")
		if err != nil {
			return err
		}
		printLine("import %d\n", n)
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
		printLine("commit %d\n", n)
	}
}

// TestCrash kills a writer at random moments and checks the store after each round.
func TestCrash(t *testing.T) {
	rounds := 4
	if testing.Short() {
		rounds = 2
	}
	if n, err := strconv.Atoi(os.Getenv(crashRounds)); err == nil {
		rounds = n
	}
	path := filepath.Join(t.TempDir(), "flows.db")
	acked := acknowledged{
		open: map[uint64]bool{}, done: map[uint64]bool{}, begun: map[uint64]bool{},
		committed: map[uint64]bool{}, deleted: map[uint64]bool{},
	}
	for i := range rounds {
		acked.run(t, path, 40+rand.IntN(400))
		acked.check(t, path)
		if t.Failed() {
			t.Fatalf("round %d", i)
		}
	}
	t.Logf("%d rounds, %d requests, %d completions, %d imports, %d deletions",
		rounds, len(acked.open), len(acked.done), len(acked.committed), len(acked.deleted))
}

// acknowledged holds the numbers of the changes that writers printed, by kind.
type acknowledged struct{ open, done, begun, committed, deleted map[uint64]bool }

// run starts a writer, kills it after the given number of lines, and records the printed numbers.
func (c *acknowledged) run(t *testing.T, path string, lines int) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashFile+"="+path)
	cmd.Stderr = os.Stderr
	out := must(cmd.StdoutPipe())
	noError(t, cmd.Start())
	sc := bufio.NewScanner(out)
	for n := 0; sc.Scan(); n++ {
		var what string
		var id uint64
		if _, err := fmt.Sscan(sc.Text(), &what, &id); err != nil {
			t.Fatalf("the writer printed %q", sc.Text())
		}
		kinds := map[string]map[uint64]bool{
			"open": c.open, "done": c.done, "import": c.begun, "commit": c.committed, "gone": c.deleted,
		}
		kinds[what][id] = true
		if n == lines {
			cmd.Process.Kill()
		}
	}
	cmd.Wait()
}

// check opens the store and checks every printed change.
func (c *acknowledged) check(t *testing.T, path string) {
	checkPages(t, path)
	db := must(store.Open(path, store.Options{}))
	defer checkSound(t, path)
	defer db.Close()
	stored := map[uint64]bool{} // whether each stored flow is done
	for _, f := range collect(t, db, store.Query{}) {
		n := binary.BigEndian.Uint64(f.ID[:])
		if _, twice := stored[n]; twice {
			t.Errorf("flow %d is stored twice", n)
		}
		stored[n] = f.Done
		want := crashFlow(n, f.Done)
		if f.Request.Path != want.Request.Path || string(f.Request.Body.Data) != string(want.Request.Body.Data) ||
			f.Done && string(f.Response.Body.Data) != string(want.Response.Body.Data) {
			t.Errorf("flow %d differs from the one appended", n)
		}
	}
	for n := range c.open {
		if _, ok := stored[n]; !ok {
			t.Errorf("request %d is lost", n)
		}
	}
	for n := range c.done {
		if !stored[n] {
			t.Errorf("completion %d is lost", n)
		}
	}
	for n := range c.deleted {
		for i := range uint64(300) {
			if _, ok := stored[n+i]; ok {
				t.Errorf("flow %d was deleted and is still stored", n+i)
			}
		}
	}
	for n := range c.begun {
		// An import is stored completely or not at all. A committed one is stored.
		all := 0
		for i := range uint64(700) {
			if stored[n+i] {
				all++
			}
		}
		if all != 0 && all != 700 || c.committed[n] && all == 0 || n%3 == 0 && all != 0 {
			t.Errorf("%d flows of import %d are stored, committed: %t", all, n, c.committed[n])
		}
	}
	if st, err := db.Stat(t.Context()); err != nil || st.Flows != int64(len(stored)) {
		t.Errorf("Stat counts %d flows, %d are stored; %v", st.Flows, len(stored), err)
	}
}

// checkPages checks the pages of a store with bbolt.
func checkPages(t *testing.T, path string) {
	t.Helper()
	b := must(bolt.Open(path, 0o600, &bolt.Options{ReadOnly: true, Timeout: time.Minute}))
	defer b.Close()
	err := b.View(func(tx *bolt.Tx) error {
		for err := range tx.Check() {
			t.Error(err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
