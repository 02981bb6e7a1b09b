package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spectap/spectap/flow/redact"
	"github.com/spectap/spectap/internal/control"
	"github.com/spectap/spectap/store"
)

// open opens the store of the command line. If another process owns and serves it, such as a
// recording proxy, open connects to that process.
func (p *program) open(o store.Options) (control.Store, error) {
	return p.openAt(p.dbPath(), o)
}

// openAt is open for the store at path.
func (p *program) openAt(path string, o store.Options) (control.Store, error) {
	if o.Logger == nil {
		log, err := p.logger()
		if err != nil {
			return nil, err
		}
		o.Logger = log
	}
	if p.remote != nil {
		return p.openAtHub(true)
	}
	o.Upgrading = func(from, to uint32) { p.printUpgrade(path, from, to) }
	st, err := control.Open(context.Background(), path, o)
	if o.ReadOnly && errors.Is(err, store.ErrOldVersion) {
		if err = upgrade(path, o); err == nil {
			st, err = control.Open(context.Background(), path, o)
		}
	}
	if err != nil {
		return nil, storeHint(path, err)
	}
	if p.global.session == "" || o.Create {
		return st, nil
	}
	return p.viewSession(st)
}

// openAtHub opens the store of a hub without an engine.
func (p *program) openAtHub(readOnly bool) (control.Store, error) {
	st, err := openRemote(context.Background(), p.remote, readOnly)
	if err != nil || p.global.session == "" {
		return st, err
	}
	return p.viewSession(st)
}

// viewSession returns a view of the session that the command line names. It closes st on an error.
func (p *program) viewSession(st control.Store) (control.Store, error) {
	view, err := p.openSession(st)
	if err != nil {
		st.Close()
		return nil, err
	}
	return view, nil
}

// openLearningAt opens the store at path for reading flows and saving the model. If the store
// cannot be written, such as one in a folder of another user, it is opened for reading only.
func (p *program) openLearningAt(path string) (st control.Store, readOnly bool, err error) {
	st, err = p.openAt(path, store.Options{})
	if p.remote != nil {
		return st, true, err
	}
	if isUnwritable(err) {
		st, err = p.openAt(path, store.Options{ReadOnly: true})
		return st, true, err
	}
	return st, false, err
}

// isFile reports whether there is a file at path, which may be one that cannot be read.
func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// isUnwritable reports whether err comes from a file or file system that cannot be written.
func isUnwritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnlyFS)
}

// printUpgrade announces that the format of the store is upgraded. Older versions cannot open it
// afterwards.
func (p *program) printUpgrade(path string, from, to uint32) {
	fmt.Fprintf(p.stderr, "spectap: upgrading %s from format %d to %d\n", path, from, to)
}

// upgrade upgrades the format of a store, which needs it open for writing.
func upgrade(path string, o store.Options) error {
	o.ReadOnly = false
	db, err := store.Open(path, o)
	if err != nil {
		return err
	}
	return db.Close()
}

// storeHint adds a hint to an error of opening or writing a store.
func storeHint(path string, err error) error {
	try := ""
	switch {
	case errors.Is(err, store.ErrNotExist) && isURL(path):
		try = "--db FILE, or --db nats://HOST:PORT/TEAM for a hub"
	case errors.Is(err, store.ErrNotExist):
		try = "spectap import --db " + quoteArg(path) + " FILE.har   # or: spectap run --db " + quoteArg(path) + " -- CMD…"
	case errors.Is(err, store.ErrLocked):
		try = "fuser " + quoteArg(path) +
			"   # shows which process uses it; stop that process, or name another file with --db"
	case errors.Is(err, control.ErrProtocol):
		try = "spectap version   # the running proxy has another version: stop it, or use the same version"
	case errors.Is(err, control.ErrForeign):
		try = "ls -ld " + quoteArg(filepath.Dir(path)) + " " + quoteArg(path+".sock") +
			"   # shows whose socket it is; remove it, or keep the store in a private folder"
	case errors.Is(err, store.ErrVersion):
		try = "spectap version   # this version is older than the file: update spectap, or name another file with --db"
	case errors.Is(err, store.ErrNotStore) && looksLikeTraffic(path):
		try = "spectap import " + quoteArg(path) + "   # --db names the store, not the file to read"
	case errors.Is(err, store.ErrNotStore):
		try = "another file with --db; this one was not changed"
	case errors.Is(err, control.ErrOwnerGone):
		try = "the same command again: the proxy that owned the store has ended"
	case errors.Is(err, store.ErrExposed):
		try = "chmod 600 " + quoteArg(path) + "   # another user may have changed it: check what it holds"
	case errors.Is(err, store.ErrDamaged):
		try = "another file with --db, such as a backup of this one"
	case errors.Is(err, store.ErrCorrupt):
		try = "spectap store compact --db " + quoteArg(path) + "   # drops flows that cannot be read, and lists them"
	case errors.Is(err, store.ErrFull):
		try = "df -h " + quoteArg(filepath.Dir(path)) +
			"   # shows free space; spectap flows rm and spectap store compact make room"
	case errors.Is(err, fs.ErrPermission) && isFile(path):
		try = "ls -l " + quoteArg(path) + "   # shows whose it is; or name another file with --db"
	case errors.Is(err, store.ErrReadOnly), isUnwritable(err):
		try = "ls -ld " + quoteArg(filepath.Dir(path)) +
			"   # shows who may write there; or name another file with --db"
	default:
		return err
	}
	return &hint{err, try}
}

// looksLikeTraffic reports whether the extension of a file is one that import reads.
func looksLikeTraffic(path string) bool {
	switch filepath.Ext(path) {
	case ".har", ".gz", ".json", ".flow", ".flows", ".mitm":
		return true
	}
	return false
}

// quoteArg quotes an argument for a shell, if it needs quotes.
func quoteArg(s string) string {
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.ContainsRune(`/._-~:\`, c)) {
			return shellQuote(s)
		}
	}
	return s
}

// redactor returns a redactor with the placeholder key of the store and the rules of the
// configuration.
func (p *program) redactor(ctx context.Context, st store.Keyed) (*redact.Redactor, error) {
	c, err := loadConfig(p.global.config)
	if err != nil {
		return nil, err
	}
	key, err := st.Secret(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the store's secret: %w", err)
	}
	return redact.New(key, redact.Config{Rules: c.rules}), nil
}
