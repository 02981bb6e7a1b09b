package main

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/spectap/spectap/flow"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// errDisk is the error of a faulty store.
var errDisk = errors.New("the disk answers no more")

// faultyStore is a store of which one method fails.
type faultyStore struct {
	*store.DB
	method string
	calls  atomic.Int64 // of this method
}

func (s *faultyStore) fault(method string) error {
	if s.method != method {
		return nil
	}
	s.calls.Add(1)
	return errDisk
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

func (s *faultyStore) DeleteSession(ctx context.Context, n uint64) error {
	if err := s.fault("DeleteSession"); err != nil {
		return err
	}
	return s.DB.DeleteSession(ctx, n)
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

// faultyMethods are the names that faultyStore knows.
var faultyMethods = []string{"Get", "Scan", "Scan after a flow", "Stat", "Sessions", "DeleteSession", "Delete", "LoadModel", "Secret"}

// faultyCommands read or change a store that another process has open. DIR has documents.
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
export
export --report
export --session last
export --tag ci
export --flow-tags
explain GET /items
explain GET /items --json
check DIR/api.yaml
check DIR/api.yaml --json
check DIR/api.yaml --session 1
coverage DIR/api.yaml
coverage DIR/api.yaml --format json
verify DIR/api.yaml
verify DIR/api.yaml --json
model save -o DIR/x.model
correct rename GET,/items listThings
correct ls
replay 1 --dry-run
replay 1 --dry-run --json
flows rm --dry-run path:/items
flows rm --dry-run --all
flows rm path:/nothing
flows rm path:/items
flows rm --session 1 path:/orders/7
sessions rm 1
flows rm --all
`

// TestCommandsOfAFaultyStore checks that no command succeeds, or is silent on the cause, when a
// method of the store fails that it called.
func TestCommandsOfAFaultyStore(t *testing.T) {
	t.Setenv(configEnv, "")
	dir, vars := t.TempDir(), map[string]string{}
	shapesCapture(t, dir, vars)
	db, err := store.Open(vars["DB"], store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &faultyStore{DB: db}
	owner, err := control.Start(control.Config{Store: s, Path: vars["DB"]})
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	for line := range strings.Lines(strings.TrimSpace(faultyCommands)) {
		line = strings.TrimSpace(line)
		args := append(strings.Fields(strings.ReplaceAll(line, "DIR", dir)), "--db", vars["DB"])
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], ",", " ")
		}
		called, works := 0, false
		for _, s.method = range faultyMethods {
			s.calls.Store(0)
			status, out, errs := runHere(args...)
			if s.calls.Load() == 0 {
				works = works || status == exitFine || status == exitFound
				continue
			}
			called++
			if status != exitFailed || !strings.Contains(errs, errDisk.Error()) {
				t.Errorf("%s, %s fails: exit %d, %s%s", line, s.method, status, out, errs)
			}
		}
		if called == 0 || !works {
			t.Errorf("%s: calls %d of the methods, succeeds: %t", line, called, works)
		}
	}
}
