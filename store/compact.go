package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	bolt "go.etcd.io/bbolt"
)

// compactStep is the number of bytes that Compact copies in one transaction, and keeps in memory
// until it commits.
const compactStep = 4 << 20

// Compacted is the result of Compact.
type Compacted struct {
	Before, After int64 // bytes of the file
	// LeftOut are the flows that could not be read. They are not in the new file.
	LeftOut []LeftOut
	// Repaired reports that the store had errors, and that indexes were rebuilt.
	Repaired bool
}

// Compact rewrites the store at path without free pages, which may still hold bytes of deleted
// flows, and replaces the file. Flows that cannot be read are omitted and reported; wrong indexes
// are rebuilt.
//
// Compact needs the file for itself and returns ErrLocked if it is in use. The disk needs room for
// both files. A symbolic link is followed, and stays. The old file stays unchanged until the last
// step, a rename, also if the error is ErrDamaged. The copy ends soon after ctx. progress, unless
// nil, gets the current step and how much of it is done.
func Compact(ctx context.Context, path string, o Options, progress func(doing string, done, total int64)) (Compacted, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	fail := func(err error) (Compacted, error) {
		return Compacted{}, fmt.Errorf("compact store %s: %w", path, mapBolt(err))
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	o.Create, o.ReadOnly = false, false
	file := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		file = real // a rename replaces a link
	}
	src, err := Open(file, o)
	if err != nil {
		return Compacted{}, err
	}
	defer src.Close()
	var out Compacted
	if out.Before, err = fileSize(file); err != nil {
		return fail(err)
	}
	temp, err := src.copyCompact(ctx, func(done int64) { progress("copying", done, out.Before) })
	if err != nil {
		return fail(err)
	}
	defer os.Remove(temp)
	if err := out.mend(ctx, temp, o, progress); err != nil {
		return fail(err)
	}
	if out.After, err = fileSize(temp); err != nil {
		return fail(err)
	}
	if runtime.GOOS == "windows" { // an open file cannot be replaced on Windows
		if err := src.Close(); err != nil {
			return fail(err)
		}
	}
	if err := os.Rename(temp, file); err != nil {
		return fail(err)
	}
	if err := syncFolder(filepath.Dir(file)); err != nil {
		return fail(err)
	}
	return out, nil
}

// mend verifies the copy and repairs it.
func (out *Compacted) mend(ctx context.Context, temp string, o Options, progress func(string, int64, int64)) error {
	db, err := open(temp, Options{Logger: o.Logger})
	if err != nil {
		return err
	}
	defer db.Close()
	check := func() (*Report, error) {
		return db.VerifyProgress(ctx, func(done int64) { progress("checking", done, 0) })
	}
	report, err := check()
	if err != nil || report.OK() {
		return err
	}
	progress("repairing", 0, 0)
	if out.LeftOut, err = db.repair(ctx); err != nil {
		return err
	}
	out.Repaired = true
	if report, err = check(); err != nil {
		return err
	}
	if !report.OK() {
		return fmt.Errorf("%w: %s", ErrDamaged, report.Problems[0])
	}
	return db.Close()
}

// copyCompact copies the store into a new file next to it and returns its name.
func (db *DB) copyCompact(ctx context.Context, progress func(done int64)) (temp string, err error) {
	file, err := os.CreateTemp(filepath.Dir(db.path), copyPrefix(db.path)+"*"+compactSuffix)
	if err != nil {
		return "", err
	}
	temp = file.Name()
	file.Close()
	defer func() {
		if err != nil {
			os.Remove(temp)
		}
	}()
	dst, err := bolt.Open(temp, fileMode, &bolt.Options{
		PageSize: db.bolt.Info().PageSize, NoFreelistSync: true, FreelistType: bolt.FreelistMapType,
	})
	if err != nil {
		return temp, err
	}
	stop := watchSize(temp, progress)
	interrupt := context.AfterFunc(ctx, func() { dst.Close() }) // bbolt's next step fails
	err = db.damageSafe(func() error {
		// bbolt then rolls back a transaction that it could not begin.
		defer func() { _ = ctx.Err() != nil && recover() != nil }()
		return bolt.Compact(dst, db.bolt, compactStep)
	})
	stop()
	if !interrupt() {
		err = ctx.Err()
	}
	if cerr := dst.Close(); err == nil {
		err = cerr
	}
	return temp, err
}

// damageSafe runs fn, which reads the file without a transaction of this package.
func (db *DB) damageSafe(fn func() error) (err error) {
	defer catchDamage(&err, db.log)
	return fn()
}
