package main

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/cli"
	"github.com/spectap/spectap/internal/cli/flows"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// errDisk is the error of a faulty store.
var errDisk = errors.New("the disk answers no more")

// faultyStore is a store of which one method fails.
type faultyStore struct {
	*store.DB
	mu     sync.Mutex
	fails  string          // the method
	called map[string]bool // since it was set
}

// setFault makes a method fail, "" none.
func (s *faultyStore) setFault(method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails, s.called = method, map[string]bool{}
}

func (s *faultyStore) fault(method string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.called[method] = true; s.fails == method {
		return errDisk
	}
	return nil
}

// isCalled reports whether a command called a method since setFault.
func (s *faultyStore) isCalled(method string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.called[method]
}

func (s *faultyStore) Get(ctx context.Context, n flow.Seq) (flow.Flow, error) {
	if err := s.fault("Get"); err != nil {
		return flow.Flow{}, err
	}
	return s.DB.Get(ctx, n)
}

// Scan fails before the first flow, or after it.
func (s *faultyStore) Scan(ctx context.Context, q store.Query) iter.Seq2[flow.Flow, error] {
	return func(yield func(flow.Flow, error) bool) {
		if err := s.fault("Scan"); err != nil {
			yield(flow.Flow{}, err)
			return
		}
		for f, err := range s.DB.Scan(ctx, q) {
			if !yield(f, err) {
				return
			}
			if err := s.fault("Scan after a flow"); err != nil {
				yield(flow.Flow{}, err)
				return
			}
		}
	}
}

func (s *faultyStore) Watch(ctx context.Context, after flow.Seq) iter.Seq2[flow.Flow, error] {
	if err := s.fault("Watch"); err != nil {
		return func(yield func(flow.Flow, error) bool) { yield(flow.Flow{}, err) }
	}
	return s.DB.Watch(ctx, after)
}

func (s *faultyStore) Stat(ctx context.Context) (store.Stat, error) {
	if err := s.fault("Stat"); err != nil {
		return store.Stat{}, err
	}
	return s.DB.Stat(ctx)
}

func (s *faultyStore) Sessions(ctx context.Context) ([]store.Session, error) {
	if err := s.fault("Sessions"); err != nil {
		return nil, err
	}
	return s.DB.Sessions(ctx)
}

func (s *faultyStore) Delete(ctx context.Context, q store.Query) (int, error) {
	if err := s.fault("Delete"); err != nil {
		return 0, err
	}
	return s.DB.Delete(ctx, q)
}

func (s *faultyStore) LoadModel(ctx context.Context, name string) ([]byte, store.Basis, error) {
	if err := s.fault("LoadModel"); err != nil {
		return nil, store.Basis{}, err
	}
	return s.DB.LoadModel(ctx, name)
}

func (s *faultyStore) Secret(ctx context.Context) ([]byte, error) {
	if err := s.fault("Secret"); err != nil {
		return nil, err
	}
	return s.DB.Secret(ctx)
}

func (s *faultyStore) SaveModel(ctx context.Context, name string, data []byte, basis store.Basis) error {
	if err := s.fault("SaveModel"); err != nil {
		return err
	}
	return s.DB.SaveModel(ctx, name, data, basis)
}

func (s *faultyStore) Import(ctx context.Context, source string) (store.Import, error) {
	if err := s.fault("Import"); err != nil {
		return nil, err
	}
	return s.DB.Import(ctx, source)
}

func (s *faultyStore) Append(ctx context.Context, flows ...flow.Flow) (flow.Seq, error) {
	if err := s.fault("Append"); err != nil {
		return 0, err
	}
	return s.DB.Append(ctx, flows...)
}

// faultyMethods are the names of the methods that read.
var faultyMethods = []string{"Get", "Scan", "Scan after a flow", "Stat", "Sessions", "LoadModel", "Secret"}

// faultyCommands are run with a store that another process has open. What follows ! is a method
// without which a command changes nothing. DIR has documents.
const faultyCommands = `
flows ls
flows ls --json
flows ls --count
flows ls --count status:200
flows ls --limit 1
flows ls --session 1
flows show 1
flows show 1 --json
flows show 1 --curl
flows export
flows export --format http
sessions ls
sessions ls --json
sessions show 1
sessions show 1 --json
store stats
store stats --json
store verify
export --flow-tags
export
export --report
export --session last
export --tag ci
explain GET /items
explain GET /items --json
check DIR/api.yaml
check DIR/api.yaml --json
check DIR/api.yaml --session 1
coverage DIR/api.yaml
coverage DIR/api.yaml --format json
verify
verify --json
verify DIR/api.yaml
verify DIR/api.yaml --json
model save -o DIR/x.model
correct rename GET,/items listThings ! LoadModel
correct ls
replay 1 --dry-run
replay 1 --dry-run --json
import DIR/a.har ! Import
export ! SaveModel
flows rm --dry-run path:/items
flows rm --dry-run --all
flows rm path:/nothing
flows rm path:/items ! Delete
flows rm --session 1 path:/orders/7 ! Delete
sessions rm 1 ! Delete
flows rm --all ! Delete
`

// faultyHAR is a file to import with one exchange.
const faultyHAR = `{"log":{"version":"1.2","creator":{"name":"t","version":"1"},"entries":[{"startedDateTime":"2026-01-01T00:00:00Z","time":1,
"request":{"method":"GET","url":"https://shop.example/users/1","httpVersion":"HTTP/1.1","headers":[]},
"response":{"status":204,"statusText":"","httpVersion":"HTTP/1.1","headers":[],"content":{"size":0,"mimeType":""}}}]}}`

// TestCommandsOfAFaultyStore checks that no command succeeds, or is silent on the cause, when a
// method of the store fails that it called.
func TestCommandsOfAFaultyStore(t *testing.T) {
	dir, path, s := ownedFaultyStore(t)
	if err := os.WriteFile(filepath.Join(dir, "a.har"), []byte(faultyHAR), 0o600); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(strings.TrimSpace(faultyCommands)) {
		words, change, changes := strings.Cut(strings.TrimSpace(line), " ! ")
		args := append(strings.Fields(strings.ReplaceAll(words, "DIR", dir)), "--db", path)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], ",", " ")
		}
		try := func(method string) {
			s.setFault(method)
			status, out, errs := runHere(args...)
			switch failed := status == cli.ExitFailed && strings.Contains(errs, errDisk.Error()); {
			case method == "" && status != cli.ExitFine && status != cli.ExitFound, method != "" && !failed:
				t.Errorf("%s, %q fails: exit %d, %s%s", words, method, status, out, errs)
			case method != "" && !s.isCalled(method):
				t.Errorf("%s does not call %s", words, method)
			}
		}
		try(change) // records the methods that it calls
		called := slices.DeleteFunc(slices.Clone(faultyMethods), func(m string) bool { return !s.isCalled(m) })
		for _, method := range called {
			try(method)
		}
		if changes {
			try("")
		}
		if len(called) == 0 {
			t.Errorf("%s: reads no store", words)
		}
	}
}

// ownedFaultyStore serves a store with flows and a session as another process would, and returns
// its folder, with documents, and its path.
func ownedFaultyStore(t *testing.T) (dir, path string, s *faultyStore) {
	t.Helper()
	t.Setenv(cli.ConfigEnv, "")
	dir, vars := t.TempDir(), map[string]string{}
	shapesCapture(t, dir, vars)
	path = vars["DB"]
	db, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s = &faultyStore{DB: db}
	owner, err := control.Start(control.Config{Store: s, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		owner.Close()
		db.Close()
	})
	return dir, path, s
}

// TestSentRequestIsNotStored checks that an agent and the page are told that the exchange of a
// request that was sent could not be stored.
func TestSentRequestIsNotStored(t *testing.T) {
	_, path, s := ownedFaultyStore(t)
	p := cli.New(nil, io.Discard, io.Discard)
	p.Global = cli.GlobalFlags{DB: path, LogLevel: "error", LogFormat: "text"}
	lease := control.NewLease(p.Open)
	defer lease.Close()
	for _, method := range []string{"", "Append"} {
		s.setFault(method)
		n, err := flows.AppendOwn(t.Context(), p, lease, getOf("shop.example", "/sent", "text/plain", "x"))
		if fails := method != ""; (n == 0) != fails || (err != nil) != fails || fails && !strings.Contains(err.Error(), errDisk.Error()) {
			t.Errorf("%q fails: flow %d, %v", method, n, err)
		}
	}
}
