package control

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/store"
)

const ownerFile = "SPECTAP_OWNER_FILE" // names the store that the test binary serves until it is killed

// TestMain serves a store if the environment names one, and runs the tests otherwise.
func TestMain(m *testing.M) {
	if path := os.Getenv(ownerFile); path != "" {
		if err := own(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// own creates and serves a store until the process is killed.
func own(path string) error {
	db, err := store.Open(path, store.Options{Create: true})
	if err != nil {
		return err
	}
	if _, err := Start(Config{Store: db, Path: path}); err != nil {
		return err
	}
	fmt.Println("ready")
	select {}
}

// TestOwnerKilled uses a store through another process and kills that process. Acknowledged flows
// must be stored, and the next process must own the store and replace the socket.
func TestOwnerKilled(t *testing.T) {
	ctx := t.Context()
	path := filepath.Join(folder(t), "flows.db")
	var n int64
	for round := range 3 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), ownerFile+"="+path)
		cmd.Stderr = os.Stderr
		out := must(cmd.StdoutPipe())
		noError(t, cmd.Start())
		if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
			t.Fatalf("the owner printed %q, %v", line, err)
		}
		st := must(Open(ctx, path, store.Options{}))
		if _, ok := st.(*Client); !ok {
			t.Fatalf("opened as %T", st)
		}
		im := must(st.Import(ctx, "import:never"))
		noError(t, im.Append(ctx, sample("/lost")))
		for i := range 20 {
			must(st.Append(ctx, sample(fmt.Sprint("/", round, "/", i))))
			n++
		}
		cmd.Process.Kill()
		cmd.Wait()
		if _, err := st.Append(ctx, sample("/late")); err == nil {
			t.Error("append to an owner that was killed: no error")
		}
		if err := im.Commit(ctx); err == nil {
			t.Error("commit at an owner that was killed: no error")
		}
		st.Close()
	}
	db := must(Open(ctx, path, store.Options{}))
	defer db.Close()
	if stat, err := db.Stat(ctx); err != nil || stat.Flows != n {
		t.Errorf("%d flows, want %d; %v", stat.Flows, n, err)
	}
	if report, err := db.Verify(ctx); err != nil || !report.OK() {
		t.Errorf("verify: %+v, %v", report, err)
	}
}
