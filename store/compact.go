package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	bolt "go.etcd.io/bbolt"
)

// compactStep is how many bytes Compact copies in one transaction, which are in memory until then.
const compactStep = 16 << 20

// Compact writes the store at path anew, without free pages and without what they still hold of deleted flows, and
// puts the new file in its place. It takes the file for itself: ErrLocked when it is in use. There must be room for
// both. Until the last step, a rename, the old file is as it was. A ctx that is done is noticed before the copy
// and after it.
func Compact(ctx context.Context, path string, o Options) (before, after int64, err error) {
	fail := func(err error) (int64, int64, error) {
		return 0, 0, fmt.Errorf("compact store %s: %w", path, mapBolt(err))
	}
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	o.Create, o.ReadOnly = false, false
	src, err := Open(path, o)
	if err != nil {
		return 0, 0, err
	}
	defer src.Close()
	temp, err := src.copyCompact()
	if err != nil {
		return fail(err)
	}
	defer os.Remove(temp)
	if err := ctx.Err(); err != nil {
		return fail(err)
	}
	if before, err = fileSize(path); err != nil {
		return fail(err)
	}
	if after, err = fileSize(temp); err != nil {
		return fail(err)
	}
	if runtime.GOOS == "windows" { // an open file cannot be replaced there
		if err := src.Close(); err != nil {
			return fail(err)
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return fail(err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return fail(err)
	}
	return before, after, nil
}

// copyCompact copies the store into a new file beside it and returns its name.
func (db *DB) copyCompact() (temp string, err error) {
	file, err := os.CreateTemp(filepath.Dir(db.path), "."+filepath.Base(db.path)+".*.compact")
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
		NoSync: true, // nobody relies on it yet: synced as a whole below
	})
	if err != nil {
		return temp, err
	}
	err = db.damageSafe(func() error { return bolt.Compact(dst, db.bolt, compactStep) })
	if err == nil {
		err = dst.Sync()
	}
	if cerr := dst.Close(); err == nil {
		err = cerr
	}
	return temp, err
}

// damageSafe runs fn, which reads the file by itself.
func (db *DB) damageSafe(fn func() error) (err error) {
	defer catchDamage(&err, db.log)
	return fn()
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
